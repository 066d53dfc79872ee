// Photos on their way in: turned upright, shrunk and freed of metadata before they are sent.

const LONGEST = 1536;
const CLIP = /^(video\/|image\/gif)/;

/** What a file input may offer. */
export const PICTURES = "image/jpeg,image/png,image/webp,image/heic,.heic,.heif";
export const PICTURES_AND_CLIPS = `${PICTURES},image/gif,video/mp4,video/webm,video/quicktime`;

/**
 * The file as it is sent. What the browser cannot read (such as HEIC in most) goes as it is.
 * @param {Blob} file
 * @returns {Promise<{blob: Blob, shown: boolean}>} `shown`: the browser can show it
 */
export async function prepared(file) {
  if (CLIP.test(file.type)) return { blob: file, shown: file.type === "image/gif" };
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return { blob: file, shown: false };
  }
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
  return blob ? { blob, shown: true } : { blob: file, shown: false };
}

/** The pictures among what was dropped or pasted. */
export const picturesIn = (transfer) => [...(transfer?.files ?? [])].filter((file) => /^(image|video)\//.test(file.type));
