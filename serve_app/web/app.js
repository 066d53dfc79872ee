// The page: choose pictures, send them, watch the job, see the result.

import * as service from "./client.js";
import { Picker } from "./picker.js";
import { compare } from "./slider.js";

const JOB = "fitting-room.job";
const STAGES = {
  pose: "Finding the pose",
  parsing: "Reading the photo",
  garment_mask: "Cutting out the garment",
  garment_shape: "Measuring the garment",
  drape: "Draping the garment",
  person_mask: "Cutting out the person",
  background: "Changing the background",
  compose: "Putting it together",
  anime: "Drawing",
};
const KINDS = {
  tryon: {
    button: "Try it on",
    roles: [
      { role: "person", title: "Person", text: "Upright, shoulders and hips in the picture", gallery: "persons", whole: false },
      { role: "garment", title: "Garment", text: "Laid flat or on a hanger", gallery: "garments", whole: true },
    ],
  },
  anime: {
    button: "Draw it",
    roles: [{ role: "image", title: "Photo", text: "A face, a person, any picture", gallery: "persons", whole: false }],
  },
};

const at = (id) => document.getElementById(id);
const galleries = new Map();
const offers = {};
let kind = "tryon";
let pickers = [];
let following = new AbortController();
let shown = null;

// Choosing

function gallery(name) {
  if (!galleries.has(name)) galleries.set(name, service.gallery(name).catch(() => []));
  return galleries.get(name);
}

function open(next) {
  kind = next;
  for (const name of Object.keys(KINDS)) {
    const tab = at(`tab-${name}`);
    tab.setAttribute("aria-selected", String(name === kind));
    tab.tabIndex = name === kind ? 0 : -1;
  }
  at("make").setAttribute("aria-labelledby", `tab-${kind}`);
  at("submit").textContent = KINDS[kind].button;
  pickers = KINDS[kind].roles.map((what) => {
    const picker = new Picker(what, refresh);
    gallery(what.gallery).then((presets) => picker.fill(presets));
    return picker;
  });
  at("pickers").replaceChildren(...pickers.map((picker) => picker.element));
  showOptions();
  refresh();
}

function select(name, title, choices) {
  const label = document.createElement("label");
  const field = document.createElement("select");
  field.name = name;
  for (const [value, text, disabled = false] of choices) {
    field.append(Object.assign(document.createElement("option"), { value, textContent: text, disabled }));
  }
  label.append(title, field);
  return label;
}

const offered = (entries) =>
  entries.map((entry) => [entry.name, label(entry), !entry.available]);

function label(entry) {
  const limits = entry.commercial_use ? "" : " (non-commercial)";
  return (entry.title || entry.name) + limits + (entry.available ? "" : ": not installed");
}

async function showOptions() {
  const made = kind;
  const fields = kind === "tryon" ? await tryonOptions() : await animeOptions();
  if (made === kind) at("options").replaceChildren(...fields);
}

async function tryonOptions() {
  offers.engines ??= await service.engines().catch(() => []);
  return [
    select("category", "Garment", [["auto", "Find out"], ["upper", "Top"], ["lower", "Trousers or skirt"], ["dress", "Dress"]]),
    select("background", "Background", [["keep", "Keep"], ["remove", "White"]]),
    select("engine", "Engine", [["auto", "The best here"], ...offered(offers.engines)]),
  ];
}

async function animeOptions() {
  offers.styles ??= await service.styles().catch(() => []);
  return offers.styles.length ? [select("style", "Style", offered(offers.styles))] : [];
}

function refresh() {
  const missing = pickers.filter((picker) => !picker.chosen).map((picker) => picker.role);
  at("submit").disabled = missing.length > 0;
  at("missing").textContent = missing.length ? `Choose a ${missing.join(" and a ").replace("image", "photo")}.` : "";
}

// Making

async function submit(event) {
  event.preventDefault();
  const form = new FormData(at("make"));
  pickers.forEach((picker) => picker.addTo(form));
  const before = await thumbnail(pickers[0].source);
  at("submit").disabled = true;
  showProgress(null, "Sending");
  try {
    const job = await service.submit(kind, form, crypto.randomUUID?.() ?? String(Math.random()));
    remember({ id: job.id, kind, before });
    await watch(job.id, before);
  } catch (error) {
    showError(error);
  } finally {
    refresh();
  }
}

