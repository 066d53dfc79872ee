// One picture to choose: a file that is dropped, picked, pasted or taken, or one of the gallery.

import { photograph } from "./camera.js";
import { button, make } from "./dom.js";
import { PICTURES, picturesIn, prepared } from "./photo.js";
import { t } from "./words.js";

/** Holds the choice of one role, such as `person`, and shows it. */
export class Picker {
  /**
   * @param {{role: string, whole: boolean, categories?: string[], random?: () => Promise<object>}} what
   * @param {(picker: Picker) => void} changed
   */
  constructor(what, changed) {
    Object.assign(this, what, { changed, blob: null, preset: null, presets: [], category: "all" });
    const title = t(what.role);
    this.input = make("input", { type: "file", accept: PICTURES, "aria-label": t("choose.role", { role: title }) });
    this.preview = make("img", { alt: "", hidden: true });
    this.words = make("b", { text: t("choose") });
    this.drop = make("label", { className: "drop" }, make("span", {}, this.words, t(`${what.role}.text`)), this.preview, this.input);
    this.strip = make("div", { className: "strip", role: "group", "aria-label": t("examples", { role: title }) });
    this.credit = make("p", { className: "credit", hidden: true });
    this.element = make("section", { className: "picker", "aria-label": title }, this.#head(title), this.drop, this.#tabs(), this.strip, this.credit);
    this.#listen();
  }

  get chosen() {
    return Boolean(this.blob || this.preset);
  }

  fill(presets) {
    this.presets = presets;
    this.#showPresets();
  }

  /** A photo, made ready to be sent. */
  async takeFile(file) {
    if (!file) return;
    const { blob, shown } = await prepared(file);
    this.takeBlob(blob, shown ? URL.createObjectURL(blob) : null, file.name);
  }

  takeBlob(blob, url, name = "") {
    this.#forget();
    this.blob = blob;
    this.#show(url, name || t("photo"));
  }

  /** The small picture is here already and stands in for the large one. */
  takePreset(preset) {
    this.#forget();
    this.preset = preset;
    this.#show(`${preset.url}?width=160`, preset.title);
    const large = new Image();
    large.src = `${preset.url}?width=480`;
    large.decode().then(() => this.preset === preset && (this.preview.src = large.src), () => {});
  }

  addTo(form) {
    if (this.blob) form.append(this.role, this.blob, "photo");
    else if (this.preset) form.append(`${this.role}_id`, this.preset.id);
  }

  #forget() {
    if (this.preview.src.startsWith("blob:")) URL.revokeObjectURL(this.preview.src);
    this.blob = this.preset = null;
  }

  #show(source, title) {
    this.preview.hidden = !source;
    if (source) Object.assign(this.preview, { src: source, alt: title });
    else this.words.textContent = title;
    this.drop.classList.add("filled");
    this.credit.hidden = !this.preset;
    this.credit.textContent = this.preset ? credit(this.preset) : "";
    this.#press();
    this.changed(this);
  }

  #press() {
    for (const one of this.strip.children) one.setAttribute("aria-pressed", String(one.dataset.id === this.preset?.id));
  }

  #head(title) {
    const tools = [];
    if (this.random) tools.push(button(t("random"), async () => this.takePreset(await this.random())));
    if (navigator.mediaDevices) tools.push(button(t("camera"), async () => this.takeFile(await photograph(title))));
    return make("div", { className: "line" }, make("h2", { text: title }), make("span", { className: "tools" }, tools));
  }

  #tabs() {
    if (!this.categories) return null;
    this.choices = ["all", ...this.categories].map((name) => {
      const one = button(t(name), () => {
        this.category = name;
        this.#showPresets();
      }, "chip");
      one.dataset.name = name;
      return one;
    });
    return make("div", { className: "chips", role: "group", "aria-label": t("category") }, this.choices);
  }

  #showPresets() {
    const shown = this.presets.filter((preset) => this.category === "all" || preset.category === this.category);
    this.strip.replaceChildren(...shown.map((preset) => this.#button(preset)));
    this.strip.hidden = shown.length === 0;
    this.choices?.forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.name === this.category)));
    this.#press();
  }

  #button(preset) {
    const thumb = make("img", { alt: "", loading: "lazy", width: 68, height: 88, src: `${preset.url}?width=160` });
    const properties = { type: "button", title: credit(preset), className: this.whole ? "whole" : "", "aria-label": preset.title || preset.id };
    const one = make("button", { ...properties, onclick: () => this.takePreset(preset) }, thumb);
    one.dataset.id = preset.id;
    return one;
  }

  #listen() {
    this.input.addEventListener("change", () => {
      this.takeFile(this.input.files[0]);
      this.input.value = "";
    });
    dropping(this.drop, (files) => this.takeFile(files[0]));
  }
}

const credit = (preset) => [preset.title, preset.credit, preset.licence].filter(Boolean).join(" · ");

/** Let files be dropped on an element. */
export function dropping(element, taken) {
  element.addEventListener("dragover", (event) => {
    event.preventDefault();
    element.classList.add("over");
  });
  element.addEventListener("dragleave", () => element.classList.remove("over"));
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    element.classList.remove("over");
    const files = picturesIn(event.dataTransfer);
    if (files.length) taken(files);
  });
}
