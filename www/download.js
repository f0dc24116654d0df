/**
 * One file from the network, so that nothing that came is fetched twice: what has come is kept in pieces in
 * the browser's cache, and a download that broke off, with the page or without it, goes on where it was
 * (HTTP Range). Whoever asks for the file checks it as a whole: a server may have another one by now. Whole files are kept by
 * models.js.
 */

import { OmniError } from "./errors.js";

export const RETRY = "Check the connection, then press Try again.";
/** Lost at most when a page is closed in the middle. */
const PIECE = 1 << 20;

/**
 * @typedef {{
 *   bytes: number,
 *   cache: Cache | null,
 *   key: string,
 *   onLoaded: (loaded: number) => void,
 * }} Wanted `key`: address of the file in the cache
 */

/** @param {URL} url @param {Wanted} wanted @returns {Promise<Uint8Array>} as many bytes as came, no more than wanted */
export async function resume(url, wanted) {
  const bytes = new Uint8Array(wanted.bytes);
  const begun = await readPieces(bytes, wanted);
  if (begun === bytes.length) return bytes;
  const rest = begun ? await get(url, { headers: { Range: `bytes=${begun}-` } }).catch(() => null) : null;
  if (rest?.status === 206) return receive(rest, bytes, begun, wanted);
  await forgetPieces(wanted);
  // Servers that know no ranges send the whole again.
  return receive(rest ?? (await get(url, {})), bytes, 0, wanted);
}

/** Past the browser's own copy, and from the beginning. @param {URL} url @param {Wanted} wanted */
export async function again(url, wanted) {
  await forgetPieces(wanted);
  return receive(await get(url, { cache: "reload" }), new Uint8Array(wanted.bytes), 0, wanted);
}

/** @param {URL} url @param {RequestInit} options */
export async function get(url, options) {
  const response = await fetch(url, options).catch(() => {
    throw new OmniError("download", "The model can't be reached.", RETRY);
  });
  if (!response.ok) {
    throw new OmniError("download", `The server has no ${url.pathname.split("/").at(-1)} (${response.status}).`, RETRY);
  }
  return response;
}

/** @param {Response} response @param {Uint8Array} bytes @param {number} length what is there already @param {Wanted} wanted */
async function receive(response, bytes, length, wanted) {
  let kept = length;
  const keep = async () => {
    if (length > kept) await wanted.cache?.put(piece(wanted, kept), new Response(bytes.slice(kept, length))).catch(() => {});
    kept = length;
  };
  try {
    const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (length + value.length > bytes.length) {
        await reader.cancel();
        break;
      }
      bytes.set(value, length);
      length += value.length;
      wanted.onLoaded(length);
      if (length - kept >= PIECE) await keep();
    }
  } catch {
    await keep();
    throw new OmniError("download", "The download of the model broke off.", RETRY);
  }
  return bytes.subarray(0, length);
}

/** Fills in the pieces that follow each other, and tells how many bytes they are. @param {Uint8Array} bytes @param {Wanted} wanted */
async function readPieces(bytes, wanted) {
  let length = 0;
  for (;;) {
    const kept = await wanted.cache?.match(piece(wanted, length)).catch(() => undefined);
    const more = kept ? new Uint8Array(await kept.arrayBuffer()) : null;
    if (!more?.length || length + more.length > bytes.length) return length;
    bytes.set(more, length);
    length += more.length;
  }
}

/** @param {Wanted} wanted */
export async function forgetPieces({ cache, key }) {
  for (const request of (await cache?.keys().catch(() => [])) ?? []) {
    if (request.url.startsWith(`${key}/`)) await cache?.delete(request);
  }
}

/** @param {Wanted} wanted @param {number} from its first byte */
function piece({ key }, from) {
  return `${key}/${from}`;
}
