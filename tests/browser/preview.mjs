/**
 * The picture of a shared link, 1200 x 630, made of a real answer in the page: `PAGE=http://127.0.0.1:8080/ node
 * tests/browser/preview.mjs docs/preview.jpg`.
 */

import { resolve } from "node:path";
import { chromium } from "playwright-core";

const PAGE = process.env.PAGE ?? "http://127.0.0.1:8080/";

const out = resolve(process.argv[2] ?? "preview.jpg");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 1200, height: 630 }, colorScheme: "light" });
await page.goto(new URL("?device=cpu&pace=fast&seed=1", PAGE).href);
await page.locator(".drop img").waitFor();
await page.getByRole("button", { name: "Ask" }).click();
await page.locator('.log[aria-busy="false"] .panel img').first().waitFor();
await page.locator(".answer").first().waitFor();
await page.screenshot({ path: out, type: "jpeg", quality: 82 });
await browser.close();
