/**
 * The page in Firefox and in WebKit, where Debian's packages firefox-esr, webkit2gtk-driver and xvfb are installed.
 * Puppeteer drives the one and WebDriver the other; all that is asked of either is to run code in the page.
 */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import puppeteer from "puppeteer-core";
import { Builder } from "selenium-webdriver";
import { findFreePort } from "selenium-webdriver/net/portprober.js";
import { DriverService } from "selenium-webdriver/remote/index.js";
import { PAGE, PATIENCE_MS } from "./harness.mjs";

/**
 * @typedef {object} Other a page in a fresh browser of its own
 * @property {(path: string) => Promise<unknown>} goto
 * @property {() => Promise<unknown>} reload
 * @property {(work: Function, argument?: any) => Promise<any>} evaluate
 * @property {() => Promise<string[]>} faults errors that nobody caught; WebKit tells those since the page was loaded
 * @property {() => Promise<void>} close
 */

const FIREFOX = process.env.FIREFOX ?? "/usr/bin/firefox-esr";
const WEBKIT = process.env.WEBKIT ?? "/usr/bin/WebKitWebDriver";
/** WebKit has no mode without a screen. */
const SCREEN = "/usr/bin/Xvfb";

/** @returns {Promise<Other>} */
async function firefox() {
  const browser = await puppeteer.launch({ browser: "firefox", executablePath: FIREFOX, headless: true, protocolTimeout: PATIENCE_MS });
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  /** @type {string[]} */
  const faults = [];
  page.on("pageerror", (error) => faults.push(/** @type {any} */ (error).message));
  return {
    goto: (path) => page.goto(new URL(path, PAGE).href),
    reload: () => page.reload(),
    evaluate: (work, argument) => page.evaluate(/** @type {any} */ (work), argument),
    faults: async () => faults,
    close: () => browser.close(),
  };
}

/** @returns {Promise<Other>} */
async function webkit() {
  const screen = spawn(SCREEN, ["-displayfd", "1", "-nolisten", "tcp"], { stdio: ["ignore", "pipe", "ignore"] });
  const number = await new Promise((resolve, reject) => {
    screen.stdout.once("data", resolve);
    screen.once("exit", () => reject(new Error("Xvfb gives no screen")));
  });
  const port = await findFreePort();
  const env = { ...process.env, DISPLAY: `:${String(number).trim()}` };
  const service = new DriverService(WEBKIT, { loopback: true, port, args: [`--port=${port}`], env });
  const stop = async () => {
    await service.kill();
    screen.kill();
  };
  const timeouts = { script: PATIENCE_MS, pageLoad: PATIENCE_MS };
  const builder = async () => new Builder().usingServer(await service.start()).withCapabilities({ browserName: "MiniBrowser", timeouts });
  const driver = await builder().then((ready) => ready.build()).catch((thrown) => stop().then(() => Promise.reject(thrown)));
  const listen = () => driver.executeScript(`
    window.faults = [];
    addEventListener("error", ({ message }) => window.faults.push(message));
    addEventListener("unhandledrejection", ({ reason }) => window.faults.push(String(reason)));`);
  return {
    goto: (path) => driver.get(new URL(path, PAGE).href).then(listen),
    reload: () => driver.navigate().refresh().then(listen),
    evaluate: (work, argument) => driver.executeScript(`return (${work})(arguments[0])`, argument),
    faults: () => driver.executeScript("return window.faults"),
    close: () => driver.quit().finally(stop),
  };
}

/** @param {string[]} paths */
function missing(...paths) {
  return paths.filter((path) => !existsSync(path)).map((path) => `there is no ${path}`).join(", ");
}

/** `keeps`: pages can keep files. Debian's WebKit has turned that off, as its writing of files isn't there yet. */
export const OTHERS = [
  { name: "Firefox", open: firefox, missing: missing(FIREFOX), keeps: true },
  { name: "WebKit", open: webkit, missing: missing(WEBKIT, SCREEN), keeps: false },
];
