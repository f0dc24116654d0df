/**
 * What outlives the page, in the browser's own file system: one saved run, one model, the reader's own
 * examples, and the numbers of earlier runs. How it is written: slots.js.
 *
 * @typedef {import("./protocol.js").SavedRun} SavedRun
 * @typedef {import("./slots.js").Files} Files
 */

import { OmniError } from "./errors.js";
import { Slots, remove, root, unlessMissing } from "./slots.js";

const RUN = new Slots(["a", "b"], "omni-r1-training");
const MODEL = new Slots(["omni-r1-model", "omni-r1-model-b"]);
const EXAMPLES = new Slots(["omni-r1-examples-a", "omni-r1-examples-b"]);
const HISTORY = new Slots(["omni-r1-runs-a", "omni-r1-runs-b"]);
/** What can be deleted and recovered. */
const UNDOABLE = { run: RUN, model: MODEL };
/** Where earlier versions of the page kept what is a single file. */
const OLD = { examples: "omni-r1-examples.jsonl", past: "omni-r1-runs.json" };
/** The examples' file in their place. */
const LINES = "examples.jsonl";

/** @param {SavedRun} run @param {Files} files */
export function save(run, files) {
  return kept("the run", () => RUN.keep(files, run));
}

/** The saved run without its weights; null when there is none. @returns {Promise<SavedRun | null>} */
export function look() {
  return RUN.look().catch(() => null);
}

/** @returns {Promise<{run: SavedRun, files: Files} | null>} */
export async function read() {
  const found = await kept("the run", () => RUN.read());
  return found && { run: found.state, files: found.files };
}

export async function forget() {
  // Where nothing can be kept, nothing is.
  if (await root().catch(() => null)) await RUN.clear();
}

/** The reader's own examples, in JSON lines; empty when there are none. @returns {Promise<string>} */
export async function readExamples() {
  if (!(await root().catch(() => null))) return "";
  const found = await EXAMPLES.read();
  return found ? new TextDecoder().decode(found.files[LINES]) : ((await old(OLD.examples)) ?? "");
}

/** @param {string} lines */
export async function keepExamples(lines) {
  await kept("the examples", () => EXAMPLES.keep({ [LINES]: new TextEncoder().encode(lines) }, {}));
  await drop(OLD.examples);
}

/** Runs whose place others have taken, the latest first: their numbers alone. @returns {Promise<import("./protocol.js").HistoryEntry[]>} */
export async function history() {
  try {
    return (await HISTORY.look()) ?? JSON.parse((await old(OLD.past)) ?? "[]");
  } catch {
    return [];
  }
}

/** @param {import("./protocol.js").HistoryEntry[]} runs */
export async function keepHistory(runs) {
  await kept("the run", () => HISTORY.keep({}, runs));
  await drop(OLD.past);
}

/** The names of a model's files, in the order in which the program takes them. */
export const MODEL_FILES = ["config.json", "tokenizer.json", "model.safetensors"];

/** Puts a model in the place of the one that was kept. Its id tells whether two are the same. @param {Files} files @param {string} title */
export async function keepModel(files, title) {
  await kept("the model", root);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", /** @type {BufferSource} */ (files["model.safetensors"])));
  const id = Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const parts = Object.fromEntries(MODEL_FILES.map((name) => [name, files[name]]));
  await kept("the model", () => MODEL.keep(parts, { id, title }));
}

/** The kept model's name; null when there is none. @returns {Promise<import("./protocol.js").KeptModel | null>} */
export function lookAtModel() {
  return MODEL.look().catch(() => null);
}

export async function forgetModel() {
  if (await root().catch(() => null)) await MODEL.clear();
}

/** The kept model with its files; null when there is none. @returns {Promise<import("./protocol.js").KeptModel & {files: Uint8Array[]} | null>} */
export async function readModel() {
  const found = await MODEL.read().catch(() => null);
  return found && { ...found.state, files: MODEL_FILES.map((name) => found.files[name]) };
}

/** Deletes it, until `purge` in such a way that it can be recovered. @param {import("./protocol.js").Undoable} what */
export async function discard(what) {
  if (await root().catch(() => null)) await UNDOABLE[what].discard();
}

/** Brings back what was discarded. @param {import("./protocol.js").Undoable} what */
export async function recover(what) {
  if (await UNDOABLE[what].recover()) return;
  throw new OmniError("data", "What was deleted can't be brought back any more.", "Another one has taken its place.");
}

/** What was discarded goes for good. @returns {Promise<boolean>} whether there was something */
export async function purge() {
  if (!(await root().catch(() => null))) return false;
  const gone = await Promise.all(Object.values(UNDOABLE).map((slots) => slots.purge()));
  return gone.includes(true);
}

/** What is kept here by whom, in bytes; empty where nothing can be kept. @returns {Promise<Partial<Record<"run" | "model" | "examples" | "history", number>>>} */
export async function sizes() {
  if (!(await root().catch(() => null))) return {};
  return { run: await RUN.size(), model: await MODEL.size(), examples: await EXAMPLES.size(), history: await HISTORY.size() };
}

/** How much this page keeps in the browser, and may keep, in bytes; null where the browser doesn't say. */
export async function room() {
  // Safari before 17 has no such method.
  const { usage, quota } = (await navigator.storage.estimate?.().catch(() => null)) ?? { usage: undefined, quota: undefined };
  return usage === undefined || quota === undefined ? null : { usage, quota };
}

/** A single file of an earlier version; null when it isn't there. @param {string} name */
async function old(name) {
  const handle = await unlessMissing((await root()).getFileHandle(name));
  return handle && (await (await handle.getFile()).text());
}

/** @param {string} name */
async function drop(name) {
  await remove(await root(), name);
}

/** What to do where something can't be kept. */
const INSTEAD = {
  "the run": {
    full: "Free some space, then press Start; nothing is lost while this page stays open.",
    never: "It goes on without being saved: keep this page open; Export keeps the model.",
  },
  "the model": {
    full: "Free some space, or take Export; what was kept before is still there.",
    never: "Export keeps it as a file.",
  },
  "the examples": {
    full: "Free some space, or press Save as a file; those that were kept before are still there.",
    never: "Press Save as a file to keep them.",
  },
};

/** Tells of a refusal in a sentence. @template T @param {keyof typeof INSTEAD} what @param {() => Promise<T>} work @returns {Promise<T>} */
async function kept(what, work) {
  const instead = INSTEAD[what];
  try {
    return await work();
  } catch (/** @type {any} */ thrown) {
    if (thrown?.name === "QuotaExceededError") {
      // Whoever has deleted something has made room.
      if (await purge()) return kept(what, work);
      throw new OmniError("storage-full", `There is no room left in this browser to save ${what}.`, instead.full);
    }
    const refused = globalThis.isSecureContext === false ? "This page came over plain http, so the browser does not let it save" : "This browser does not let the page save";
    throw new OmniError("storage", `${refused} ${what}.`, instead.never);
  }
}
