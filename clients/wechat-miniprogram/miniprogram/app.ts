import { words } from "./core/words";

App({
  /** The bar below speaks the phone's language too. */
  onLaunch(): void {
    const known = words();
    [known.tryon, known.avatar, known.history, known.my].forEach((text, index) => {
      wx.setTabBarItem({ index, text });
    });
  },
});
