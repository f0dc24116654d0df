/**
 * A model out of files that the reader has: a ZIP, or the files of a folder.
 * @typedef {import("./slots.js").Files} Files
 */

import { OmniError } from "./errors.js";
import { join, piecesOf } from "./safetensors.js";
import { MODEL_FILES } from "./run-store.js";
import { unzip } from "./zip.js";

/** @param {File[]} chosen @returns {Promise<Files>} */
export async function filesOf(chosen) {
  /** @type {Files} */
  const files = {};
  for (const file of chosen) {
    const bytes = new Uint8Array(await file.arrayBuffer());
    Object.assign(files, file.name.endsWith(".zip") ? unzip(bytes) : { [file.name]: bytes });
  }
  const pieces = files["model.safetensors"] ? [] : piecesOf(Object.keys(files));
  if (pieces.length) files["model.safetensors"] = join(pieces.map((name) => files[name]));
  const missing = MODEL_FILES.find((name) => !files[name]);
  if (missing) throw new OmniError("checkpoint", `There is no ${missing} among the files.`, "Choose the ZIP that Export gave, or config.json, tokenizer.json and model.safetensors (or its pieces) together.");
  return files;
}
