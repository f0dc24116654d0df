/**
 * The service worker: after one visit the page works without a network. It answers for the page's own
 * files alone; weights go by as they did, for models.js keeps them by their hashes.
 *
 * `cargo xtask dist` puts before this what there is: `PAGES` and `FILES`, the paths of what is always kept,
 * and `PROGRAMS`, those of each WebAssembly module, of which only what this browser runs is kept; each
 * path with its hash. Names of `FILES` and `PROGRAMS` hold a hash, so that what is kept under one never
 * changes. A new version waits until its reader takes it.
 *
 * @typedef {[path: string, integrity: string]} Kept
 * @typedef {{VERSION: string, PAGES: Kept[], FILES: Kept[], PROGRAMS: Record<string, Kept[]>}} Contents
 */

const { VERSION, PAGES, FILES, PROGRAMS } = /** @type {Contents} */ (/** @type {any} */ (self).CONTENTS);
const scope = /** @type {any} */ (self).registration.scope;
const OURS = `omni-r1-page ${scope} `;
const NAME = OURS + VERSION;

/** @param {string} path */
const at = (path) => new URL(path, scope).href;
const pages = new Set(PAGES.map(([path]) => at(path)));
const files = new Set([...FILES, ...Object.values(PROGRAMS).flat()].map(([path]) => at(path)));

self.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(install()));
self.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(activate()));
self.addEventListener("message", (/** @type {any} */ event) => {
  if (event.data.take) void /** @type {any} */ (self).skipWaiting();
  if (event.data.keep) event.waitUntil(keep(PROGRAMS[event.data.keep] ?? []).catch(() => {})); // the network has it
});
self.addEventListener("fetch", (/** @type {any} */ event) => {
  const answer = event.request.method === "GET" ? answerFor(event.request) : null;
  if (answer) event.respondWith(answer);
});

/** All or nothing: what is missing or damaged, or finds no room, leaves the version before in its place. */
async function install() {
  const programs = [];
  for (const module of await keptModules()) programs.push(...(PROGRAMS[module] ?? []));
  await keep([...PAGES, ...FILES, ...programs]).catch(async (thrown) => {
    await caches.delete(NAME); // half of it would only take room
    throw thrown;
  });
}

/** The version before stays as well: another tab may still run it. */
async function activate() {
  const kept = await ours();
  for (const name of kept.filter((name) => name !== NAME).slice(0, -1)) await caches.delete(name);
  await /** @type {any} */ (self).clients.claim();
}

/** @param {Kept[]} wanted */
async function keep(wanted) {
  const cache = await caches.open(NAME);
  const fetched = wanted.map(async ([path, integrity]) => {
    const address = at(path);
    const known = files.has(address) ? await find(address) : undefined;
    if (known) return { address, response: known };
    // A host may change a page on its way, and keep an old one.
    const response = await fetch(address, pages.has(address) ? { cache: "no-cache" } : { integrity });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return { address, response };
  });
  for (const { address, response } of await Promise.all(fetched)) {
    await cache.put(address, response).catch(async (thrown) => {
      if (thrown.name === "QuotaExceededError") await tellOfNoRoom();
      throw thrown;
    });
  }
}

/** Its pages tell their readers. */
async function tellOfNoRoom() {
  const windows = await /** @type {any} */ (self).clients.matchAll({ includeUncontrolled: true, type: "window" });
  for (const page of windows) page.postMessage({ noRoom: true });
}

/** From the cache, or else from the network; null for what isn't the page's. @param {Request} request */
function answerFor(request) {
  const url = new URL(request.url);
  url.search = url.hash = "";
  const address = url.href === scope ? at("index.html") : url.href;
  if (pages.has(address) || address.startsWith(at("www/")) && !address.startsWith(at("www/models/"))) {
    return find(address).then((kept) => kept ?? fetch(request));
  }
  return null;
}

/** The newest that is kept. @param {string} address */
async function find(address) {
  for (const name of [NAME, ...(await ours()).reverse()]) {
    const kept = await caches.match(address, { cacheName: name });
    if (kept) return kept;
  }
  return undefined;
}

/** The caches of this folder's versions, oldest first. */
async function ours() {
  return (await caches.keys()).filter((name) => name.startsWith(OURS));
}

/** The modules that this browser has run. @returns {Promise<string[]>} */
async function keptModules() {
  const modules = new Set();
  for (const name of await ours()) {
    for (const { url } of await (await caches.open(name)).keys()) {
      const rest = url.startsWith(at("www/wasm/")) ? url.slice(at("www/wasm/").length) : "";
      if (rest) modules.add(rest.split("/")[0]);
    }
  }
  return [...modules];
}
