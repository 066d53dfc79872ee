import { createRequire } from "node:module";
import { join } from "node:path";
import { Device } from "./device";

type Data = Record<string, any>;
type Handler = (...arguments_: any[]) => any;
type Options = Record<string, any> & { data?: Data };

/** A page or component as WeChat runs it: its data, its handlers, and `setData`. */
export interface Shown {
  data: Data;
  told: { name: string; detail: unknown }[];
  [handler: string]: any;
}

const load = createRequire(__filename);
const ROOT = join(__dirname, "..", "miniprogram");

/** The mini-program freshly opened on `device`: modules keep nothing of a start before. */
export function open(device: Device, path: string, server = process.env["FITTING_ROOM_URL"]): Shown {
  for (const file of Object.keys(load.cache)) {
    if (file.startsWith(ROOT)) delete load.cache[file];
  }
  let options: Options | undefined;
  const take = (given: Options): void => void (options = given);
  Object.assign(globalThis, { wx: device.wx, Page: take, Component: take, App: take });
  load(join(ROOT, "settings")).settings.server = server ?? "http://127.0.0.1:9";
  load(join(ROOT, path));
  if (!options) throw new Error(`${path} shows nothing`);
  return shownBy(options);
}

function shownBy(options: Options): Shown {
  const defaults = Object.entries((options["properties"] ?? {}) as Data);
  const given = Object.fromEntries(defaults.map(([name, one]) => [name, (one as Data)?.["value"] ?? null]));
  const shown: Shown = { data: structuredClone({ ...given, ...options.data }), told: [] };
  const handlers = { ...options, ...(options["methods"] as object), ...(options["lifetimes"] as object) };
  for (const [name, one] of Object.entries(handlers)) {
    if (typeof one === "function") shown[name] = (one as Handler).bind(shown);
  }
  shown["setData"] = (change: Data) => Object.assign(shown.data, structuredClone(change));
  shown["triggerEvent"] = (name: string, detail: unknown) => shown.told.push({ name, detail });
  return shown;
}

/** What a tap on an element with such `data-` attributes brings. */
export function tap(dataset: Record<string, string> = {}): object {
  return { currentTarget: { dataset }, detail: {} };
}

/** Wait until something holds; the service works meanwhile. */
export async function until(condition: () => boolean, what: string, seconds = 60): Promise<void> {
  const end = Date.now() + 1000 * seconds;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
