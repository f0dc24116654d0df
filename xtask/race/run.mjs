/**
 * Drives the race in Chromium and prints it as a table. This folder must hold the race's files, the
 * installed peers and our module under `wasm/`: `cargo xtask bench peers` sees to that.
 */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { chromium } from "playwright-core";

const CONTESTS = [
  ...[256, 512, 1024].map((size) => ({ what: "matmul", size, label: `R1 matmul ${size}`, exact: size < 1024 })),
  ...[256, 512, 1024].map((size) => ({ what: "attention", size, label: `R2 causal attention, ${size} tokens`, exact: true })),
  ...[8, 16].map((size) => ({ what: "conv2d", size, channels: 64, label: `R4 conv2d 3x3, ${size}x${size}x64`, exact: true })),
];

const rounds = Number(process.env.ROUNDS ?? 7);
const only = process.env.ONLY ?? "";
const TYPES = { ".mjs": "text/javascript", ".js": "text/javascript", ".html": "text/html", ".wasm": "application/wasm" };
const LONGEST_MS = 1_200_000;

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

const software = ["--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];
const args = ["--no-sandbox", "--enable-unsafe-webgpu", ...(process.env.HARDWARE ? [] : software)];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args });
const page = await browser.newPage();
page.setDefaultTimeout(LONGEST_MS);
page.on("pageerror", (error) => console.error(error.message));
await page.goto(`http://127.0.0.1:${port}/race.html`);
await page.waitForFunction("window.race");

console.log(`Medians of ${rounds} turns; a ratio is a peer's time over ours.\n`);
console.log("| contest | ours, ms | onnxruntime-web | tfjs | jax-js | largest errors in this order |");
console.log("|---|--:|--:|--:|--:|---|");
for (const { label, exact, ...contest } of CONTESTS) {
  if (!label.startsWith(only)) continue;
  const { results, failed } = await page.evaluate(
    ([contest, rounds, exact]) => /** @type {any} */ (window).race(contest, rounds, exact),
    [contest, rounds, exact],
  );
  const ratio = (name) => (results[name] ? (results[name].ms / results.ours.ms).toFixed(2) : failed[name] ? "fails" : "");
  const names = ["onnxruntime-web", "tfjs", "jax-js"];
  const errors = ["ours", ...names].map((name) => results[name]?.error?.toExponential(1) ?? "").join(" ");
  console.log(`| ${label} | ${results.ours.ms.toFixed(2)} | ${names.map(ratio).join(" | ")} | ${errors} |`);
  for (const [name, fault] of Object.entries(failed)) console.error(`${label}: ${name}: ${fault}`);
}
await browser.close();
server.close();
