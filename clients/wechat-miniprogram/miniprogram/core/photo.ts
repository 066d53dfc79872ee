import { Failure } from "./failure";

/** A photo of the album or the camera, already made smaller by WeChat. Nothing where the user
 * thought better of it. */
export function choosePhoto(): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    wx.chooseMedia({
      count: 1,
      mediaType: ["image"],
      sizeType: ["compressed"],
      sourceType: ["album", "camera"],
      success: ({ tempFiles }) => resolve(tempFiles[0]?.tempFilePath),
      fail: ({ errMsg }) => {
        if (/cancel/.test(errMsg)) resolve(undefined);
        else reject(new Failure("PhotoRefused", errMsg));
      },
    });
  });
}

/** The file in base64. WeChat uploads one file a request and a try-on has two, so pictures travel
 * as text. */
export function base64Of(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    wx.getFileSystemManager().readFile({
      filePath: path,
      encoding: "base64",
      success: ({ data }) => resolve(data as string),
      fail: ({ errMsg }) => reject(new Failure("PhotoGone", errMsg)),
    });
  });
}

/** Into the phone's album, where the user lets us. Tells whether it is there. */
export function saveToAlbum(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    wx.saveImageToPhotosAlbum({
      filePath: path,
      success: () => resolve(true),
      fail: ({ errMsg }) => {
        // Once refused, WeChat never asks again: only its own settings page can allow it.
        if (/auth/.test(errMsg)) wx.openSetting({});
        resolve(false);
      },
    });
  });
}
