/**
 * The one saved run, one model, and the reader's own examples, in the browser's own file system (OPFS), which
 * outlives the page. Two places take turns for a run: a save that breaks off, for whatever reason,
 * leaves the one before it whole.
 *
 * @typedef {import("./protocol.js").SavedRun} SavedRun
 * @typedef {Record<string, Uint8Array>} Files
 */

import { OmniError } from "./errors.js";

const FOLDER = "omni-r1-training";
const PLACES = ["a", "b"];
/** Written last: a place without it isn't whole. */
const STATE = "run.json";
const EXAMPLES = "omni-r1-examples.jsonl";
const MODEL = "omni-r1-model";
const PAST = "omni-r1-runs.json";

/**
 * @param {SavedRun} run
 * @param {Files} files
 */
export async function save(run, files) {
  try {
    const folder = await open(true);
    const newest = await find(folder);
    const name = newest?.name === PLACES[0] ? PLACES[1] : PLACES[0];
    await remove(folder, name);
    const place = await folder.getDirectoryHandle(name, { create: true });
    for (const [name, bytes] of Object.entries(files)) await write(place, name, bytes);
    await write(place, STATE, new TextEncoder().encode(JSON.stringify(run)));
    if (newest) await remove(folder, newest.name);
  } catch (thrown) {
    throw refusal(thrown);
  }
}

/** The saved run without its weights; null when there is none. @returns {Promise<SavedRun | null>} */
export async function look() {
  try {
    return (await find(await open(false)))?.run ?? null;
  } catch {
    return null;
  }
}

/** @returns {Promise<{run: SavedRun, files: Files} | null>} */
export async function read() {
  const found = await find(await open(false).catch((thrown) => Promise.reject(refusal(thrown))));
  if (!found) return null;
  /** @type {Files} */
  const files = {};
  for await (const [name, handle] of /** @type {any} */ (found.place).entries()) {
    if (name !== STATE) files[name] = new Uint8Array(await (await handle.getFile()).arrayBuffer());
  }
  return { run: found.run, files };
}

/** The reader's own examples, in JSON lines; empty when there are none. */
export async function readExamples() {
  try {
    const root = await navigator.storage.getDirectory();
    return await (await (await root.getFileHandle(EXAMPLES)).getFile()).text();
  } catch {
    return "";
  }
}

/** @param {string} lines */
export async function keepExamples(lines) {
  try {
    await write(await navigator.storage.getDirectory(), EXAMPLES, new TextEncoder().encode(lines));
  } catch (thrown) {
    throw refusal(thrown);
  }
}

/** Runs whose place others have taken, the latest first: their numbers alone. @returns {Promise<import("./protocol.js").PastRun[]>} */
export async function pastRuns() {
  try {
    const root = await navigator.storage.getDirectory();
    return JSON.parse(await (await (await root.getFileHandle(PAST)).getFile()).text());
  } catch {
    return [];
  }
}

/** @param {import("./protocol.js").PastRun[]} runs */
export async function keepPastRuns(runs) {
  try {
    await write(await navigator.storage.getDirectory(), PAST, new TextEncoder().encode(JSON.stringify(runs)));
  } catch (thrown) {
    throw refusal(thrown);
  }
}

/** The names of a model's files, in the order in which the program takes them. */
export const MODEL_FILES = ["config.json", "tokenizer.json", "model.safetensors"];

/**
 * Puts a model in the place of the one that was kept. Its id tells whether two are the same.
 * @param {Files} files
 * @param {string} title
 */
export async function keepModel(files, title) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", /** @type {BufferSource} */ (files["model.safetensors"])));
  const id = Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
  try {
    const root = await navigator.storage.getDirectory();
    await remove(root, MODEL);
    const place = await root.getDirectoryHandle(MODEL, { create: true });
    for (const name of MODEL_FILES) await write(place, name, files[name]);
    await write(place, STATE, new TextEncoder().encode(JSON.stringify({ id, title })));
  } catch (thrown) {
    throw refusal(thrown);
  }
}

/** The kept model's name; null when there is none. @returns {Promise<import("./protocol.js").KeptModel | null>} */
export async function lookAtModel() {
  try {
    const place = await (await navigator.storage.getDirectory()).getDirectoryHandle(MODEL);
    return JSON.parse(await (await (await place.getFileHandle(STATE)).getFile()).text());
  } catch {
    return null;
  }
}

export async function forgetModel() {
  const root = await navigator.storage.getDirectory().catch(() => null);
  if (root) await remove(root, MODEL);
}

/** Its files. @returns {Promise<Uint8Array[]>} */
export async function readModel() {
  const place = await (await navigator.storage.getDirectory()).getDirectoryHandle(MODEL);
  return Promise.all(MODEL_FILES.map(async (name) => new Uint8Array(await (await (await place.getFileHandle(name)).getFile()).arrayBuffer())));
}

/** How much this page keeps in the browser, and may keep, in bytes; null where the browser doesn't say. */
export async function room() {
  const { usage, quota } = await navigator.storage.estimate().catch(() => ({ usage: undefined, quota: undefined }));
  return usage === undefined || quota === undefined ? null : { usage, quota };
}

export async function forget() {
  const root = await navigator.storage.getDirectory().catch(() => null);
  if (root) await remove(root, FOLDER);
}

/** @param {boolean} create */
async function open(create) {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(FOLDER, { create });
}

/** The newest whole place. @param {FileSystemDirectoryHandle} folder */
async function find(folder) {
  /** @type {{name: string, place: FileSystemDirectoryHandle, run: SavedRun} | null} */
  let newest = null;
  for (const name of PLACES) {
    try {
      const place = await folder.getDirectoryHandle(name);
      const state = await (await place.getFileHandle(STATE)).getFile();
      /** @type {SavedRun} */
      const run = JSON.parse(await state.text());
      if (!newest || run.step >= newest.run.step) newest = { name, place, run };
    } catch {
      // not there, or not whole
    }
  }
  return newest;
}

/** @param {FileSystemDirectoryHandle} place @param {string} name @param {Uint8Array} bytes */
async function write(place, name, bytes) {
  const handle = await place.getFileHandle(name, { create: true });
  const file = await /** @type {any} */ (handle).createSyncAccessHandle();
  try {
    file.truncate(0);
    if (file.write(bytes, { at: 0 }) !== bytes.length) throw new DOMException("no room", "QuotaExceededError");
    file.flush();
  } finally {
    file.close();
  }
}

/** @param {FileSystemDirectoryHandle} folder @param {string} name */
async function remove(folder, name) {
  await folder.removeEntry(name, { recursive: true }).catch((thrown) => {
    if (thrown?.name !== "NotFoundError") throw thrown;
  });
}

/** @param {any} thrown */
function refusal(thrown) {
  return thrown?.name === "QuotaExceededError"
    ? new OmniError("storage-full", "There is no room left in this browser to save the run.", "Free some space, then press Start; nothing is lost while this page stays open.")
    : new OmniError("storage", "This browser does not let the page save the run.", "Press Start to go on without saving, and keep this page open; Export keeps the model.");
}
