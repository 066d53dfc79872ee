import { newOrder } from "../../core/course";
import { failureOf } from "../../core/failure";
import { choosePhoto } from "../../core/photo";
import { type Preset, creditOf, garments, persons } from "../../core/service";
import { IDLE, Work } from "../../core/work";
import { explain, words } from "../../core/words";

type Role = "person" | "garment";

/** Of the gallery, or the user's own: then `id` is empty. */
interface Choice {
  id: string;
  path: string;
  credit: string;
}

const CATEGORIES = ["upper", "lower", "dress"] as const;

let work: Work;

Page({
  data: {
    ...IDLE,
    words: words(),
    categories: CATEGORIES,
    category: "upper" as string,
    people: [] as Preset[],
    garments: [] as Preset[],
    shown: [] as Preset[],
    person: null as Choice | null,
    garment: null as Choice | null,
  },

  async onLoad(): Promise<void> {
    const open = (id: string): void => void wx.navigateTo({ url: `/pages/result/result?id=${id}` });
    work = new Work("fitting-room.tryon", (view) => this.setData(view), (job) => open(job.id));
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

  async bring(): Promise<void> {
    try {
      const [people, found] = await Promise.all([persons(), garments()]);
      this.setData({ people, garments: found, wrong: "" });
      this.sort();
    } catch (error) {
      this.setData({ wrong: explain(failureOf(error)) });
    }
  },

  sort(): void {
    const { garments: all, category } = this.data;
    this.setData({ shown: all.filter((one) => one.category === category) });
  },

  pickCategory(event: WechatMiniprogram.BaseEvent): void {
    this.setData({ category: String(event.currentTarget.dataset["name"]) });
    this.sort();
  },

  /** Tapping what is chosen already takes the choice back. */
  pick(event: WechatMiniprogram.BaseEvent): void {
    const role = event.currentTarget.dataset["role"] as Role;
    const all = role === "person" ? this.data.people : this.data.garments;
    const tapped = all.find((one) => one.id === event.currentTarget.dataset["id"]);
    if (!tapped) return;
    const same = this.data[role]?.id === tapped.id;
    const choice = { id: tapped.id, path: tapped.url, credit: creditOf(tapped) };
    this.setData({ [role]: same ? null : choice, wrong: "" });
  },

  async choose(event: WechatMiniprogram.BaseEvent): Promise<void> {
    const role = event.currentTarget.dataset["role"] as Role;
    try {
      const path = await choosePhoto();
      if (path) this.setData({ [role]: { id: "", path, credit: "" }, wrong: "" });
    } catch (error) {
      this.setData({ wrong: explain(failureOf(error)) });
    }
  },

  async putOn(): Promise<void> {
    const { person, garment } = this.data;
    if (!person || !garment) return;
    const fields: Record<string, string> = {};
    const photos: Record<string, string> = {};
    for (const [role, choice] of Object.entries({ person, garment })) {
      if (choice.id) fields[`${role}_id`] = choice.id;
      else photos[role] = choice.path;
    }
    await work.start(newOrder("tryon", fields, photos));
  },

  async cancel(): Promise<void> {
    await work.cancel();
  },

  onShareAppMessage() {
    return { title: words().tryon, path: "/pages/fitting/fitting" };
  },
});
