import { failureOf } from "../../core/failure";
import { type Me, eraseMe, me, rename } from "../../core/service";
import { logout } from "../../core/session";
import { explain, words } from "../../core/words";

/** The picture of oneself stays on the phone: nobody else needs it. */
const FACE = "fitting-room.face";

Page({
  data: { words: words(), me: null as Me | null, name: "", face: "", asking: false, wrong: "" },

  async onShow(): Promise<void> {
    this.setData({ face: wx.getStorageSync<string>(FACE) || "" });
    await this.bring();
  },

  async bring(): Promise<void> {
    try {
      const found = await me();
      this.setData({ me: found, name: found.nickname ?? words().guest, wrong: "" });
    } catch (error) {
      this.setData({ wrong: explain(failureOf(error)) });
    }
  },

  enter(): void {
    this.setData({ asking: true });
  },

  later(): void {
    this.setData({ asking: false });
  },

  async entered(): Promise<void> {
    this.setData({ asking: false });
    await this.bring();
  },

  async rename(event: WechatMiniprogram.CustomEvent<{ value: string }>): Promise<void> {
    try {
      const found = await rename(event.detail.value.trim());
      this.setData({ me: found, name: found.nickname ?? words().guest, wrong: "" });
    } catch (error) {
      this.setData({ wrong: explain(failureOf(error)) });
    }
  },

  /** WeChat's path is gone at the next start; the file is kept where it stays. */
  pickFace(event: WechatMiniprogram.CustomEvent<{ avatarUrl: string }>): void {
    wx.getFileSystemManager().saveFile({
      tempFilePath: event.detail.avatarUrl,
      success: ({ savedFilePath }) => {
        wx.setStorageSync(FACE, savedFilePath);
        this.setData({ face: savedFilePath });
      },
      fail: ({ errMsg }) => this.setData({ wrong: errMsg }),
    });
  },

  openHistory(): void {
    wx.switchTab({ url: "/pages/history/history" });
  },

  async leave(): Promise<void> {
    await logout().catch(() => undefined);
    await this.bring();
  },

  erase(): void {
    wx.showModal({
      content: words().erase_me_sure,
      success: ({ confirm }) => {
        if (confirm) void this.gone();
      },
    });
  },

  async gone(): Promise<void> {
    try {
      await eraseMe();
      wx.removeStorageSync(FACE);
      this.setData({ face: "" });
      await this.bring();
    } catch (error) {
      this.setData({ wrong: explain(failureOf(error)) });
    }
  },
});
