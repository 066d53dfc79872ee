// Before and after in one frame, with a line that is dragged or moved by the arrow keys.

function image(className, source, text) {
  const element = document.createElement("img");
  Object.assign(element, { className, src: source, alt: text });
  return element;
}

function name(side, text) {
  const element = document.createElement("span");
  element.className = `name ${side}`;
  element.textContent = text;
  return element;
}

/**
 * Show `after` in the frame, with `before` over its left part where it is known. Resolves when the
 * result has its size on the page.
 * @param {HTMLElement} frame
 * @param {string|null} before
 * @param {string} after
 */
export async function compare(frame, before, after) {
  const last = image("after", after, "The result");
  frame.replaceChildren(last);
  await last.decode().catch(() => {});
  if (!before) return;
  const first = image("before", before, "The photo that was sent");
  const handle = document.createElement("div");
  handle.className = "handle";
  const range = document.createElement("input");
  Object.assign(range, { type: "range", min: 0, max: 100, value: 50 });
  range.setAttribute("aria-label", "How much of the photo before is shown");
  const move = () => frame.style.setProperty("--at", `${range.value}%`);
  range.addEventListener("input", move);
  first.addEventListener("error", () => [first, handle, range].forEach((part) => part.remove()));
  frame.append(first, handle, name("left", "Before"), name("right", "After"), range);
  move();
}
