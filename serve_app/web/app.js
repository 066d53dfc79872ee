// The frame: which page is shown, in which language, to whom.

import * as service from "./client.js";
import { make } from "./dom.js";
import { chooser, load, t } from "./words.js";

const PAGES = { try: "./tryon.js", avatar: "./avatar.js", history: "./history.js", me: "./me.js", admin: "./admin.js" };
const at = (id) => document.getElementById(id);
const shown = new Map();

const wanted = () => (location.hash.slice(1) in PAGES ? location.hash.slice(1) : "try");

/** Pages stay as they were left; those with something new each time say so by `enter`. */
async function page(name) {
  if (!shown.has(name)) {
    const module = await import(PAGES[name]);
    shown.set(name, module.page());
  }
  return shown.get(name);
}

async function show(focus = true) {
  const name = wanted();
  const { element, enter } = await page(name);
  if (name !== wanted()) return;
  for (const link of at("pages").children) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const title = t(`page.${name}`);
  document.title = `${title} · Fitting Room`;
  at("main").replaceChildren(make("h1", { text: title, className: name === "try" || name === "avatar" ? "unseen" : "" }), element);
  if (focus) at("main").focus({ preventScroll: true });
  scrollTo(0, 0);
  enter?.();
}

function link(name) {
  return make("a", { href: `#${name}`, text: t(`page.${name}`) });
}

async function welcomeAdmin() {
  if (!service.isKnown()) return;
  const me = await service.me().catch(() => null);
  if (me?.admin) at("pages").append(link("admin"));
  if (wanted() === "admin") show(false);
}

/** How long pictures are kept is the operator's choice, and so is what is agreed to. */
function tellTerms({ url, photo_hours: photos, result_hours: results }) {
  const kept = t("foot.kept", { photos: span(photos), results: span(results) });
  const read = /^https?:/.test(url) ? make("a", { href: url, target: "_blank", text: t("terms.read") }) : null;
  at("foot").replaceChildren(...[kept, " ", t("foot.made"), " ", read].filter(Boolean));
}

/** Hours in the reader's words; whole days as days. */
function span(hours) {
  const [count, unit] = hours % 24 ? [hours, "hour"] : [hours / 24, "day"];
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: "long", maximumFractionDigits: 1 }).format(count);
}

async function start() {
  await load();
  at("skip").textContent = t("skip");
  at("foot").textContent = t("foot.made");
  at("pages").append(...["try", "avatar", "history", "me"].map(link));
  at("corner").append(chooser(), make("a", { className: "quiet", href: "docs", text: t("api") }));
  at("skip").addEventListener("click", (event) => {
    event.preventDefault(); // the address names the page
    at("main").focus();
  });
  addEventListener("hashchange", () => show());
  document.addEventListener("paste", (event) => shown.get(wanted())?.paste?.(event.clipboardData));
  await show(false);
  document.documentElement.dataset.ready = "yes";
  performance.mark("ready");
  welcomeAdmin();
  service.terms().then(tellTerms, () => {});
}

start();