/** A small copy of the photo, so that before and after can be compared when the page was reloaded. */
async function thumbnail(source) {
  if (!source) return null;
  const image = new Image();
  image.src = source;
  try {
    await image.decode();
  } catch {
    return null;
  }
  const scale = Math.min(1, 900 / Math.max(image.naturalWidth, image.naturalHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(image.naturalWidth * scale);
  canvas.height = Math.round(image.naturalHeight * scale);
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", 0.85);
}

async function watch(id, before) {
  following.abort();
  following = new AbortController();
  const job = await service.follow(id, (now) => showProgress(now), following.signal);
  if (!job) return;
  if (job.status === "succeeded") await showResult(job, before);
  else if (job.status === "canceled") showNothing();
  else showError(job.error ?? { message: "The result was erased.", hint: "Make it again." });
}

async function cancel() {
  const kept = remembered();
  if (!kept) return showNothing();
  following.abort();
  try {
    await service.cancel(kept.id);
  } catch (error) {
    if (error.name === "JobFinished") return watch(kept.id, kept.before);
    if (error.name !== "JobNotFound") return showError(error);
  }
  forget();
  showNothing();
}

// Showing

function show(...ids) {
  at("outcome").hidden = ids.length === 0;
  for (const id of ["progress", "error", "result"]) at(id).hidden = !ids.includes(id);
}

function showNothing() {
  show();
}

function showProgress(job, text) {
  const first = at("progress").hidden;
  show("progress");
  at("stage").textContent = text ?? stage(job);
  at("bar").value = job?.status === "running" ? 0.05 + 0.95 * job.progress : 0.03;
  if (first) at("outcome").scrollIntoView({ block: "nearest", behavior: "smooth" });
}

function stage(job) {
  if (!job) return "The connection is lost; trying again";
  if (job.status === "queued") return job.queue_position > 1 ? `Waiting: number ${job.queue_position} in line` : "Waiting";
  return STAGES[job.stage] ?? job.stage ?? "Starting";
}

function showError(error) {
  forget();
  show("error");
  at("error-message").textContent = error.message;
  at("error-hint").textContent = error.hint ?? "";
  at("outcome").scrollIntoView({ block: "nearest", behavior: "smooth" });
}

async function showResult(job, before) {
  const picture = await service.picture(job.id);
  if (shown) URL.revokeObjectURL(shown);
  shown = URL.createObjectURL(picture);
  at("compare").replaceChildren();
  await compare(at("compare"), before, shown);
  const suffix = job.result.media_type.split("/")[1];
  Object.assign(at("download"), { href: shown, download: `fitting-room-${job.kind}.${suffix}` });
  at("told").textContent = told(job);
  const warnings = job.warnings.map((text) => Object.assign(document.createElement("li"), { textContent: text }));
  at("warnings").replaceChildren(...warnings);
  at("warnings").hidden = warnings.length === 0;
  show("result");
  at("outcome").scrollIntoView({ block: "start", behavior: "smooth" });
}

function told(job) {
  const seconds = (new Date(job.finished_at) - new Date(job.started_at)) / 1000;
  const size = `${job.result.width} × ${job.result.height}`;
  return `${job.engine.name} ${job.engine.version}, ${job.engine.licence} · ${size} · ${seconds.toFixed(1)} s`;
}

// Coming back

function remember(job) {
  try {
    localStorage.setItem(JOB, JSON.stringify(job));
  } catch {
    localStorage.setItem(JOB, JSON.stringify({ ...job, before: null })); // no room for the photo
  }
}

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(JOB));
  } catch {
    return null;
  }
}

function forget() {
  localStorage.removeItem(JOB);
}

function start() {
  const kept = remembered();
  open(kept?.kind in KINDS ? kept.kind : "tryon");
  for (const name of Object.keys(KINDS)) {
    at(`tab-${name}`).addEventListener("click", () => open(name));
    at(`tab-${name}`).addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      const other = name === "tryon" ? "anime" : "tryon";
      open(other);
      at(`tab-${other}`).focus();
    });
  }
  at("make").addEventListener("submit", submit);
  at("cancel").addEventListener("click", cancel);
  at("again").addEventListener("click", () => {
    forget();
    showNothing();
    at("make").scrollIntoView({ behavior: "smooth" });
  });
  document.addEventListener("paste", (event) => {
    const file = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
    (pickers.find((picker) => !picker.chosen) ?? pickers.at(-1)).takeFile(file);
  });
  if (kept) watch(kept.id, kept.before).catch((error) => (error.status === 404 ? forget() : showError(error)));
}

start();
