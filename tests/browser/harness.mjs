/**
 * Chromium with the page in it. `cargo xtask test` builds the page, serves it and sets PAGE to its
 * address, CHROMIUM to the browser, OMNI_R1 to the native program and DIST to the folder for any host; to
 * run one file by hand, do the same: `cargo xtask serve --no-build --open no`, and where host.mjs serves
 * that folder `cargo xtask dist --no-build --out FOLDER`, then
 * `PAGE=http://127.0.0.1:8080/ DIST=FOLDER node --test ask.test.mjs`.
 */

import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const PAGE = process.env.PAGE ?? "http://127.0.0.1:8080/";
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const ARTIFACTS = fileURLToPath(new URL("./artifacts/", import.meta.url));
mkdirSync(ARTIFACTS, { recursive: true });

/** The same tests run on each. */
export const DEVICES = ["cpu", "webgpu"];

/** A name that no browser takes for this machine: over plain http it is no secure context. */
export const ELSEWHERE = "school.test";

const COMMON = ["--headless=new", "--no-sandbox", "--disable-background-networking", "--no-first-run", `--host-resolver-rules=MAP ${ELSEWHERE} 127.0.0.1`];
const FLAGS = {
  cpu: [...COMMON, "--disable-gpu"],
  webgpu: [...COMMON, "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"],
};

/** Nothing here waits for a fixed time, and slow machines must pass. */
export const PATIENCE_MS = Number(process.env.PATIENCE_MS ?? 240_000);

/** @type {Map<string, Promise<import("playwright-core").Browser>>} */
const browsers = new Map();

after(async () => {
  for (const browser of browsers.values()) await (await browser).close();
});

/** @param {string} device */
export function browserFor(device) {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  if (!browsers.has(device)) browsers.set(device, chromium.launch({ executablePath, args: FLAGS[device] }));
  return browsers.get(device);
}

/**
 * A fresh visitor on the page.
 * @param {{device?: string, path?: string, home?: string, context?: object, prepare?: (page: import("playwright-core").Page) => Promise<unknown>}} [wishes]
 */
export async function visit({ device = "cpu", path = `?device=${device}`, home = PAGE, context = {}, prepare } = {}) {
  const browser = await browserFor(device);
  const visitor = await browser.newContext(context);
  const page = await visitor.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  /** Whatever the page should not do: errors on the console, requests to elsewhere. */
  const faults = [];
  page.on("pageerror", (error) => faults.push(`page: ${error.message}`));
  page.on("console", (message) => {
    // On a busy machine Chromium finds that what was fetched ahead is used late.
    if (/preloaded using link preload but not used/.test(message.text())) return;
    if (message.type() === "error" || message.type() === "warning") faults.push(`console: ${message.text()}`);
  });
  visitor.on("request", (request) => {
    const here = [home, "blob:", "data:"].some((start) => request.url().startsWith(start));
    if (!here) faults.push(`request: ${request.url()}`);
  });
  await prepare?.(page);
  await page.goto(new URL(path, PAGE).href);
  return { page, faults, ...parts(page), close: () => visitor.close() };
}

/** Adds code at the end of the page's worker. @param {import("playwright-core").Page} page @param {string} code */
export function patchWorker(page, code) {
  return page.route("**/worker.js", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${await response.text()}\n${code}` });
  });
}

/** A server of another origin. @param {import("node:http").RequestListener} listener @returns {Promise<{origin: string, close: () => void}>} */
async function serve(listener) {
  const server = createServer(listener).unref();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
  const address = server.address();
  return { origin: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`, close: () => server.close() };
}

/** A page of another origin. @param {string} html */
export function host(html) {
  return serve((_, response) => response.setHeader("content-type", "text/html").end(`<!doctype html>${html}`));
}

/** The page's files from an origin that pages of any other may read, but for one file. @param {string} [but] its path */
export function mirror(but) {
  return serve(async ({ url = "" }, response) => {
    const file = await fetch(new URL(url, PAGE));
    response.statusCode = file.status;
    response.setHeader("content-type", file.headers.get("content-type") ?? "");
    if (url !== but) response.setHeader("access-control-allow-origin", "*");
    response.end(Buffer.from(await file.arrayBuffer()));
  });
}

/** The page's parts by role and name, as anybody who drives it finds them. @param {import("playwright-core").Page | import("playwright-core").FrameLocator} page */
export function parts(page) {
  return {
    picture: page.getByLabel("Picture"),
    question: page.getByRole("textbox", { name: "Question" }),
    askButton: page.getByRole("button", { name: "Ask" }),
    stopButton: page.getByRole("button", { name: "Stop" }),
    log: page.getByRole("log", { name: "Reasoning" }),
    answer: page.getByRole("status", { name: "Answer" }),
    alert: page.getByRole("alert"),
    download: page.getByRole("progressbar", { name: "Download" }),
  };
}

/** Waits until the page says that its model is on this device, and not on another for want of it. @param {import("playwright-core").Page} page @param {string} device */
export async function runsOn(page, device) {
  const said = device === "cpu" ? /\(CPU\)/ : /\(WebGPU/;
  await page.locator(".device").filter({ hasText: said }).waitFor({ state: "attached" });
}

/** Asks, and waits for the end. @param {Awaited<ReturnType<typeof visit>>} visitor @param {any} file @param {string} question */
export async function askAbout(visitor, file, question) {
  await visitor.picture.setInputFiles(file);
  await visitor.question.fill(question);
  await visitor.askButton.click();
  await finished(visitor);
}

/** @param {Awaited<ReturnType<typeof visit>>} visitor */
export async function finished({ page }) {
  await page.locator('[role="log"][aria-busy="false"]:not(:empty)').waitFor();
}

/** The link to the answer that is shown. @param {Awaited<ReturnType<typeof visit>>} visitor */
export async function copiedLink({ page }) {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.getByText("Copied.").waitFor();
  return page.evaluate(() => navigator.clipboard.readText());
}

/** The file that a way to save the answer gives. @param {import("playwright-core").Page} page @param {string} name */
export async function savedFile(page, name) {
  await page.locator(".save summary").click();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name }).click()]);
  const chunks = [];
  for await (const chunk of await download.createReadStream()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A file of the repository, as the file input takes it. @param {string} path @param {string} [name] */
export function file(path, name = path.split("/").at(-1)) {
  return { name, mimeType: "application/octet-stream", buffer: readFileSync(`${ROOT}${path}`) };
}

/** @param {string} name @param {Buffer | string} content @param {string} mimeType */
export function made(name, content, mimeType) {
  return { name, mimeType, buffer: Buffer.from(content) };
}

/** A sticker out of the committed bank, a WebP with alpha. @param {string} name */
export function sticker(name, style = "noto") {
  const bank = readFileSync(`${ROOT}data/bank.safetensors`);
  const start = 8 + Number(bank.readBigUInt64LE(0));
  const header = JSON.parse(bank.subarray(8, start).toString());
  const [from, to] = header[`train/sticker/${style}/${name}`].data_offsets;
  return bank.subarray(start + from, start + to);
}

/** The native program, whose results the page must give too. */
export function program() {
  if (!process.env.OMNI_R1) throw new Error("OMNI_R1 must name the native program");
  return process.env.OMNI_R1;
}
