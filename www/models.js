/**
 * The models that the page offers: where their files are, fetching them, checking them, keeping them.
 *
 * `models/index.json` lists every file with its size and SHA-256. A file is kept in the browser's
 * cache under its hash, so a new version of a model never meets an old one, and what comes out of
 * the cache is checked like what comes from the network. A download that broke off goes on (download.js).
 *
 * @typedef {{path: string, name?: string, planes?: true, bytes: number, sha256: string}} ModelFile `path`: as
 *   seen from the list; `name`: where that has another; `planes`: comes as its even bytes and then its odd ones
 * @typedef {{id: string, title: string, kinds?: string[], files: ModelFile[]}} Model
 *   `kinds`: of tasks that it was trained on
 * @typedef {{default: string, models: Model[], bank?: ModelFile}} Listed `bank`: photos for surprises
 * @typedef {Listed & {address: URL}} Index
 */

import { RETRY, again, forgetPieces, get, resume } from "./download.js";
import { OmniError } from "./errors.js";
import { INDEX, LISTED } from "./list.js";

const CACHE = "omni-r1-models";
/** Others on this origin keep theirs under their own address. */
const KEPT = new URL("./models/sha256/", import.meta.url).href;

/**
 * @param {string} [model] a name out of the page's list, or the address of another list with a name after `#`
 * @returns {Promise<Index>}
 */
export async function readIndex(model = "") {
  if (LISTED && !isAddress(model)) return { ...LISTED, address: INDEX };
  const address = isAddress(model) ? new URL(model) : INDEX;
  const response = await get(address, { cache: "no-cache" });
  const index = await response.json().catch(() => null);
  if (!Array.isArray(index?.models)) throw new OmniError("download", "The list of models can't be read.", RETRY);
  return { ...index, address };
}

/** Names have no slash. @param {string} model */
export function isAddress(model) {
  return model.includes("/");
}

/** The name within its list, the default model's where it is left out. @param {Index} index @param {string} name as readIndex takes it */
export function idOf(index, name) {
  return (isAddress(name) ? decodeURIComponent(index.address.hash.slice(1)) : name) || index.default;
}

/**
 * @param {Index} index
 * @param {string} name as readIndex takes it
 * @returns {Model}
 */
export function findModel(index, name) {
  const wanted = idOf(index, name);
  const model = index.models.find((model) => model.id === wanted);
  if (!model) {
    const known = index.models.map((model) => model.id).join(", ");
    throw new OmniError("model", `There is no model "${wanted}".`, `${isAddress(name) ? "That list" : "This page"} has: ${known}.`);
  }
  return model;
}

/**
 * Files by their name, the last part of their path.
 * @param {Index} index
 * @param {ModelFile[]} wanted
 * @param {(loaded: number, total: number) => void} onProgress in bytes
 * @param {(sentence: string) => void} onNotice
 * @returns {Promise<Map<string, Uint8Array>>}
 */
export async function fetchFiles(index, wanted, onProgress, onNotice) {
  const total = wanted.reduce((sum, file) => sum + file.bytes, 0);
  const cache = await openCache();
  let finished = 0;
  /** @type {Map<string, Uint8Array>} */
  const files = new Map();
  onProgress(0, total);
  for (const file of wanted) {
    const bytes = (await fromCache(cache, file))
      ?? (await fromNetwork(new URL(file.path, index.address), file, (loaded) => onProgress(finished + loaded, total), cache, onNotice));
    finished += file.bytes;
    onProgress(finished, total);
    files.set(file.name ?? file.path.split("/").at(-1) ?? file.path, bytes);
  }
  // What a list elsewhere has, this one can't tell old from new.
  if (index.address.href === INDEX.href) await forgetOld(cache, index);
  return files;
}

/**
 * @param {Cache | null} cache
 * @param {ModelFile} file
 */
async function fromCache(cache, file) {
  const kept = await cache?.match(keyOf(file)).catch(() => undefined);
  if (!cache || !kept) return null;
  const bytes = new Uint8Array(await kept.arrayBuffer());
  if (await isWhole(bytes, file)) return bytes;
  await cache.delete(keyOf(file));
  return null;
}

/**
 * @param {URL} url
 * @param {ModelFile} file
 * @param {(loaded: number) => void} onLoaded
 * @param {Cache | null} cache
 * @param {(sentence: string) => void} onNotice
 */
async function fromNetwork(url, file, onLoaded, cache, onNotice) {
  const wanted = { bytes: file.bytes, cache, key: keyOf(file), onLoaded };
  let bytes = inOrder(await resume(url, wanted), file);
  if (!(await isWhole(bytes, file))) {
    // The browser's own copy may be the damaged one: ask the server itself.
    bytes = inOrder(await again(url, wanted), file);
    if (!(await isWhole(bytes, file))) {
      await forgetPieces(wanted);
      throw new OmniError("corrupt", "The model arrived damaged.", "Press Try again to download it once more.");
    }
  }
  await forgetPieces(wanted); // there may be no room for both
  try {
    await cache?.put(keyOf(file), new Response(/** @type {any} */ (bytes)));
  } catch {
    onNotice("This browser has no room to keep the model, so it will be downloaded again next time.");
  }
  return bytes;
}

/** Numbers of 16 bits compress better with their halves apart. @param {Uint8Array} bytes @param {ModelFile} file */
function inOrder(bytes, { planes }) {
  if (!planes) return bytes;
  const half = Math.ceil(bytes.length / 2);
  const whole = new Uint8Array(bytes.length);
  for (let i = 0; i < half; i += 1) whole[2 * i] = bytes[i];
  for (let i = half; i < bytes.length; i += 1) whole[2 * (i - half) + 1] = bytes[i];
  return whole;
}

/** @param {Uint8Array} bytes @param {ModelFile} file */
async function isWhole(bytes, file) {
  if (bytes.length !== file.bytes) return false;
  // Plain http pages have no crypto.subtle: there the size, and the loader's own checks, must do.
  if (!globalThis.crypto?.subtle) return true;
  const digest = await crypto.subtle.digest("SHA-256", /** @type {any} */ (bytes));
  const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex === file.sha256;
}

/** @param {ModelFile} file */
function keyOf(file) {
  return KEPT + file.sha256;
}

/** The cache, or null where the browser refuses to keep anything. */
async function openCache() {
  try {
    return await caches.open(CACHE);
  } catch {
    return null;
  }
}

/** Frees what earlier versions of the page kept. @param {Cache | null} cache @param {Index} index */
async function forgetOld(cache, index) {
  const wanted = new Set([...index.models.flatMap((model) => model.files), ...(index.bank ? [index.bank] : [])].map(keyOf));
  for (const request of (await cache?.keys().catch(() => [])) ?? []) {
    const file = request.url.replace(/\/\d+$/, ""); // of a piece
    if (file.startsWith(KEPT) && !wanted.has(file)) await cache?.delete(request);
  }
}
