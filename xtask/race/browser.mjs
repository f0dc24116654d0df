/** Chromium with this folder's pages in it, served on this machine alone. */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";

const TYPES = { ".html": "text/html", ".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm" };
const LONGEST_MS = 1_800_000;
const SOFTWARE = ["--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];

const server = createServer(async (request, response) => {
  const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname));
  try {
    const body = await readFile(join(import.meta.dirname, path));
    response.setHeader("Content-Type", TYPES[extname(path)] ?? "application/octet-stream");
    response.end(body);
  } catch {
    response.statusCode = 404;
    response.end();
  }
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(null)));
const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());

/** A new browser, without anything of an earlier one, on a page of this folder. @param {string} path */
export async function open(path) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--headless=new", "--no-sandbox", "--enable-unsafe-webgpu", ...(process.env.HARDWARE ? [] : SOFTWARE)],
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(LONGEST_MS);
  page.on("pageerror", (error) => console.error(error.message));
  page.on("console", (message) => message.type() === "error" && console.error(message.text()));
  await page.goto(`http://127.0.0.1:${port}/${path}`);
  return { page, close: () => browser.close() };
}

/** Nothing more is served. */
export const close = () => server.close();

/** The middle one. @param {number[]} values */
export const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
