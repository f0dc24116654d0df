/**
 * Records an answer as it appears in the page: `PAGE=http://127.0.0.1:8080/ node tests/browser/record.mjs docs/answer.webp`.
 * Needs img2webp (Debian's package webp). The README shows the result.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "playwright-core";

const PAGE = process.env.PAGE ?? "http://127.0.0.1:8080/";
const EVERY_MS = 200;
/** The answer stays in sight for so long before it begins anew. */
const LAST_MS = 4000;

const out = resolve(process.argv[2] ?? "answer.webp");
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const page = await browser.newPage({ viewport: { width: 860, height: 600 }, colorScheme: "light" });
await page.goto(new URL("?device=cpu&pace=follow&seed=1", PAGE).href);
await page.locator(".drop img").waitFor();
await page.locator(".device").filter({ hasText: "on the processor" }).waitFor({ state: "attached" });
const folder = mkdtempSync(join(tmpdir(), "omni-r1-"));
/** @type {{path: string, at: number}[]} */
const frames = [];
const shoot = async () => {
  const path = join(folder, `${frames.length}.png`);
  frames.push({ path, at: Date.now() });
  await page.screenshot({ path });
};
await shoot();
await page.getByRole("button", { name: "Ask" }).click();
await page.locator(".log .panel").first().waitFor();
await page.getByRole("heading", { name: "Reasoning" }).evaluate((heading) => heading.scrollIntoView({ block: "start" }));
while (await page.locator('[role="log"][aria-busy="true"]').count()) {
  await shoot();
  await page.waitForTimeout(EVERY_MS);
}
await shoot();
await browser.close();
const until = (/** @type {number} */ i) => (frames[i + 1]?.at ?? frames[i].at + LAST_MS) - frames[i].at;
const parts = frames.flatMap(({ path }, i) => ["-d", String(until(i)), path]);
execFileSync("img2webp", ["-loop", "0", "-lossy", "-q", "55", "-m", "6", ...parts, "-o", out], { stdio: "inherit" });
rmSync(folder, { recursive: true });
