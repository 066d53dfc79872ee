import { settings } from "../settings";
import { Failure } from "./failure";

export interface Answer<T> {
  status: number;
  body: T;
}

export interface Asked {
  data?: object;
  headers?: Record<string, string>;
}

type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** A full address; what the service says of its own pictures is a path. */
export function address(path: string): string {
  return /^https?:/.test(path) ? path : settings.server.replace(/\/$/, "") + path;
}

/** One request. Fails with the service's own error, and with `Offline` where nothing answers. */
export function send<T>(method: Method, path: string, asked: Asked = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    wx.request({
      // The typings know no PATCH; WeChat sends whatever method it is told.
      method: method as "GET",
      url: address(path),
      ...(asked.data ? { data: asked.data } : {}),
      header: { "Content-Type": "application/json", ...asked.headers },
      timeout: 60_000,
      success: ({ statusCode, data, header }) => {
        if (statusCode < 400) resolve(data as T);
        else reject(refusal(statusCode, data, header as Record<string, string>));
      },
      fail: () => reject(offline()),
    });
  });
}

/** Brings a picture into a temporary file and tells its path. */
export function download(path: string, headers: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    wx.downloadFile({
      url: address(path),
      header: headers,
      success: ({ statusCode, tempFilePath }) => {
        if (statusCode < 400) resolve(tempFilePath);
        else reject(refusal(statusCode, undefined, {}));
      },
      fail: () => reject(offline()),
    });
  });
}

function offline(): Failure {
  return new Failure("Offline", "The service cannot be reached.");
}

interface Envelope {
  error?: { name?: string; message?: string; hint?: string };
}

/** The service names its errors. A 404 without a name comes from a proxy that knows no route to it
 * while it starts. */
function refusal(status: number, body: unknown, headers: Record<string, string>): Failure {
  const said = typeof body === "object" && body !== null ? (body as Envelope).error : undefined;
  if (!said && status === 404 && body !== undefined) return offline();
  const name = said?.name ?? (status === 401 ? "TokenInvalid" : "HttpError");
  const message = said?.message ?? `The service answered ${status}.`;
  return new Failure(name, message, said?.hint ?? "", status, seconds(headers));
}

/** Devices spell the names of headers as they like. */
function seconds(headers: Record<string, string>): number {
  const name = Object.keys(headers).find((one) => one.toLowerCase() === "retry-after");
  return Number(name ? headers[name] : 0) || 0;
}
