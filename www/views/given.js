/** What somebody pastes or drops: a file, a picture of another page, or words, which belong to the field they are for. */

import { bytesAt } from "../addresses.js";
import { OmniError } from "../errors.js";

/** Kinds of <input> that nothing is written into. */
const NO_WORDS = new Set(["button", "checkbox", "color", "file", "image", "radio", "range", "reset", "submit"]);

/** @param {any} node */
function isField({ localName, type, isContentEditable }) {
  return Boolean(isContentEditable) || localName === "textarea" || (localName === "input" && !NO_WORDS.has(type));
}

/** Whether words would go into a field. @param {Event} event */
function hasField(event) {
  return event.composedPath().some(isField);
}

/**
 * Whether a paste is meant for an element: within it, or where nothing else could want it. Spreadsheets and
 * documents give their words a picture beside them: in a field the words count.
 * @param {ClipboardEvent} event @param {Element} element @param {boolean} alone on its page
 */
export function isPasteFor(event, element, alone) {
  if (event.defaultPrevented) return false;
  const inside = event.composedPath().includes(element);
  if (!hasField(event)) return inside || alone;
  return inside && !event.clipboardData?.getData("text/plain").trim();
}

/** Whether a drop is words for the field that they are dropped on. @param {DragEvent} event */
export function isDropOfWords(event) {
  const data = event.dataTransfer;
  return hasField(event) && !data?.files.length && !data?.types.includes("Files") && !addressIn(data);
}

/** The file among those given that is a picture, or else any. @param {DataTransfer | null} data @returns {File | undefined} */
export function fileIn(data) {
  const files = [...(data?.files ?? [])];
  return files.find(({ type }) => type.startsWith("image/")) ?? files[0];
}

/** The address of a picture that was dragged out of another page; empty without one. @param {DataTransfer | null} data */
export function addressIn(data) {
  const html = data?.getData("text/html") ?? "";
  // Such a document loads nothing and runs nothing.
  const source = html && new DOMParser().parseFromString(html, "text/html").querySelector("img")?.getAttribute("src");
  if (source) return source;
  return data?.getData("text/uri-list").split(/\r?\n/).find((line) => line && !line.startsWith("#")) ?? "";
}

/** The picture that was dropped. @param {DataTransfer | null} data @returns {Promise<Blob>} */
export function dropped(data) {
  // The data is gone when the event is over.
  const [file, address] = [fileIn(data), addressIn(data)];
  if (file) return Promise.resolve(file);
  if (address) return pictureAt(address);
  return Promise.reject(new OmniError("picture", "There is no picture in what was dropped.", "Drop a picture file, or press to choose one."));
}

/** @param {string} address @returns {Promise<Blob>} */
async function pictureAt(address) {
  if (/^data:image\/[^,]*;base64,/.test(address)) return new Blob([bytesAt(address)]);
  try {
    const response = await fetch(address);
    if (response.ok) return await response.blob();
  } catch {
    // Most sites don't let others read their pictures, and this page's policy may not either.
  }
  throw new OmniError("picture", "The page that this picture is from doesn't let others read it.", "Save the picture there, then drop or choose its file.");
}
