import { newOrder } from "../../core/course";
import { failureOf } from "../../core/failure";
import { choosePhoto } from "../../core/photo";
import { type Preset, type Style, creditOf, persons, picture, styles } from "../../core/service";
import { IDLE, Work } from "../../core/work";
import { explain, words } from "../../core/words";

/** What is drawn: a photo of the user's, or one of the people that come with the service. */
interface Subject {
  id: string;
  path: string;
  credit: string;
}

/** Not in `data`: WeChat copies that to the screen's process at every change. */
let work: Work;

Page({
  data: {
    ...IDLE,
    words: words(),
    styles: [] as Style[],
    people: [] as Preset[],
    style: "cel",
    strength: 100,
    eyes: 0,
    subject: null as Subject | null,
    drawn: "",
    result: "",
  },

  async onLoad(): Promise<void> {
    work = new Work("fitting-room.avatar", (view) => this.setData(view), (job) => void this.show(job.id));
    await this.bring();
    await work.resume();
  },

  onShow(): void {
    void work?.resume();
  },

  onHide(): void {
    work.leave();
  },

  onUnload(): void {
    work.leave();
  },

  /** What there is to choose from; again when it could not be had. */
  async bring(): Promise<void> {
    try {
      const [found, people] = await Promise.all([styles(), persons()]);
      this.setData({ styles: found, people, wrong: "" });
    } catch (error) {
      this.setData({ wrong: explain(failureOf(error)) });
    }
  },

  pickStyle(event: WechatMiniprogram.BaseEvent): void {
    this.setData({ style: String(event.currentTarget.dataset["name"]) });
  },

  /** Sliders tell per cent. */
  slide(event: WechatMiniprogram.CustomEvent<{ value: number }>): void {
    const name = String(event.currentTarget.dataset["name"]) as "strength" | "eyes";
    this.setData({ [name]: event.detail.value });
  },

  pickPerson(event: WechatMiniprogram.BaseEvent): void {
    const chosen = this.data.people.find((one) => one.id === event.currentTarget.dataset["id"]);
    if (!chosen) return;
    const subject = { id: chosen.id, path: chosen.url, credit: creditOf(chosen) };
    this.setData({ subject, drawn: "", wrong: "" });
  },

  async choose(): Promise<void> {
    try {
      const path = await choosePhoto();
      if (path) this.setData({ subject: { id: "", path, credit: "" }, drawn: "", wrong: "" });
    } catch (error) {
      this.setData({ wrong: explain(failureOf(error)) });
    }
  },

  async draw(): Promise<void> {
    const { subject, style, strength, eyes } = this.data;
    if (!subject) return;
    const own = subject.id === "";
    const fields: Record<string, string> = {
      style,
      strength: String(strength / 100),
      eyes: String(eyes / 100),
      ...(own ? {} : { image_id: subject.id }),
    };
    await work.start(newOrder("anime", fields, own ? { image: subject.path } : {}));
  },

  async cancel(): Promise<void> {
    await work.cancel();
  },

  /** Before and after where the page still has the photo; otherwise the result's own page. */
  async show(id: string): Promise<void> {
    if (!this.data.subject) {
      wx.navigateTo({ url: `/pages/result/result?id=${id}` });
      return;
    }
    try {
      this.setData({ drawn: await picture(id), result: id });
    } catch (error) {
      this.setData({ wrong: explain(failureOf(error)) });
    }
  },

  open(): void {
    wx.navigateTo({ url: `/pages/result/result?id=${this.data.result}` });
  },

  onShareAppMessage() {
    return { title: words().avatar, path: "/pages/index/index" };
  },
});
