import { Failure, failureOf } from "./failure";
import { type Asked, download, send } from "./http";

const KEPT = "fitting-room.token";

interface TokenView {
  token: string;
}

let arriving: Promise<string> | undefined;

/** The token at hand; a guest's where there is none. Several callers at once make one guest. */
async function token(): Promise<string> {
  const kept = wx.getStorageSync<string>(KEPT);
  if (kept) return kept;
  arriving ??= asGuest().finally(() => (arriving = undefined));
  return arriving;
}

async function asGuest(): Promise<string> {
  return keep(await send<TokenView>("POST", "/v1/auth/guest"));
}

function keep(view: TokenView): string {
  wx.setStorageSync(KEPT, view.token);
  return view.token;
}

/** Run `work` with the header of whoever is here; a token that has ended is replaced once. */
async function personally<T>(work: (headers: Record<string, string>) => Promise<T>): Promise<T> {
  const used = await token();
  try {
    return await work(authorization(used));
  } catch (error) {
    if (failureOf(error).name !== "TokenInvalid") throw error;
    // Somebody else may have replaced it in the meantime.
    if (wx.getStorageSync<string>(KEPT) === used) forget();
    return work(authorization(await token()));
  }
}

function authorization(kept: string): Record<string, string> {
  return { Authorization: `Bearer ${kept}` };
}

/** A request in one's own name. */
export function ask<T>(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, asked: Asked = {}): Promise<T> {
  return personally((own) => send<T>(method, path, { ...asked, headers: { ...asked.headers, ...own } }));
}

/** One's own picture, as the path of a temporary file. */
export function fetchOwn(path: string): Promise<string> {
  return personally((own) => download(path, own));
}

/** Log in with WeChat. What was made as a guest comes along. Nothing but the code leaves the phone. */
export async function login(): Promise<void> {
  const code = await loginCode();
  keep(await ask<TokenView>("POST", "/v1/auth/wechat", { data: { code } }));
}

function loginCode(): Promise<string> {
  return new Promise((resolve, reject) => {
    wx.login({
      success: ({ code }) => resolve(code),
      fail: () => reject(new Failure("LoginRefused", "WeChat did not log in.")),
    });
  });
}

/** End this login here and at the service; out of reach it ends here alone. */
export async function logout(): Promise<void> {
  if (!wx.getStorageSync<string>(KEPT)) return;
  try {
    await ask<void>("POST", "/v1/auth/logout");
  } finally {
    forget();
  }
}

/** Nobody in particular from now on. */
export function forget(): void {
  wx.removeStorageSync(KEPT);
}
