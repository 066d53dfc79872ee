// The page on which a person tries garments on, one after another.

import * as service from "./client.js";
import { make, select } from "./dom.js";
import { Making } from "./making.js";
import { Picker } from "./picker.js";
import { picturesIn } from "./photo.js";
import { keepJobs, keepPhoto, keptJobs, keptPhoto } from "./store.js";
import { t } from "./words.js";

const CATEGORIES = ["upper", "lower", "dress"];

export function page() {
  let making = null;
  const person = new Picker({ role: "person", whole: false, random: service.randomPerson }, chosen);
  const garment = new Picker({ role: "garment", whole: true, categories: CATEGORIES }, chosen);
  const options = make("details", { className: "options" }, make("summary", { text: t("more") }));
  const go = make("button", { className: "primary", type: "submit", disabled: true, text: t("tryon") });
  const missing = make("p", { className: "hint", "aria-live": "polite" });
  const form = make("form", {}, make("div", { className: "pickers" }, person.element, garment.element), options, make("div", { className: "go" }, go, missing));
  const outcome = make("section", { "aria-label": t("result"), className: "outcomes" });

  function chosen(picker) {
    refresh();
    if (picker === person) keepPhoto("person", person.blob ? { blob: person.blob } : { preset: person.preset });
    if (picker === garment) form.elements.category && (form.elements.category.value = "auto");
  }

  function refresh() {
    const busy = making !== null;
    go.disabled = busy || !(person.chosen && garment.chosen);
    const lacks = person.chosen ? (garment.chosen ? null : "garment") : garment.chosen ? "person" : "both";
    missing.textContent = lacks ? t(`choose.${lacks}`) : "";
  }

  function follow(next) {
    making = next;
    outcome.replaceChildren(next.element);
    refresh();
    next.element.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  const settings = {
    again: () => {
      outcome.replaceChildren();
      keepJobs("try", []);
      garment.element.scrollIntoView({ block: "nearest", behavior: "smooth" });
      garment.input.focus({ preventScroll: true });
    },
    corrected: (category) => {
      form.elements.category.value = category;
      options.open = true;
      if (person.chosen && garment.chosen) send();
    },
    closed: () => over([]),
    failed: () => over([]),
    shown: (one) => {
      over([one.id]);
      one.element.scrollIntoView({ block: "start", behavior: "smooth" });
    },
  };

  function over(kept) {
    making = null;
    keepJobs("try", kept);
    refresh();
  }

  function send() {
    const fields = new FormData(form);
    [person, garment].forEach((picker) => picker.addTo(fields));
    const next = new Making(settings);
    follow(next);
    next.start("tryon", fields, (id) => keepJobs("try", [id]));
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!go.disabled) send();
  });
  fillOptions(options);
  service.gallery("persons").then((presets) => person.fill(presets), () => {});
  service.gallery("garments").then((presets) => garment.fill(presets), () => {});
  keptPhoto("person").then((kept) => {
    if (!kept || person.chosen) return;
    if (kept.preset) person.takePreset(kept.preset);
    else person.takeBlob(kept.blob, URL.createObjectURL(kept.blob));
  });
  const [waiting] = keptJobs("try");
  if (waiting) {
    follow(new Making(settings));
    making.resume(waiting);
  }
  refresh();
  return {
    element: make("div", { className: "page" }, form, outcome),
    paste: (transfer) => (person.chosen ? garment : person).takeFile(picturesIn(transfer)[0]),
  };
}

async function fillOptions(options) {
  const categories = [["auto", t("category.auto")], ...CATEGORIES.map((name) => [name, t(`${name}.one`)])];
  const backgrounds = [["keep", t("background.keep")], ["remove", t("background.remove")]];
  const row = make("div", { className: "fields" }, select("category", t("category"), categories), select("background", t("background"), backgrounds));
  options.append(row);
  const engines = await service.engines().catch(() => []);
  row.append(select("engine", t("engine"), [["auto", t("engine.auto")], ...engines.map(choice)]));
}

/** An engine with its licence; one that is not here cannot be chosen. */
function choice(engine) {
  const limits = [engine.licence, engine.commercial_use ? null : t("noncommercial"), engine.available ? null : t("missing")];
  return [engine.name, `${engine.title || engine.name} (${limits.filter(Boolean).join(", ")})`, !engine.available];
}
