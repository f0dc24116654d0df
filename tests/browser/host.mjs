/** A plain static host, as any provider's: files of one folder under any path, and nothing else. */

import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { after } from "node:test";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

/** The folder that `cargo xtask dist` wrote. */
export function dist() {
  if (!process.env.DIST) throw new Error("DIST must name the folder that `cargo xtask dist` wrote");
  return process.env.DIST;
}

/**
 * Serves a folder until the tests end. `sent` lists what was sent, and `intercept` may answer in its place.
 * @param {string} folder
 * @param {{path?: string, port?: number, headers?: Record<string, string>}} [wishes]
 */
export async function host(folder, { path = "/", port = 0, headers = {} } = {}) {
  /** @type {{path: string, bytes: number, range: string}[]} */
  const sent = [];
  const site = { address: "", sent, faults: [], intercept: (_request, _response, _file) => false, stop: async () => {} };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://host");
    const inside = pathname.startsWith(path) ? normalize(decodeURIComponent(pathname.slice(path.length))) : "..";
    const file = join(folder, inside === "." || inside === "" ? "index.html" : inside);
    const about = inside.startsWith("..") ? null : statSync(file, { throwIfNoEntry: false });
    if (pathname.endsWith("/favicon.ico")) {
      response.writeHead(204).end(); // browsers ask for it by themselves
      return;
    }
    if (site.intercept(request, response, file)) return;
    if (!about?.isFile()) {
      site.faults.push(`${pathname}: 404`);
      response.writeHead(404).end();
      return;
    }
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
    const start = from ? Number(from) : 0;
    const end = to ? Number(to) : about.size - 1;
    sent.push({ path: inside, bytes: end + 1 - start, range: request.headers.range ?? "" });
    response.writeHead(from ? 206 : 200, {
      "content-type": TYPES[extname(file)] ?? "application/octet-stream",
      "content-length": end + 1 - start,
      ...(from ? { "content-range": `bytes ${start}-${end}/${about.size}` } : {}),
      ...headers,
    });
    if (request.method === "HEAD" || !about.size) response.end();
    else createReadStream(file, { start, end }).pipe(response);
  });
  await new Promise((resolve) => server.listen(port, "127.0.0.1", () => resolve(undefined)));
  site.address = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}${path}`;
  site.stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  after(() => site.stop());
  return site;
}
