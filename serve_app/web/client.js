// The service over HTTP: who is asking, jobs and pictures.

import { forgetGuest, keepGuest, recentGuest } from "./store.js";

const TOKEN = "fitting-room.token";

/** Milliseconds within which a short answer comes, and within which a stream of events says something,
 * be it a comment: what is silent for longer is lost, though the connection may not have noticed. */
const ANSWER_MS = 20000;
const SILENCE_MS = 25000;

/** What the service says is wrong, with what to do about it. */
export class ServiceError extends Error {
  constructor({ name, message, hint }, status) {
    super(message);
    Object.assign(this, { name, hint, status });
  }
}

/** Anything that cannot be fetched is tried again by whoever called; this says so in words. */
const OFFLINE = { name: "Offline", message: "The service cannot be reached.", hint: "Check the connection and try again." };

async function send(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (options.signal?.aborted && error.name !== "TimeoutError") throw error;
    throw new ServiceError(OFFLINE, 0);
  }
  if (answer.ok) return answer;
  const { error } = await answer.json().catch(() => ({}));
  if (error) throw new ServiceError(error, answer.status);
  if (isFromBefore(answer.status)) throw new ServiceError(OFFLINE, 0);
  const other = { name: "HttpError", message: `The service answered ${answer.status}.`, hint: "Try again in a moment." };
  throw new ServiceError(other, answer.status);
}

/** The service names its errors. Without a name, these are what stands before it while it is away:
 * a proxy that knows no route to it yet also says 404. */
const isFromBefore = (status) => status === 404 || status >= 500;

/** Whether this browser is somebody to the service. */
export const isKnown = () => Boolean(localStorage.getItem(TOKEN));

async function newGuest() {
  if (isKnown()) return;
  let token = await recentGuest();
  if (!token) {
    ({ token } = await (await send("v1/auth/guest", { method: "POST" })).json());
    await keepGuest(token);
  }
  localStorage.setItem(TOKEN, token);
}

/** A token; of two tabs that ask at once, one makes the guest. */
async function token() {
  if (!isKnown()) await (navigator.locks ? navigator.locks.request(TOKEN, newGuest) : newGuest());
  return localStorage.getItem(TOKEN);
}

/** As whoever is here; a token that the service no longer knows is replaced once. */
async function sendAsMe(path, options = {}, again = true) {
  const used = await token();
  const headers = { ...options.headers, Authorization: `Bearer ${used}` };
  try {
    return await send(path, { ...options, headers });
  } catch (error) {
    if (error.name !== "TokenInvalid" || !again) throw error;
    if (localStorage.getItem(TOKEN) === used) localStorage.removeItem(TOKEN);
    await forgetGuest();
    return sendAsMe(path, options, false);
  }
}

const json = async (answer) => (await answer).json();
const saying = (method, said) => ({ method, body: JSON.stringify(said), headers: { "Content-Type": "application/json" } });
const blob = async (path) => (await sendAsMe(path)).blob();

export const gallery = async (kind) => (await json(send(`v1/gallery/${kind}`))).items;
export const randomPerson = () => json(send("v1/gallery/persons/random"));
export const engines = async () => (await json(send("v1/engines"))).engines;
export const styles = () => json(send("v1/styles"));

export const job = (id) => json(sendAsMe(`v1/jobs/${id}`, { signal: AbortSignal.timeout(ANSWER_MS) }));
export const cancel = (id) => json(sendAsMe(`v1/jobs/${id}/cancel`, { method: "POST" }));
export const erase = (id) => sendAsMe(`v1/jobs/${id}`, { method: "DELETE" });
export const eraseAll = (kind) => sendAsMe(`v1/jobs${kind ? `?kind=${kind}` : ""}`, { method: "DELETE" });
export const picture = (id) => blob(`v1/jobs/${id}/result`);
export const thumbnail = (id) => blob(`v1/jobs/${id}/result?longest=320`);
export const sent = (id, role) => blob(`v1/jobs/${id}/inputs/${role}`);
export const report = (id, said) => sendAsMe(`v1/jobs/${id}/report`, saying("POST", said));

export function history({ kind, before }) {
  const query = new URLSearchParams({ limit: 24, ...(kind && { kind }), ...(before && { before }) });
  return json(sendAsMe(`v1/jobs?${query}`));
}

export const terms = () => json(send("v1/terms"));
export const agree = (version) => sendAsMe("v1/me/consents", saying("POST", { version }));

