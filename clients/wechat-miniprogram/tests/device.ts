import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

type Callbacks<T> = { success?: (answer: T) => void; fail?: (error: { errMsg: string }) => void };

interface Requested extends Callbacks<{ statusCode: number; data: unknown; header: Record<string, string> }> {
  url: string;
  method?: string;
  data?: object;
  header?: Record<string, string>;
}

interface Downloaded extends Callbacks<{ statusCode: number; tempFilePath: string }> {
  url: string;
  header?: Record<string, string>;
}

/** A phone: what the mini-program asks of WeChat, done with this machine's network and files. Only
 * what a person does with their fingers is set beforehand. */
export class Device {
  readonly storage = new Map<string, unknown>();
  readonly visited: string[] = [];
  readonly requests: string[] = [];
  readonly album: string[] = [];
  readonly toasts: string[] = [];
  language = "en";
  online = true;
  albumAllowed = true;
  settingsOpened = 0;
  confirms = true;
  loginCode: string | undefined = "code-of-a-phone";
  photo: string | undefined;
  /** Statuses of answers that come from a proxy before the service, and not from it. */
  astray: number[] = [];
  readonly asked: string[] = [];

  /** Answers that get lost on their way, from the next one on. */
  losing = 0;

  private readonly folder = mkdtempSync(join(tmpdir(), "device-"));

  get wx(): object {
    return {
      request: (one: Requested) => void this.request(one),
      downloadFile: (one: Downloaded) => void this.download(one),
      getStorageSync: (name: string) => structuredClone(this.storage.get(name) ?? ""),
      setStorageSync: (name: string, value: unknown) => this.storage.set(name, structuredClone(value)),
      removeStorageSync: (name: string) => this.storage.delete(name),
      getAppBaseInfo: () => ({ language: this.language }),
      login: (one: Callbacks<{ code: string }>) =>
        this.loginCode ? one.success?.({ code: this.loginCode }) : one.fail?.({ errMsg: "login:fail" }),
      chooseMedia: (one: Callbacks<{ tempFiles: { tempFilePath: string }[] }>) =>
        this.photo
          ? one.success?.({ tempFiles: [{ tempFilePath: this.photo }] })
          : one.fail?.({ errMsg: "chooseMedia:fail cancel" }),
      getFileSystemManager: () => ({ readFile: readInto, saveFile: keepAs }),
      saveImageToPhotosAlbum: (one: Callbacks<object> & { filePath: string }) => this.save(one),
      openSetting: () => (this.settingsOpened += 1),
      navigateTo: ({ url }: { url: string }) => this.visited.push(url),
      switchTab: ({ url }: { url: string }) => this.visited.push(url),
      navigateBack: () => this.visited.push("back"),
      showToast: ({ title }: { title: string }) => this.toasts.push(title),
      showModal: (one: { content: string; success?: (answer: { confirm: boolean }) => void }) => {
        this.asked.push(one.content);
        one.success?.({ confirm: this.confirms });
      },
      stopPullDownRefresh: () => undefined,
      setTabBarItem: ({ text }: { text: string }) => this.toasts.push(text),
    };
  }

  private async request(one: Requested): Promise<void> {
    this.requests.push(`${one.method ?? "GET"} ${new URL(one.url).pathname}`);
    const answer = await this.reach(one.url, {
      method: one.method ?? "GET",
      headers: one.header ?? {},
      ...(one.data ? { body: JSON.stringify(one.data) } : {}),
    });
    if (!answer) return one.fail?.({ errMsg: "request:fail" });
    const text = await answer.text();
    const data: unknown = text && /json/.test(answer.headers.get("content-type") ?? "") ? JSON.parse(text) : text;
    one.success?.({ statusCode: answer.status, data, header: Object.fromEntries(answer.headers) });
  }

  private async download(one: Downloaded): Promise<void> {
    const answer = await this.reach(one.url, { headers: one.header ?? {} });
    if (!answer) return one.fail?.({ errMsg: "downloadFile:fail" });
    const tempFilePath = join(this.folder, `${Math.random().toString(36).slice(2)}.jpg`);
    writeFileSync(tempFilePath, Buffer.from(await answer.arrayBuffer()));
    one.success?.({ statusCode: answer.status, tempFilePath });
  }

  /** Without a network nothing is sent; an answer that is lost was a request all the same. */
  private async reach(url: string, options: RequestInit): Promise<Response | undefined> {
    if (!this.online) return undefined;
    const status = this.astray.shift();
    if (status) return new Response("Path not found", { status });
    const answer = await fetch(url, options).catch(() => undefined);
    if (this.losing === 0) return answer;
    this.losing -= 1;
    return undefined;
  }

  private save(one: Callbacks<object> & { filePath: string }): void {
    if (!this.albumAllowed) return one.fail?.({ errMsg: "saveImageToPhotosAlbum:fail auth deny" });
    this.album.push(one.filePath);
    one.success?.({});
  }
}

function readInto(one: Callbacks<{ data: string }> & { filePath: string }): void {
  try {
    one.success?.({ data: readFileSync(one.filePath).toString("base64") });
  } catch (error) {
    one.fail?.({ errMsg: String(error) });
  }
}

function keepAs(one: Callbacks<{ savedFilePath: string }> & { tempFilePath: string }): void {
  one.success?.({ savedFilePath: `${one.tempFilePath}.kept` });
}
