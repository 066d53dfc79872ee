// For those who run the service: how it stands, and what can be done about it.

import * as service from "./client.js";
import { button, input, make, select } from "./dom.js";
import { fault, t } from "./words.js";

export function page() {
  const element = make("div", { className: "page" });
  const said = make("p", { role: "status", className: "hint" });

  async function enter() {
    try {
      const [now, failed, persons, garments] = await Promise.all([service.overview(), service.everybodysJobs("failed"), service.gallery("persons"), service.gallery("garments")]);
      const presets = [...persons, ...garments].filter((preset) => preset.uploaded);
      const bar = make("div", { className: "line" }, said, button(t("refresh"), enter));
      element.replaceChildren(bar, queue(now), failures(now, failed.jobs), models(now), gpus(now), reports(now), gallery(presets), purge());
    } catch (error) {
      const text = error.name === "AdminNeeded" ? t("admin.only") : fault(error).message;
      element.replaceChildren(make("p", { className: "error", role: "alert", text }));
    }
  }

  async function tried(work, words) {
    try {
      said.textContent = words(await work());
      await enter();
    } catch (error) {
      const { message, hint } = fault(error);
      said.textContent = `${message} ${hint}`;
    }
  }

  function failures(now, jobs) {
    const rows = now.failures.map((one) => [one.name, one.count, one.message, when(one.latest)]);
    const retry = (job) => button(t("admin.retry"), () => tried(() => service.retry(job.id), () => t("status.queued")));
    const latest = jobs.slice(0, 20).map((job) => [job.id, job.kind, job.error?.name ?? "", job.error?.message ?? "", named(retry(job), job.id)]);
    return panel("admin.failures", rows.length || latest.length ? [table(rows), table(latest)] : t("admin.none"));
  }

  function gallery(presets) {
    const kinds = [["person", t("person")], ["upper", t("upper.one")], ["lower", t("lower.one")], ["dress", t("dress.one")]];
    const file = input("image", t("file"), { type: "file", accept: "image/*", required: true });
    const texts = ["title", "credit", "licence"].map((name) => input(name, t(`admin.${name}`), { required: true, maxLength: name === "licence" ? 64 : 200 }));
    const form = make("form", { className: "fields" }, file, select("category", t("kind"), kinds), texts, make("button", { className: "primary", text: t("admin.add") }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const fields = new FormData(form);
      fields.append("kind", fields.get("category") === "person" ? "person" : "garment");
      tried(() => service.addToGallery(fields), () => t("admin.added"));
    });
    const rows = presets.map((one) => [make("img", { src: `${one.url}?width=160`, alt: "", width: 40 }), one.title, one.credit, one.licence, named(button(t("erase"), () => tried(() => service.takeDown(one.id), () => "")), one.title)]);
    return panel("admin.upload", [form, rows.length ? [make("h3", { text: t("admin.uploaded") }), table(rows)] : null]);
  }

  function purge() {
    const states = ["", "failed", "canceled", "expired", "succeeded"].map((name) => [name, name ? t(`status.${name}`) : t("all")]);
    const form = make("form", { className: "fields" }, input("days", t("admin.days"), { type: "number", min: 0, value: 30, required: true }), select("status", t("kind"), states), make("button", { className: "quiet danger", text: t("admin.purge") }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { days, status } = Object.fromEntries(new FormData(form));
      tried(() => service.purge({ days: Number(days), status: status || null }), ({ purged }) => t("admin.purged", { count: purged }));
    });
    return panel("admin.purge", [make("p", { className: "hint", text: t("admin.purge.text") }), form]);
  }

  return { element, enter };
}

const when = (text) => new Date(text).toLocaleString(document.documentElement.lang);

const panel = (title, ...children) => make("section", { className: "panel" }, make("h2", { text: t(title) }), children.flat(3));

const named = (element, name) => {
  element.setAttribute("aria-label", `${element.textContent}: ${name}`);
  return element;
};

function table(rows) {
  if (!rows.length) return null;
  const cell = (value) => make("td", {}, value instanceof Node ? value : String(value));
  return make("div", { className: "scroll", tabIndex: 0, role: "group" }, make("table", {}, make("tbody", {}, rows.map((row) => make("tr", {}, row.map(cell))))));
}

function queue(now) {
  const rows = Object.entries(now.jobs).map(([status, count]) => [t(`status.${status}`), count]);
  const waits = now.waiting_seconds === null ? null : t("admin.waits", { seconds: Math.round(now.waiting_seconds) });
  return panel("admin.queue", [rows.length ? table(rows) : t("admin.none"), make("p", { className: "hint", text: waits ?? "" })]);
}

function models(now) {
  const rows = [...now.engines, ...now.styles].map((one) => [one.title || one.name, one.version, one.licence, one.available ? t("available") : `${t("missing")}: ${one.hint}`, one.memory_mb ? `${one.memory_mb} MB` : ""]);
  const unready = Object.entries(now.unready);
  const state = unready.length ? table(unready) : make("p", { className: "hint", text: t("admin.ready") });
  return panel("admin.engines", [table(rows), state, make("p", { className: "hint", text: t("renderings", { count: now.renderings }) })]);
}

function gpus(now) {
  const rows = now.gpu_memory.map((one) => [one.name, make("meter", { min: 0, max: one.total_mb, value: one.used_mb, "aria-label": one.name }), `${one.used_mb} / ${one.total_mb} MB`, `${one.load} %`]);
  const others = now.gpus.map((one) => [one.machine.slice(0, 8), one.name, one.count]);
  return panel("admin.gpu", rows.length || others.length ? [table(rows), table(others)] : t("admin.nogpu"));
}

function reports(now) {
  const rows = now.reports.map((one) => [when(one.created_at), t(`report.${one.reason}`), one.words, one.job_id]);
  return panel("admin.reports", rows.length ? table(rows) : t("admin.none"));
}
