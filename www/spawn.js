/**
 * Workers of this program, also for pages of another origin. Each one's address is written out where it is
 * started: that is the form that bundlers look for.
 */

/** The vendor that WebKit names, whoever made the browser. */
const WEBKIT = "Apple Computer, Inc.";

/** Answers and trains (worker.js). */
export function newWorker() {
  return start("./worker.js", () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" }));
}

/** Works out a reader's rule for rewards (reward-worker.js). */
export function newRewardWorker() {
  return start("./reward-worker.js", () => new Worker(new URL("./reward-worker.js", import.meta.url), { type: "module" }));
}

/** A script of another origin can't be a worker itself, but a worker may import it. @param {string} path beside this file @param {() => Worker} direct */
function start(path, direct) {
  const url = new URL(path, import.meta.url);
  if (url.origin === self.origin) return direct();
  const source = `import ${JSON.stringify(url.href)};`;
  // A sandboxed frame has no origin, though its address has one: Chromium starts no modules from its blobs, and WebKit
  // lets its workers from data: addresses read no files.
  const asData = self.origin === "null" && navigator.vendor !== WEBKIT;
  const address = asData ? `data:text/javascript,${encodeURIComponent(source)}` : URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(address, { type: "module" });
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return worker;
}
