/**
 * A photo from the camera: a dialog with the live view where the browser gives one, else the phone's
 * own camera program.
 */

import { OmniError } from "../errors.js";
import { h, icon } from "./dom.js";

/**
 * @param {Node} root where the dialog is shown
 * @returns {Promise<Blob | null>} null when the reader closed it
 */
export async function takePhoto(root) {
  if (!navigator.mediaDevices?.getUserMedia) return fromCameraProgram();
  /** @type {MediaStream} */
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
  } catch (thrown) {
    const refused = thrown instanceof DOMException && thrown.name === "NotAllowedError";
    throw refused
      ? new OmniError("camera", "The camera is not allowed here.", "Allow it in the browser, or choose a file.")
      : new OmniError("camera", "No camera was found.", "Choose a file, or press Surprise me.");
  }
  try {
    return await fromDialog(root, stream);
  } finally {
    stream.getTracks().forEach((track) => track.stop());
  }
}

/** @param {Node} root @param {MediaStream} stream @returns {Promise<Blob | null>} */
async function fromDialog(root, stream) {
  const video = h("video", { srcObject: stream, muted: true, playsInline: true, autoplay: true });
  const take = h("button", { type: "button", class: "primary" }, "Take the photo");
  const close = h("button", { type: "button", class: "quiet round", "aria-label": "Close", onclick: () => dialog.close() }, icon("close"));
  const dialog = h("dialog", { class: "camera", "aria-label": "Camera" }, video, h("div", { class: "row" }, take, close));
  root.appendChild(dialog);
  dialog.showModal();
  const photo = await new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(null));
    take.addEventListener("click", () => {
      const canvas = h("canvas", { width: video.videoWidth, height: video.videoHeight });
      canvas.getContext("2d")?.drawImage(video, 0, 0);
      canvas.toBlob(resolve, "image/png");
    });
  });
  dialog.close();
  dialog.remove();
  return photo;
}

/** The input is not part of the page: there is one file input there, and it stays the only one. @returns {Promise<Blob | null>} */
function fromCameraProgram() {
  return new Promise((resolve) => {
    const input = h("input", { type: "file", accept: "image/*" });
    input.setAttribute("capture", "environment");
    input.addEventListener("change", () => resolve(input.files?.[0] ?? null));
    input.addEventListener("cancel", () => resolve(null));
    input.click();
  });
}
