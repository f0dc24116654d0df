/** Workers of this program, also for pages of another origin. */

/** A script of another origin can't be a worker itself, but a worker may import it. @param {string} path beside this file */
export function newWorker(path) {
  const url = new URL(path, import.meta.url);
  if (url.origin === location.origin) return new Worker(url, { type: "module" });
  const source = new Blob([`import ${JSON.stringify(url.href)};`], { type: "text/javascript" });
  const address = URL.createObjectURL(source);
  const worker = new Worker(address, { type: "module" });
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  return worker;
}
