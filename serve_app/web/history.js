// All that was made, the newest first, as far as one scrolls.

import * as service from "./client.js";
import { button, confirmed, download, make, open, select } from "./dom.js";
import { Making } from "./making.js";
import { fault, t } from "./words.js";

export function page() {
  let next;
  let loading = null;
  const kind = select("kind", t("kind"), [["", t("kind.all")], ["tryon", t("kind.tryon")], ["anime", t("kind.anime")]]);
  const list = make("ul", { className: "cards" });
  const said = make("p", { className: "hint", role: "status" });
  const end = make("div", { className: "end" });
  const field = kind.querySelector("select");
  field.addEventListener("change", begin);
  const all = button(t("erase.all"), eraseAll, "quiet danger");
  const bar = make("div", { className: "line" }, kind, make("span", { className: "tools" }, button(t("export"), keep), all));

  /** From the first page on; a page that is still on its way is not waited for. */
  function begin() {
    next = null;
    list.replaceChildren();
    loading = null;
    more();
  }

  async function more() {
    if (loading || next === undefined) return;
    const mine = (loading = service.isKnown() ? service.history({ kind: field.value, before: next }) : Promise.resolve({ jobs: [], next: null }));
    try {
      const found = await mine;
      if (mine !== loading) return;
      list.append(...found.jobs.map(card));
      next = found.next ?? undefined;
      said.textContent = list.children.length ? (next ? "" : t("end")) : t("history.empty");
    } catch (error) {
      if (mine === loading) said.textContent = fault(error).message;
    } finally {
      if (mine === loading) loading = null;
    }
    if (next && inSight(end)) more();
  }

  new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && more(), { rootMargin: "600px" }).observe(end);

  function card(job) {
    const made = new Date(job.created_at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
    const name = `${t(`kind.${job.kind}`)}, ${made}`;
    const seen = make("div", { className: "thumb" });
    if (job.status === "succeeded") thumbnail(seen, job);
    else seen.append(make("span", { text: job.error ? why(job.error) : t(`status.${job.status}`) }));
    const item = make("li", { className: "card" }, seen, make("p", { text: made, className: "hint" }));
    const erase = async () => {
      await service.erase(job.id).catch((error) => error.status === 404 || (said.textContent = fault(error).message));
      item.remove();
      if (!list.children.length) begin();
    };
    const canShow = ["succeeded", "running", "queued"].includes(job.status);
    const tools = make("div", { className: "tools" }, canShow ? named(button(t("show"), () => show(job)), name) : null, named(button(t("erase"), erase), name));
    item.append(tools);
    return item;
  }

  async function keep() {
    try {
      download(await service.exported(), "fitting-room.zip");
    } catch (error) {
      said.textContent = fault(error).message;
    }
  }

  async function eraseAll() {
    if (!(await confirmed(t("erase.all.ask"), t("yes"), t("no")))) return;
    await service.eraseAll(field.value).catch((error) => (said.textContent = fault(error).message));
    begin();
  }

  return { element: make("div", { className: "page" }, bar, list, said, end), enter: begin };
}

const named = (element, name) => {
  element.setAttribute("aria-label", `${element.textContent}: ${name}`);
  return element;
};

function why(error) {
  const { message, hint } = fault(error);
  return `${message} ${hint}`;
}

const inSight = (element) => element.getBoundingClientRect().top < innerHeight + 600;

async function thumbnail(seen, job) {
  const alt = t(`kind.${job.kind}`);
  if (job.result?.media_type.startsWith("video/")) return seen.append(make("span", { text: "▶" }));
  const picture = await service.thumbnail(job.id).catch(() => null);
  if (picture) seen.append(make("img", { src: URL.createObjectURL(picture), alt, onload: (event) => URL.revokeObjectURL(event.target.src) }));
  return undefined;
}

function show(job) {
  const making = new Making({ closed: () => dialog.close() });
  const dialog = open(t("result"), t("close"), making.element);
  dialog.classList.add("wide");
  dialog.addEventListener("close", () => making.stop.abort());
  making.resume(job.id);
}
