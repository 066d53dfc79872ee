// One picture to choose: a file that is dropped, picked or pasted, or one of the gallery.

const ACCEPT = "image/jpeg,image/png,image/webp,image/heic,.heic,.heif";

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Holds the choice of one role, such as `person`, and shows it. */
export class Picker {
  /**
   * @param {{role: string, title: string, text: string, whole: boolean}} what
   * @param {() => void} changed
   */
  constructor(what, changed) {
    this.role = what.role;
    this.whole = what.whole;
    this.changed = changed;
    this.file = null;
    this.preset = null;
    this.input = make("input", { type: "file", accept: ACCEPT });
    this.input.setAttribute("aria-label", `${what.title}: choose a photo`);
    this.preview = make("img", { alt: "", hidden: true });
    const words = make("span", {}, make("b", { textContent: "Choose or drop a photo" }), what.text);
    this.drop = make("label", { className: "drop" }, words, this.preview, this.input);
    this.strip = make("div", { className: "strip" });
    this.strip.setAttribute("role", "group");
    this.strip.setAttribute("aria-label", `${what.title}: examples`);
    this.element = make("section", { className: "picker" }, make("h2", { textContent: what.title }), this.drop, this.strip);
    this.#listen();
  }

  get chosen() {
    return Boolean(this.file || this.preset);
  }

  /** An address under which the choice can be shown. */
  get source() {
    return this.preview.hidden ? null : this.preview.src;
  }

  fill(presets) {
    this.strip.replaceChildren(...presets.map((preset) => this.#button(preset)));
    this.strip.hidden = presets.length === 0;
  }

  takeFile(file) {
    if (!file) return;
    this.#forget();
    this.file = file;
    this.#show(URL.createObjectURL(file), file.name);
  }

  takePreset(preset) {
    this.#forget();
    this.preset = preset;
    this.#show(preset.url, preset.title);
  }

  addTo(form) {
    if (this.file) form.append(this.role, this.file, "photo");
    else if (this.preset) form.append(`${this.role}_id`, this.preset.id);
  }

  #forget() {
    if (this.file && this.preview.src) URL.revokeObjectURL(this.preview.src);
    this.file = this.preset = null;
  }

  #show(source, title) {
    Object.assign(this.preview, { src: source, alt: title ?? "", hidden: false });
    this.drop.classList.add("filled");
    for (const button of this.strip.children) {
      button.setAttribute("aria-pressed", String(button.dataset.id === this.preset?.id));
    }
    this.changed();
  }

  #button(preset) {
    const thumb = make("img", { src: preset.url, alt: "", loading: "lazy" });
    const button = make("button", { type: "button", title: preset.title, className: this.whole ? "whole" : "" }, thumb);
    button.dataset.id = preset.id;
    button.setAttribute("aria-label", preset.title || preset.id);
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => this.takePreset(preset));
    return button;
  }

  #listen() {
    this.input.addEventListener("change", () => this.takeFile(this.input.files[0]));
    this.drop.addEventListener("dragover", (event) => {
      event.preventDefault();
      this.drop.classList.add("over");
    });
    this.drop.addEventListener("dragleave", () => this.drop.classList.remove("over"));
    this.drop.addEventListener("drop", (event) => {
      event.preventDefault();
      this.drop.classList.remove("over");
      this.takeFile(event.dataTransfer.files[0]);
    });
    this.preview.addEventListener("error", () => {
      this.preview.hidden = true; // such as HEIC, which the service may read and the browser not
      this.drop.querySelector("b").textContent = this.file?.name ?? "Choose or drop a photo";
    });
  }
}
