// Before and after in one frame, with a line that is dragged or moved by the arrow keys; and a closer look.

import { button, make, open } from "./dom.js";
import { t } from "./words.js";

const SCALES = [1, 1.5, 2, 3, 4];

/**
 * Show `after` in the frame, with `before` over its left part where it is known. Resolves when the
 * result has its size on the page.
 * @param {HTMLElement} frame
 * @param {string|null} before
 * @param {string} after
 */
export async function compare(frame, before, after) {
  const last = make("img", { className: "after", src: after, alt: t("result") });
  frame.replaceChildren(last);
  await last.decode().catch(() => {});
  if (!before) return;
  const first = make("img", { className: "before", src: before, alt: t("photo.sent") });
  const handle = make("div", { className: "handle" });
  const range = make("input", { type: "range", min: 0, max: 100, value: 50, "aria-label": t("slider") });
  const move = () => frame.style.setProperty("--at", `${range.value}%`);
  range.addEventListener("input", move);
  first.addEventListener("error", () => [first, handle, range].forEach((part) => part.remove()));
  const name = (side) => make("span", { className: `name ${side}`, text: t(side) });
  frame.append(first, handle, name("before"), name("after"), range);
  move();
}

/** The picture at its own size and beyond. */
export function zoom(source) {
  const picture = make("img", { src: source, alt: t("result") });
  const pane = make("div", { className: "pane", tabIndex: 0, role: "group", "aria-label": t("zoom") }, picture);
  let at = 0;
  const show = (step) => {
    at = Math.min(Math.max(at + step, 0), SCALES.length - 1);
    picture.style.width = `${100 * SCALES[at]}%`;
  };
  pane.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    show(event.deltaY < 0 ? 1 : -1);
  });
  const buttons = make("div", { className: "tools" }, button(t("zoom.out"), () => show(-1)), button(t("zoom.in"), () => show(1)));
  open(t("zoom"), t("close"), buttons, pane).classList.add("wide");
  show(0);
}
