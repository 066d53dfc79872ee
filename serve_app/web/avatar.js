// The page on which photos, up to four at once, become avatars.

import { photograph } from "./camera.js";
import * as service from "./client.js";
import { button, make } from "./dom.js";
import { Making } from "./making.js";
import { dropping } from "./picker.js";
import { PICTURES, PICTURES_AND_CLIPS, picturesIn, prepared } from "./photo.js";
import { keepJobs, keptJobs } from "./store.js";
import { t } from "./words.js";

const MOST = 4;

export function page() {
  let photos = [];
  const input = make("input", { type: "file", multiple: true, accept: PICTURES, "aria-label": t("choose.role", { role: t("photo") }) });
  const what = make("span", {}, make("b", { text: t("choose") }), t("photo.text"));
  const drop = make("label", { className: "drop low" }, what, input);
  const chosen = make("div", { className: "photos" });
  const strip = make("div", { className: "strip", role: "group", "aria-label": t("examples", { role: t("photo") }) });
  const styles = make("fieldset", { className: "styles" }, make("legend", { text: t("style") }));
  const go = make("button", { className: "primary", type: "submit", disabled: true, text: t("anime") });
  const missing = make("p", { className: "hint", "aria-live": "polite", text: t("choose.photo") });
  const tools = navigator.mediaDevices ? button(t("camera"), async () => take([await photograph(t("photo"))])) : null;
  const picker = make("section", { className: "picker", "aria-label": t("photo") }, make("div", { className: "line" }, make("h2", { text: t("photo") }), tools), drop, chosen, strip);
  const look = make("section", { className: "picker", "aria-label": t("style") }, styles, slider("strength", 1), slider("eyes", 0), region());
  const form = make("form", {}, make("div", { className: "pickers" }, picker, look), make("div", { className: "go" }, go, missing));
  const outcome = make("section", { "aria-label": t("result"), className: "outcomes grid" });

  async function take(files) {
    for (const file of files.filter(Boolean)) {
      if (photos.length === MOST) break;
      const { blob, shown } = await prepared(file);
      photos.push({ blob, url: shown ? URL.createObjectURL(blob) : null, title: file.name ?? t("photo") });
    }
    refresh();
  }

  function refresh() {
    chosen.replaceChildren(...photos.map(tile));
    go.disabled = photos.length === 0;
    missing.hidden = photos.length > 0;
    for (const one of strip.children) one.setAttribute("aria-pressed", String(photos.some((photo) => photo.preset === one.dataset.id)));
  }

  function tile(photo) {
    const away = () => {
      photos = photos.filter((other) => other !== photo);
      refresh();
    };
    const seen = photo.url ? make("img", { src: photo.url, alt: photo.title }) : make("span", { text: photo.title });
    return make("div", { className: "photo" }, seen, make("button", { type: "button", text: "×", "aria-label": `${t("remove")}: ${photo.title}`, onclick: away }));
  }

  function preset(one) {
    const toggle = () => {
      if (photos.some((photo) => photo.preset === one.id)) photos = photos.filter((photo) => photo.preset !== one.id);
      else if (photos.length < MOST) photos.push({ preset: one.id, url: `${one.url}?width=160`, title: one.title });
      refresh();
    };
    const thumb = make("img", { alt: "", loading: "lazy", width: 68, height: 88, src: `${one.url}?width=160` });
    const element = make("button", { type: "button", title: one.title, "aria-label": one.title, "aria-pressed": "false", onclick: toggle }, thumb);
    element.dataset.id = one.id;
    return element;
  }

  /** What cannot be had here is for those who run the service to know: their page says it. */
  function offer({ styles: all, clip_seconds: seconds }) {
    styles.append(make("div", { className: "looks" }, all.filter((one) => one.available).map(style)));
    if (!seconds) return;
    input.accept = PICTURES_AND_CLIPS;
    what.append(make("span", { className: "clips", text: t("clips", { seconds }) }));
  }

  const cards = new Set();
  const settings = { closed: over, failed: over };

  function over(card) {
    cards.delete(card);
    keep();
  }

  const keep = () => keepJobs("avatar", [...cards].map((card) => card.id).filter(Boolean));

  function card() {
    const next = new Making(settings);
    cards.add(next);
    outcome.prepend(next.element);
    return next;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    for (const photo of photos) {
      const fields = new FormData(form);
      if (photo.preset) fields.append("image_id", photo.preset);
      else fields.append("image", photo.blob, "photo");
      card().start("anime", fields, keep);
    }
    outcome.scrollIntoView({ block: "nearest", behavior: "smooth" });
  });
  input.addEventListener("change", () => {
    take([...input.files]);
    input.value = "";
  });
  dropping(drop, take);
  service.gallery("persons").then((presets) => strip.append(...presets.map(preset)), () => {});
  service.styles().then((offers) => offer(offers), () => {});
  for (const id of keptJobs("avatar")) card().resume(id);
  return { element: make("div", { className: "page" }, form, outcome), paste: (transfer) => take(picturesIn(transfer)) };
}

function style(offer, index) {
  const title = t(`style.${offer.name}`, {}, true) ?? (offer.title || offer.name);
  const preview = make("img", { alt: "", width: 96, height: 96, src: `web/style-${offer.name}.webp` });
  preview.addEventListener("error", () => preview.remove());
  const radio = make("input", { type: "radio", name: "style", value: offer.name, checked: index === 0 });
  return make("label", { className: "look", title: offer.licence }, radio, preview, make("b", { text: title }), make("small", { text: offer.commercial_use ? offer.licence : t("noncommercial") }));
}

/** A slider from 0 to 1, with its value in per cent. */
function slider(name, value) {
  const shown = make("output", { text: `${100 * value} %` });
  const range = make("input", { type: "range", name, min: 0, max: 1, step: 0.05, value, "aria-label": t(name) });
  range.addEventListener("input", () => (shown.textContent = `${Math.round(100 * range.value)} %`));
  return make("label", { className: "field wide" }, make("span", {}, t(name), " ", shown), range);
}

function region() {
  const choices = ["whole", "face"].map((name, index) =>
    make("label", { className: "choice" }, make("input", { type: "radio", name: "region", value: name, checked: index === 0 }), t(`region.${name}`)),
  );
  return make("fieldset", { className: "plain" }, make("legend", { text: t("region") }), choices);
}
