/**
 * Which variants of the shaders each graphics processor was found to like, kept in the browser: the
 * race between them takes a moment, and need not be held on every visit. The texts are the program's.
 */

const CACHE = "omni-r1-variants";

/** @param {string} adapter */
const address = (adapter) => `https://variants.invalid/${encodeURIComponent(adapter)}`;

/** @param {string} adapter its name @returns {Promise<string | undefined>} */
export async function tunedFor(adapter) {
  try {
    const kept = await (await caches.open(CACHE)).match(address(adapter));
    return await kept?.text();
  } catch {
    return undefined; // without storage there is a race each time
  }
}

/** @param {string} adapter @param {string} tuned */
export async function keepTuned(adapter, tuned) {
  try {
    await (await caches.open(CACHE)).put(address(adapter), new Response(tuned));
  } catch {
    // as above
  }
}
