import { Failure, failureOf } from "../../core/failure";
import { type Job, type Kind, erase, history, picture } from "../../core/service";
import { explain, words } from "../../core/words";

type Filter = Kind | "all";

interface Entry {
  id: string;
  kind: Kind;
  status: string;
  time: string;
  note: string;
  path: string;
}

const PAGE = 12;

Page({
  data: {
    words: words(),
    filters: ["all", "tryon", "anime"] as readonly Filter[],
    names: { all: words().all, tryon: words().tryon, anime: words().avatar },
    filter: "all" as Filter,
    entries: [] as Entry[],
    shown: [] as Entry[],
    next: null as string | null,
    whole: false,
    busy: false,
    wrong: "",
  },

  async onShow(): Promise<void> {
    await this.refresh();
  },

  async onPullDownRefresh(): Promise<void> {
    await this.refresh();
    wx.stopPullDownRefresh();
  },

  async onReachBottom(): Promise<void> {
    await this.more();
  },

  async refresh(): Promise<void> {
    this.setData({ entries: [], next: null, whole: false });
    await this.more();
  },

  /** The next page. Its pictures come one by one after it. */
  async more(): Promise<void> {
    if (this.data.busy || this.data.whole) return;
    this.setData({ busy: true, wrong: "" });
    try {
      const page = await history(this.data.next, PAGE);
      const entries = [...this.data.entries, ...page.jobs.map(entryOf)];
      this.setData({ entries, next: page.next, whole: page.next === null, busy: false });
      this.sort();
      await this.illustrate();
    } catch (error) {
      this.setData({ busy: false, wrong: explain(failureOf(error)) });
    }
  },

  async illustrate(): Promise<void> {
    for (const one of this.data.entries) {
      if (one.status !== "succeeded" || one.path) continue;
      // Whatever cannot be brought is a row without a picture, and not a list without rows.
      const path = await picture(one.id).catch(() => "");
      const entries = this.data.entries.map((old) => (old.id === one.id ? { ...old, path } : old));
      this.setData({ entries });
      this.sort();
    }
  },

  sort(): void {
    const { entries, filter } = this.data;
    this.setData({ shown: entries.filter((one) => filter === "all" || one.kind === filter) });
  },

  pickFilter(event: WechatMiniprogram.BaseEvent): void {
    this.setData({ filter: event.currentTarget.dataset["name"] as Filter });
    this.sort();
  },

  open(event: WechatMiniprogram.BaseEvent): void {
    wx.navigateTo({ url: `/pages/result/result?id=${String(event.currentTarget.dataset["id"])}` });
  },

  erase(event: WechatMiniprogram.BaseEvent): void {
    const id = String(event.currentTarget.dataset["id"]);
    wx.showModal({
      content: words().erase_sure,
      success: ({ confirm }) => {
        if (confirm) void this.gone(id);
      },
    });
  },

  async gone(id: string): Promise<void> {
    try {
      await erase(id);
      this.setData({ entries: this.data.entries.filter((one) => one.id !== id) });
      this.sort();
    } catch (error) {
      this.setData({ wrong: explain(failureOf(error)) });
    }
  },
});

function entryOf(job: Job): Entry {
  const time = job.created_at.slice(0, 16).replace("T", " ");
  const { name, message, hint } = job.error ?? { name: "", message: "", hint: "" };
  const note = name ? explain(new Failure(name, message, hint)) : "";
  return { id: job.id, kind: job.kind, status: job.status, time, note, path: "" };
}
