/**
 * One run at a time: there is one place to save it. Whichever tab of the page has it open holds a lock for as
 * long, and beside it a second one whose name tells the other tabs whose it is.
 */

import { OmniError } from "./errors.js";

const LOCK = "omni-r1 run";
/** A tab that is being closed or reloaded gives its lock back a moment later. */
const PATIENCE_MS = 3000;

/**
 * Takes the run for this tab; an error tells which other one has it.
 * @param {string} page this tab's title
 * @returns {Promise<() => void>} gives it back
 */
export async function takeRun(page) {
  const locks = usable();
  if (!locks) return () => {};
  const release = await hold(locks, LOCK, PATIENCE_MS);
  if (!release) throw await taken(locks);
  const time = new Date().toLocaleTimeString([], { timeStyle: "short" });
  const told = await hold(locks, `${LOCK}: “${page}”, since ${time}`, PATIENCE_MS);
  return () => {
    told?.();
    release();
  };
}

/** Work that no other tab of the page does meanwhile. @template T @param {string} name @param {"shared" | "exclusive"} mode @param {() => Promise<T>} work @returns {Promise<T>} */
export function alone(name, mode, work) {
  const locks = usable();
  return locks ? /** @type {any} */ (locks.request(name, { mode }, work)) : work();
}

/** Over plain http, and in frames without an origin, there are none; but such pages can't keep anything either. */
function usable() {
  return globalThis.origin === "null" ? undefined : navigator.locks;
}

/** Gives back the lock; null when another held it all the time. @param {LockManager} locks @param {string} name @param {number} ms @returns {Promise<(() => void) | null>} */
function hold(locks, name, ms) {
  return new Promise((resolve, reject) => {
    const held = () => new Promise((release) => resolve(() => release(undefined)));
    locks.request(name, { signal: AbortSignal.timeout(ms) }, held).catch((thrown) => (thrown?.name === "TimeoutError" || thrown?.name === "AbortError" ? resolve(null) : reject(thrown)));
  });
}

/** @param {LockManager} locks */
async function taken(locks) {
  const { held = [] } = await locks.query();
  const name = held.map(({ name = "" }) => name).find((name) => name.startsWith(`${LOCK}: `));
  const where = name ? name.slice(LOCK.length + 2) : "in another tab";
  return new OmniError("taken", `A run is open already: ${where}.`, "Go on in that tab, or press Stop there first: only one run can be saved at a time.");
}
