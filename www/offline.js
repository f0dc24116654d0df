/**
 * The page without a network: its service worker (sw.js), which only the folder that `cargo xtask dist`
 * writes has. A new version is offered in the page, and taken when its reader says so. Where the browser has no
 * room, the page goes on from the network, and says so.
 */

import { moduleFor } from "./device.js";
import { fetchFiles, readIndex } from "./models.js";

/** Models that lessons use beside the one that answers. */
const LESSONS = ["nano", "mini-base"];

/** @param {string} address of the service worker @param {HTMLElement} element `<omni-r1>` */
export async function workOffline(address, element) {
  const workers = navigator.serviceWorker;
  if (!workers) return; // plain http, or a browser that keeps nothing
  const device = ready(element);
  workers.addEventListener("message", ({ data }) => data.noRoom && sayNoRoom());
  // A first visit has its own files to fetch; later ones should hear of a new version at once.
  if (!workers.controller) await device;
  const registration = await workers.register(address).catch(() => null); // without it the page is as it was
  if (!registration) return;
  offerUpdates(registration);
  const kind = await device;
  const { active } = await workers.ready;
  active?.postMessage({ keep: moduleFor(kind) });
  await keepTheRest();
}

/** The device that the model runs on, once it is there. @param {HTMLElement} element @returns {Promise<"cpu" | "webgpu">} */
function ready(element) {
  return new Promise((resolve) => {
    element.addEventListener("omni-ready", (event) => resolve(/** @type {CustomEvent} */ (event).detail.device), { once: true });
  });
}

/** The photos for surprises and the models of lessons, which are otherwise fetched by their first use; never from those who save data. */
async function keepTheRest() {
  if (/** @type {any} */ (navigator).connection?.saveData) return;
  const index = await readIndex().catch(() => null);
  if (!index) return;
  const models = index.models.filter(({ id }) => LESSONS.includes(id));
  const wanted = [...(index.bank ? [index.bank] : []), ...models.flatMap(({ files }) => files)];
  let full = false;
  // One by one, as each is large; what isn't kept is fetched by whoever needs it.
  for (const file of wanted) if (!full) await fetchFiles(index, [file], () => {}, () => (full = true)).catch(() => {});
  if (full) sayNoRoom();
}

/** @param {ServiceWorkerRegistration} registration */
function offerUpdates(registration) {
  if (registration.waiting) offer(registration.waiting);
  registration.addEventListener("updatefound", () => {
    const fresh = registration.installing;
    fresh?.addEventListener("statechange", () => {
      if (fresh.state === "installed" && registration.active) offer(fresh);
    });
  });
}

/** @param {ServiceWorker} fresh */
function offer(fresh) {
  const take = document.createElement("button");
  take.type = "button";
  take.textContent = "Use it now";
  take.addEventListener("click", () => {
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
    fresh.postMessage({ take: true });
  });
  say("A new version of this page is here. ", take);
}

function sayNoRoom() {
  say("This browser has no room to keep all of this page, so it goes on needing the network.");
}

/** One line above the page. @param {(string | Node)[]} what */
function say(...what) {
  const line = document.createElement("p");
  line.className = "offer";
  line.role = "status";
  line.append(...what);
  document.querySelector(".offer")?.remove();
  document.querySelector("main")?.before(line);
}
