import { Failure, failureOf } from "../../core/failure";
import { saveToAlbum } from "../../core/photo";
import { type Job, erase, job as jobOf, picture } from "../../core/service";
import { explain, words } from "../../core/words";

Page({
  data: { words: words(), id: "", job: null as Job | null, path: "", until: "", wrong: "" },

  async onLoad(query: Record<string, string | undefined>): Promise<void> {
    this.setData({ id: query["id"] ?? "" });
    await this.bring();
  },

  async bring(): Promise<void> {
    try {
      const job = await jobOf(this.data.id);
      this.setData({ job, until: job.expires_at.slice(0, 16).replace("T", " ") });
      if (job.error) throw new Failure(job.error.name, job.error.message, job.error.hint, 422);
      this.setData({ path: await picture(job.id), wrong: "" });
    } catch (error) {
      this.setData({ wrong: explain(failureOf(error)) });
    }
  },

  enlarge(): void {
    wx.previewImage({ urls: [this.data.path] });
  },

  async save(): Promise<void> {
    const saved = await saveToAlbum(this.data.path);
    wx.showToast({ title: saved ? words().saved : words().not_saved, icon: "none" });
  },

  /** The picture itself, not a link to it: nobody but its owner can open that. */
  share(): void {
    wx.showShareImageMenu({ path: this.data.path });
  },

  erase(): void {
    wx.showModal({
      content: words().erase_sure,
      success: ({ confirm }) => {
        if (confirm) void this.gone();
      },
    });
  },

  async gone(): Promise<void> {
    try {
      await erase(this.data.id);
      wx.navigateBack();
    } catch (error) {
      this.setData({ wrong: explain(failureOf(error)) });
    }
  },

  back(): void {
    wx.navigateBack();
  },

  onShareAppMessage() {
    const page = this.data.job?.kind === "anime" ? "index" : "fitting";
    return { title: words().tryon, path: `/pages/${page}/${page}`, imageUrl: this.data.path };
  },
});
