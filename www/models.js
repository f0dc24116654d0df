/**
 * The models that the page offers: where their files are, fetching them, checking them, keeping them.
 *
 * `models/index.json` lists every file with its size and SHA-256. A file is kept in the browser's
 * cache under its hash, so a new version of a model never meets an old one, and what comes out of
 * the cache is checked like what comes from the network.
 *
 * @typedef {{path: string, bytes: number, sha256: string}} ModelFile path relative to index.json
 * @typedef {{id: string, title: string, kinds?: string[], files: ModelFile[]}} Model
 *   `kinds`: of tasks that it was trained on
 * @typedef {{default: string, models: Model[], bank: ModelFile}} Index `bank`: photos for surprises
 */

import { OmniError } from "./errors.js";

const INDEX = new URL("./models/index.json", import.meta.url);
const CACHE = "omni-r1-models";
const RETRY = "Check the connection, then press Try again.";

/** @returns {Promise<Index>} */
export async function readIndex() {
  const response = await get(INDEX, { cache: "no-cache" });
  return response.json().catch(() => {
    throw new OmniError("download", "The list of models can't be read.", RETRY);
  });
}

/**
 * @param {Index} index
 * @param {string} id empty for the default model
 * @returns {Model}
 */
export function findModel(index, id) {
  const wanted = id || index.default;
  const model = index.models.find((model) => model.id === wanted);
  if (!model) {
    const known = index.models.map((model) => model.id).join(", ");
    throw new OmniError("model", `There is no model "${wanted}".`, `This page has: ${known}.`);
  }
  return model;
}

/**
 * Files by the last part of their path.
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
      ?? (await fromNetwork(file, (loaded) => onProgress(finished + loaded, total), cache, onNotice));
    finished += file.bytes;
    onProgress(finished, total);
    files.set(file.path.split("/").at(-1) ?? file.path, bytes);
  }
  await forgetOld(cache, index);
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
 * @param {ModelFile} file
 * @param {(loaded: number) => void} onLoaded
 * @param {Cache | null} cache
 * @param {(sentence: string) => void} onNotice
 */
async function fromNetwork(file, onLoaded, cache, onNotice) {
  const url = new URL(file.path, INDEX);
  let bytes = await download(url, file, onLoaded, "default");
  if (!(await isWhole(bytes, file))) {
    // The browser's own copy may be the damaged one: ask the server itself.
    bytes = await download(url, file, onLoaded, "reload");
    if (!(await isWhole(bytes, file))) {
      throw new OmniError("corrupt", "The model arrived damaged.", "Press Try again to download it once more.");
    }
  }
  try {
    await cache?.put(keyOf(file), new Response(/** @type {any} */ (bytes)));
  } catch {
    onNotice("This browser has no room to keep the model, so it will be downloaded again next time.");
  }
  return bytes;
}

/**
 * @param {URL} url
 * @param {ModelFile} file
 * @param {(loaded: number) => void} onLoaded
 * @param {RequestCache} cache
 */
async function download(url, file, onLoaded, cache) {
  const response = await get(url, { cache });
  const bytes = new Uint8Array(file.bytes);
  let length = 0;
  try {
    const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (length + value.length > bytes.length) {
        await reader.cancel();
        return bytes.subarray(0, length);
      }
      bytes.set(value, length);
      length += value.length;
      onLoaded(length);
    }
  } catch {
    throw new OmniError("download", "The download of the model broke off.", RETRY);
  }
  return bytes.subarray(0, length);
}

/** @param {URL} url @param {RequestInit} options */
async function get(url, options) {
  const response = await fetch(url, options).catch(() => {
    throw new OmniError("download", "The model can't be reached.", RETRY);
  });
  if (!response.ok) {
    throw new OmniError("download", `The server has no ${url.pathname.split("/").at(-1)} (${response.status}).`, RETRY);
  }
  return response;
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
  return new URL(`./models/sha256/${file.sha256}`, import.meta.url).href;
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
  const wanted = new Set([...index.models.flatMap((model) => model.files), index.bank].map(keyOf));
  for (const request of (await cache?.keys().catch(() => [])) ?? []) {
    if (!wanted.has(request.url)) await cache?.delete(request);
  }
}
