// What this browser keeps: the chosen person's photo, a guest just made, and the jobs that this tab
// waits for.

const NAME = "fitting-room";

function opened() {
  return new Promise((done, failed) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("photos");
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

async function ask(mode, question) {
  const database = await opened();
  try {
    return await new Promise((done, failed) => {
      const request = question(database.transaction("photos", mode).objectStore("photos"));
      request.onsuccess = () => done(request.result);
      request.onerror = () => failed(request.error);
    });
  } finally {
    database.close();
  }
}

/** Without a database (a private window) nothing is kept, and nothing breaks. */
export const keepPhoto = (role, chosen) => ask("readwrite", (photos) => photos.put(chosen, role)).catch(() => {});
export const keptPhoto = (role) => ask("readonly", (photos) => photos.get(role)).catch(() => undefined);
export const forgetPhotos = () => ask("readwrite", (photos) => photos.clear()).catch(() => {});

const FRESH_MS = 10000;

/** A guest whom another tab has just made. localStorage may not show it here for a moment; this does. */
export const keepGuest = (token) => ask("readwrite", (photos) => photos.put({ token, made: Date.now() }, "guest")).catch(() => {});
export const forgetGuest = () => ask("readwrite", (photos) => photos.delete("guest")).catch(() => {});
export async function recentGuest() {
  const kept = await ask("readonly", (photos) => photos.get("guest")).catch(() => undefined);
  return kept && Date.now() - kept.made < FRESH_MS ? kept.token : undefined;
}

/** The jobs of one page in this tab: other tabs have their own. */
export const keptJobs = (page) => JSON.parse(sessionStorage.getItem(`${NAME}.${page}`) ?? "[]");
export const keepJobs = (page, ids) => sessionStorage.setItem(`${NAME}.${page}`, JSON.stringify(ids));
