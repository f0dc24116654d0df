/**
 * Pictures that the program doesn't read, but the browser may, such as those of phones: they are decoded here
 * and go on as PNG. What the program reads it judges by itself, so that a damaged file is told as one.
 */

import { OmniError } from "./errors.js";

/** More pixels a side than any model looks at. */
const LARGEST = 2048;

const HEIC = new Set(["heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"]);

/** The name of such a format. @param {Uint8Array} bytes @returns {"AVIF" | "HEIC" | "JPEG XL" | "TIFF" | null} */
export function foreignFormat(bytes) {
  const text = String.fromCharCode(...bytes.subarray(0, 64));
  if (text.slice(4, 8) === "ftyp") {
    // The brand of the file, and after four bytes those that it is compatible with.
    const brands = text.slice(8, Math.min(64, bytes[3])).match(/[^]{4}/g) ?? [""];
    if (brands.some((brand) => brand === "avif" || brand === "avis")) return "AVIF";
    if (HEIC.has(brands[0])) return "HEIC";
  }
  if (text.startsWith("\xff\x0a") || text.startsWith("\0\0\0\x0cJXL ")) return "JPEG XL";
  if (text.startsWith("II*\0") || text.startsWith("MM\0*")) return "TIFF";
  return null;
}

/** A picture's bytes as the program may read them. @param {Uint8Array} bytes @returns {Promise<Uint8Array>} */
export async function readable(bytes) {
  const format = foreignFormat(bytes);
  if (!format) return bytes;
  try {
    const picture = await createImageBitmap(new Blob([/** @type {any} */ (bytes)], { type: `image/${format.toLowerCase().replace("jpeg xl", "jxl")}` }));
    const scale = Math.min(1, LARGEST / Math.max(picture.width, picture.height));
    const canvas = new OffscreenCanvas(Math.max(1, Math.round(picture.width * scale)), Math.max(1, Math.round(picture.height * scale)));
    const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return new Uint8Array(await (await canvas.convertToBlob({ type: "image/png" })).arrayBuffer());
  } catch {
    throw new OmniError("picture", `This browser can't open ${format} pictures, or this one is damaged.`, "Save it as JPEG or PNG, and choose that.");
  }
}
