// The service over HTTP: a guest's token, jobs and pictures.

const TOKEN = "fitting-room.token";

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
  } catch {
    throw new ServiceError(OFFLINE, 0);
  }
  if (answer.ok) return answer;
  const body = await answer.json().catch(() => ({}));
  const fallback = { name: "HttpError", message: `The service answered ${answer.status}.`, hint: "Try again in a moment." };
  throw new ServiceError(body.error ?? fallback, answer.status);
}

async function token() {
  let kept = localStorage.getItem(TOKEN);
  if (!kept) {
    kept = (await (await send("v1/auth/guest", { method: "POST" })).json()).token;
    localStorage.setItem(TOKEN, kept);
  }
  return kept;
}

/** As a guest; a token that the service no longer knows is replaced once. */
async function sendAsGuest(path, options = {}, again = true) {
  const headers = { ...options.headers, Authorization: `Bearer ${await token()}` };
  try {
    return await send(path, { ...options, headers });
  } catch (error) {
    if (error.name !== "TokenInvalid" || !again) throw error;
    localStorage.removeItem(TOKEN);
    return sendAsGuest(path, options, false);
  }
}

const json = async (answer) => (await answer).json();

export const gallery = async (kind) => (await json(send(`v1/gallery/${kind}`))).items;
export const engines = async () => (await json(send("v1/engines"))).engines;
export const styles = async () => (await json(send("v1/styles"))).styles;
export const job = (id) => json(sendAsGuest(`v1/jobs/${id}`));
export const cancel = (id) => json(sendAsGuest(`v1/jobs/${id}/cancel`, { method: "POST" }));
export const picture = async (id) => (await sendAsGuest(`v1/jobs/${id}/result`)).blob();

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
      return await json(sendAsGuest(`v1/${kind}`, options));
    } catch (error) {
      if (error.status !== 0 || attempt === 3) throw error;
      await pause(500 * attempt);
    }
  }
}

/**
 * Ask for a job until it is done, through losses of the connection.
 * @param {string} id
 * @param {(job: object|null) => void} told  hears of every answer; null while out of reach
 * @param {AbortSignal} signal
 */
export async function follow(id, told, signal) {
  for (let wait = 150; !signal.aborted; wait = Math.min(wait * 1.2, 1000)) {
    try {
      const now = await job(id);
      if (signal.aborted) return null;
      told(now);
      if (!["queued", "running"].includes(now.status)) return now;
    } catch (error) {
      if (error.status !== 0 && error.status < 500) throw error;
      told(null);
    }
    await pause(wait);
  }
  return null;
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
