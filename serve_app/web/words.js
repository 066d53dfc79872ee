// What the page says, in the reader's language.

const LANGUAGES = { en: "English", zh: "中文", ko: "한국어" };
const KEPT = "fitting-room.language";
let words = {};
let others = {};

function wanted() {
  const said = [localStorage.getItem(KEPT), ...navigator.languages].filter(Boolean);
  return said.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => tag in LANGUAGES) ?? "en";
}

/** Load the reader's language; what it lacks is said in English. */
export async function load() {
  const language = wanted();
  document.documentElement.lang = language;
  const modules = await Promise.all([import("./words-en.js"), language === "en" ? null : import(`./words-${language}.js`)]);
  others = modules[0].default;
  words = modules[1]?.default ?? others;
}

/** The words of a key, with {name} replaced; undefined where there are none and `strict`. */
export function t(key, values = {}, strict = false) {
  const text = words[key] ?? others[key] ?? (strict ? undefined : key);
  return text?.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** The element with which the language is chosen. */
export function chooser() {
  const field = document.createElement("select");
  field.className = "language";
  field.setAttribute("aria-label", t("language"));
  for (const [tag, name] of Object.entries(LANGUAGES)) {
    field.append(new Option(name, tag, false, tag === document.documentElement.lang));
  }
  field.addEventListener("change", () => {
    localStorage.setItem(KEPT, field.value);
    location.reload();
  });
  return field;
}

/** What is wrong, and what to do about it: in the reader's words where we have them. */
export function fault(error) {
  const known = error.name ? t(`error.${error.name}`, {}, true) : undefined;
  const hint = error.name ? t(`hint.${error.name}`, {}, true) : undefined;
  return { message: known ?? error.message ?? t("error.unknown"), hint: hint ?? (known ? "" : error.hint) ?? "" };
}
