// A photo with the device's camera.

import { button, make, open } from "./dom.js";
import { t } from "./words.js";

/** Show the camera until a photo is taken; null where it was closed or is not allowed. */
export async function photograph(title) {
  const facing = { video: { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1920 } } };
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia(facing);
  } catch {
    open(
      t("camera"),
      t("close"),
      make("div", { className: "error", role: "alert" }, make("strong", { text: t("camera.denied") }), make("p", { text: t("camera.denied.hint") })),
    );
    return null;
  }
  return new Promise((done) => {
    const video = make("video", { className: "viewfinder", autoplay: true, muted: true, playsInline: true, srcObject: stream });
    let taken = null;
    const shoot = async () => {
      taken = await frame(video);
      dialog.close();
    };
    const dialog = open(title, t("close"), video, make("div", { className: "line" }, button(t("take"), shoot, "primary")));
    dialog.addEventListener("close", () => {
      stream.getTracks().forEach((track) => track.stop());
      done(taken);
    });
  });
}

function frame(video) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.95));
}
