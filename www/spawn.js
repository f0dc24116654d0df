/**
 * Workers of this program, also for pages of another origin. Each one's address is written out where it is
 * started: that is the form that bundlers look for.
 */

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
  // A sandboxed frame has no origin, "null", though its address has one.
  if (url.origin === self.origin) return direct();
  const source = new Blob([`import ${JSON.stringify(url.href)};`], { type: "text/javascript" });
  const address = URL.createObjectURL(source);
  const worker = new Worker(address, { type: "module" });
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return worker;
}
