// One job on the page: how it goes, what went wrong, what came of it.

import * as service from "./client.js";
import { compare, zoom } from "./compare.js";
import { button, download, make, open } from "./dom.js";
import { fault, t } from "./words.js";

const FIRST = { tryon: "person", anime: "image" };

/** A card. `settings.again` and `settings.corrected(category)` bring buttons of their own. */
export class Making {
  constructor(settings = {}) {
    this.settings = settings;
    this.stop = new AbortController();
    this.urls = [];
    this.stage = make("p", { role: "status" });
    this.bar = make("progress", { max: 1, value: 0, "aria-label": t("progress") });
    this.progress = make("div", { className: "progress" }, make("div", { className: "line" }, this.stage, button(t("cancel"), () => this.cancel())), this.bar);
    this.body = make("div", { className: "body" });
    this.element = make("article", { className: "outcome" }, this.progress, this.body);
    this.#tell(t("sending"), 0.02);
  }

  /** Send a job; its id is told as soon as there is one. */
  async start(kind, form, made) {
    this.asked = () => this.start(kind, form, made);
    this.progress.hidden = false;
    this.body.replaceChildren();
    const key = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    try {
      const job = await service.submit(kind, form, key);
      this.id = job.id;
      made(job.id);
      if (this.stop.signal.aborted) await service.cancel(job.id).catch(() => {});
      else await this.resume(job.id);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Watch a job that was sent before. */
  async resume(id) {
    this.id = id;
    try {
      const job = await service.follow(id, (now) => this.#now(now), this.stop.signal);
      if (!job) return;
      if (job.status === "succeeded") await this.show(job);
      else if (job.status === "canceled") this.close();
      else this.#fail(job.error ?? { name: "ResultExpired", message: t("status.expired"), hint: "" });
    } catch (error) {
      if (error.status === 404) this.close();
      else this.#fail(error);
    }
  }

  async cancel() {
    this.stop.abort();
    if (this.id) {
      try {
        await service.cancel(this.id);
      } catch (error) {
        if (error.name === "JobFinished") {
          this.stop = new AbortController();
          return this.resume(this.id);
        }
      }
    }
    return this.close();
  }

  close() {
    this.stop.abort();
    this.urls.forEach((url) => URL.revokeObjectURL(url));
    this.element.remove();
    this.settings.closed?.(this);
  }

  /** The result of a job that is done. */
  async show(job) {
    const [after, before] = await Promise.all([service.picture(job.id), service.sent(job.id, FIRST[job.kind]).catch(() => null)]);
    const isClip = after.type.startsWith("video/");
    const url = this.#url(after);
    const frame = make("div", { className: "compare" });
    const told = make("p", { className: "hint", text: about(job) });
    const figure = make("figure", { className: "result" }, frame, make("figcaption", {}, told, this.#category(job), warnings(job), this.#tools(job, after, url, isClip)));
    this.progress.hidden = true;
    this.body.replaceChildren(figure);
    if (isClip) frame.replaceChildren(make("video", { src: url, controls: true, loop: true, muted: true, autoplay: true }));
    else await compare(frame, before && !before.type.startsWith("video/") ? this.#url(before) : null, url);
    this.settings.shown?.(this, job);
  }

  #tools(job, picture, url, isClip) {
    const name = `fitting-room-${job.kind}.${picture.type.split("/")[1]}`;
    const said = make("span", { role: "status", className: "hint" });
    return make(
      "div",
      { className: "tools" },
      make("a", { className: "button primary", href: url, download: name, text: t("download") }),
      canShare() ? button(t("share"), () => share(picture, name, said)) : null,
      isClip ? null : button(t("zoom"), () => zoom(url)),
      this.settings.again ? button(t("again"), this.settings.again) : null,
      button(t("report"), () => complain(job.id)),
      said,
    );
  }

  #category(job) {
    if (!job.category || !this.settings.corrected) return null;
    const others = ["upper", "lower", "dress"].filter((name) => name !== job.category);
    return make(
      "div",
      { className: "tools" },
      make("span", { className: "hint", text: t("seen.as", { kind: t(`${job.category}.one`) }) }),
      others.map((name) => button(t(`${name}.one`), () => this.settings.corrected(name), "chip")),
    );
  }

  /** Where the operator's terms are to be agreed to first: where they are read, and a yes. */
  #remedy(error) {
    if (error.name !== "ConsentMissing") return null;
    const agree = async () => {
      const terms = await service.terms();
      await service.agree(terms.version).then(this.asked, (fault) => this.#fail(fault));
    };
    const read = make("a", { className: "button quiet", target: "_blank", text: t("terms.read"), hidden: true });
    service.terms().then((terms) => Object.assign(read, { href: terms.url, hidden: !/^https?:/.test(terms.url) }), () => {});
    return [read, button(t("terms.agree"), agree, "primary")];
  }

  #url(blob) {
    this.urls.push(URL.createObjectURL(blob));
    return this.urls.at(-1);
  }

  #now(job) {
    if (!job) return this.#tell(t("lost"));
    if (job.status === "queued") return this.#tell(job.queue_position > 1 ? t("line", { place: job.queue_position }) : t("waiting"), 0.03);
    if (job.status !== "running") return undefined;
    const stage = job.stage ? t(`stage.${job.stage}`, {}, true) ?? t("status.running") : t("starting");
    return this.#tell(stage, 0.05 + 0.95 * job.progress);
  }

  #tell(text, share) {
    if (this.stage.textContent !== text) this.stage.textContent = text;
    if (share !== undefined) this.bar.value = share;
  }

  #fail(error) {
    const { message, hint } = fault(error);
    this.progress.hidden = true;
    this.body.replaceChildren(
      make("div", { className: "error", role: "alert" }, make("strong", { text: message }), make("p", { text: hint })),
      make("div", { className: "tools" }, this.#remedy(error), button(t("close"), () => this.close())),
    );
    this.settings.failed?.(this);
  }
}

function about(job) {
  const seconds = job.timings.gallery === undefined ? ((new Date(job.finished_at) - new Date(job.started_at)) / 1000).toFixed(1) : null;
  const { name, version, licence } = job.engine;
  const size = `${job.result.width} × ${job.result.height}`;
  const text = t("made", { engine: `${name} ${version}`, licence, size, seconds: seconds ?? "" });
  return seconds === null ? text.replace(/·[^·]*$/, `· ${t("ready")}`) : text;
}

function warnings(job) {
  if (!job.warnings.length) return null;
  const items = job.warnings.map((text) => make("li", { text: t(`warning.${text.split(":")[0]}`, {}, true) ?? text }));
  return make("ul", { className: "hint plain" }, items);
}

const canShare = () => Boolean(navigator.canShare || navigator.clipboard?.write);

/** By the device's own sheet; where there is none the picture goes to the clipboard. */
async function share(picture, name, said) {
  const file = new File([picture], name, { type: picture.type });
  try {
    if (navigator.canShare?.({ files: [file] })) return await navigator.share({ files: [file] });
    await navigator.clipboard.write([new ClipboardItem({ [picture.type]: picture })]);
    said.textContent = t("copied");
  } catch (error) {
    if (error.name !== "AbortError") said.textContent = error.message;
  }
  return undefined;
}

function complain(id) {
  const reasons = ["wrong", "offensive", "not_me", "other"].map((name, index) =>
    make("label", { className: "choice" }, make("input", { type: "radio", name: "reason", value: name, checked: index === 0 }), t(`report.${name}`)),
  );
  const words = make("label", { className: "field" }, t("report.words"), make("textarea", { name: "words", maxLength: 2000, rows: 3 }));
  const form = make("form", {}, reasons, words, make("button", { className: "primary", text: t("report.send") }));
  const dialog = open(t("report.title"), t("close"), form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const said = Object.fromEntries(new FormData(form));
    try {
      await service.report(id, said);
      form.replaceChildren(make("p", { role: "status", text: t("report.thanks") }));
    } catch (error) {
      form.append(make("p", { className: "error", role: "alert", text: fault(error).message }));
    }
  });
  return dialog;
}
