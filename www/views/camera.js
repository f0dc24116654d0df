/**
 * A photo from the camera: a dialog with the live view where the browser gives one, else the phone's
 * own camera program.
 */

import { OmniError } from "../errors.js";
import { h, icon } from "./dom.js";

/**
 * @param {Node} root where the dialog is shown
 * @param {AbortSignal} signal ends it, as when the element leaves the page
 * @returns {Promise<Blob | null>} null when the reader closed it
 */
export async function takePhoto(root, signal) {
  if (!navigator.mediaDevices?.getUserMedia) return fromCameraProgram();
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).catch((thrown) => {
    throw whyNot(thrown);
  });
  try {
    return signal.aborted ? null : await fromDialog(root, stream, signal);
  } finally {
    stream.getTracks().forEach((track) => track.stop());
  }
}

/** Why there is no view from the camera, in a sentence. @param {any} thrown */
export function whyNot(thrown) {
  switch (thrown?.name) {
    case "NotAllowedError":
    case "SecurityError":
      return new OmniError("camera", "The camera is not allowed here.", "Allow it in the browser, or choose a file.");
    case "NotFoundError":
    case "OverconstrainedError":
      return new OmniError("camera", "No camera was found.", "Choose a file, or press Surprise me.");
    case "NotReadableError":
    case "AbortError":
      return new OmniError("camera", "The camera is in use by another program, or does not answer.", "Close the other program and try again, or choose a file.");
    default:
      return new OmniError("camera", "The camera can't be used.", "Choose a file, or press Surprise me.");
  }
}

/** @param {Node} root @param {MediaStream} stream @param {AbortSignal} signal @returns {Promise<Blob | null>} */
async function fromDialog(root, stream, signal) {
  const video = h("video", { srcObject: stream, muted: true, playsInline: true, autoplay: true });
  const take = h("button", { type: "button", class: "primary" }, "Take the photo");
  const close = h("button", { type: "button", class: "quiet round", "aria-label": "Close", onclick: () => dialog.close() }, icon("close"));
  const dialog = h("dialog", { class: "camera", "aria-label": "Camera" }, video, h("div", { class: "row" }, take, close));
  root.appendChild(dialog);
  dialog.showModal();
  const photo = await new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(null));
    // A dialog that is taken out of its page closes without a word.
    signal.addEventListener("abort", () => resolve(null));
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
