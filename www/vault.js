/**
 * The one saved run, in the browser's own file system (OPFS), which outlives the page. Two places
 * take turns: a save that breaks off, for whatever reason, leaves the one before it whole.
 *
 * @typedef {import("./protocol.js").SavedRun} SavedRun
 * @typedef {Record<string, Uint8Array>} Files
 */

import { OmniError } from "./errors.js";

const FOLDER = "omni-r1-training";
const PLACES = ["a", "b"];
/** Written last: a place without it isn't whole. */
const STATE = "run.json";

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
