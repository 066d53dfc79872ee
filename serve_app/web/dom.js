// Elements in one line.

/**
 * Make an element. Properties that begin with "on" are listeners, those with a dash attributes,
 * `text` its text, and all others the element's own.
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "text") element.textContent = value;
    else if (name.includes("-") || name === "role") element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** A labelled choice; `choices` are [value, text, disabled]. */
export function select(name, title, choices, properties = {}) {
  const options = choices.map(([value, text, disabled = false]) => make("option", { value, text, disabled }));
  return make("label", { className: "field" }, title, make("select", { name, ...properties }, options));
}

/** A labelled line to write in. */
export function input(name, title, properties = {}) {
  return make("label", { className: "field" }, title, make("input", { name, ...properties }));
}

export function button(text, onclick, className = "quiet") {
  return make("button", { type: "button", className, text, onclick });
}

/** Ask the person at the page; resolves to true or false. */
export function confirmed(text, yes, no) {
  return new Promise((done) => {
    const dialog = make("dialog", { className: "ask", "aria-label": text });
    const answer = (value) => {
      dialog.close();
      dialog.remove();
      done(value);
    };
    dialog.append(
      make("p", { text }),
      make("div", { className: "line" }, button(no, () => answer(false)), button(yes, () => answer(true), "primary danger")),
    );
    dialog.addEventListener("cancel", () => answer(false));
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A dialog that closes by its button, Escape, and a click beside it. */
export function open(title, close, ...children) {
  const dialog = make("dialog", { className: "sheet", "aria-label": title });
  const shut = button(close, () => dialog.close());
  dialog.append(make("div", { className: "line" }, make("h2", { text: title }), shut), ...children);
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Hand a file over to be kept. */
export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  const link = make("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