export const me = () => json(sendAsMe("v1/me"));
export const rename = (nickname) => json(sendAsMe("v1/me", saying("PATCH", { nickname })));
export const portrait = () => blob("v1/me/portrait");
export const setPortrait = (form) => sendAsMe("v1/me/portrait", { method: "POST", body: form });
export const exported = () => blob("v1/me/export");

/** With the guest's token the guest becomes somebody with a name, and keeps the history. */
export async function enter(way, said) {
  const grant = await json((way === "signup" ? sendAsMe : send)(`v1/auth/${way}`, saying("POST", said)));
  localStorage.setItem(TOKEN, grant.token);
}

export async function leave() {
  await sendAsMe("v1/auth/logout", { method: "POST" }).catch(() => {});
  await forgetGuest();
  localStorage.removeItem(TOKEN);
}

export async function eraseMe() {
  await sendAsMe("v1/me", { method: "DELETE" });
  await forgetGuest();
  localStorage.removeItem(TOKEN);
}

export const overview = () => json(sendAsMe("v1/admin"));
export const everybodysJobs = (status) => json(sendAsMe(`v1/admin/jobs${status ? `?status=${status}` : ""}`));
export const retry = (id) => json(sendAsMe(`v1/admin/jobs/${id}/retry`, { method: "POST" }));
export const purge = (said) => json(sendAsMe("v1/admin/purge", saying("POST", said)));
export const addToGallery = (form) => json(sendAsMe("v1/admin/gallery", { method: "POST", body: form }));
export const takeDown = (id) => sendAsMe(`v1/admin/gallery/${id}`, { method: "DELETE" });

/**
 * Submit a job of a kind. The key makes it safe to send again when the answer got lost.
 * @param {"tryon"|"anime"} kind
 * @param {FormData} form
 * @param {string} key
 */
export async function submit(kind, form, key) {
  const options = { method: "POST", body: form, headers: { "Idempotency-Key": key } };
  for (let attempt = 1; ; attempt++) {
    try {
      return await json(sendAsMe(`v1/${kind}`, options));
    } catch (error) {
      if (error.status !== 0 || attempt === 4) throw error;
      await pause(500 * 2 ** attempt);
    }
  }
}

const isOver = (now) => !["queued", "running"].includes(now.status);

/**
 * Be told of a job until it is done, through losses of the connection and restarts of the service:
 * by its events, and by asking where these break off.
 * @param {string} id
 * @param {(job: object|null) => void} told  null while out of reach
 * @param {AbortSignal} signal
 * @returns {Promise<object|null>} the job when it is done; null when `signal` came first
 */
export async function follow(id, told, signal) {
  for (let wait = 200; !signal.aborted; wait = Math.min(wait * 1.5, 2000)) {
    try {
      const now = await job(id);
      if (signal.aborted) return null;
      told(now);
      if (isOver(now)) return now;
      const last = await listen(id, told, signal);
      if (last && isOver(last)) return last;
      if (last) wait = 200;
    } catch (error) {
      if (signal.aborted) return null;
      if (error.status !== 0 && error.status < 500) throw error;
      told(null);
    }
    await pause(wait);
  }
  return null;
}

/** Hear the job's events as long as the connection lasts. The last one; null where none came. */
async function listen(id, told, signal) {
  let last = null;
  try {
    const answer = await sendAsMe(`v1/jobs/${id}/events`, { headers: { Accept: "text/event-stream" }, signal });
    if (answer.status === 204) return null;
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ; ) {
      const { done, value } = await heard(reader);
      if (done) return last;
      const events = (rest + value).split(/\r?\n\r?\n/);
      rest = events.pop();
      for (const event of events) {
        const data = event.split(/\r?\n/).filter((line) => line.startsWith("data:")).map((line) => line.slice(5));
        if (data.length) told((last = JSON.parse(data.join("\n"))));
      }
    }
  } catch (error) {
    if (error.status && error.status < 500) throw error;
    return last;
  }
}

/** The next piece of a stream, or its end where it falls silent. */
async function heard(reader) {
  let clock;
  const silence = new Promise((done) => (clock = setTimeout(done, SILENCE_MS, { done: true })));
  const piece = await Promise.race([reader.read(), silence]).finally(() => clearTimeout(clock));
  if (piece.done) reader.cancel().catch(() => {});
  return piece;
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
