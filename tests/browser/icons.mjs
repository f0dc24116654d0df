/** Draws the icons of www/icons, which installed pages have, from www/icon.svg: `node icons.mjs`. */

import { readFileSync } from "node:fs";
import { ROOT, browserFor } from "./harness.mjs";

const drawing = readFileSync(`${ROOT}www/icon.svg`, "utf8");
const browser = await browserFor("cpu");
const page = await browser.newPage();

/** Maskable ones are cut to the device's own shape: all that matters lies within four fifths. */
const ICONS = [
  { name: "192", size: 192, share: 1, paper: "transparent" },
  { name: "512", size: 512, share: 1, paper: "transparent" },
  { name: "maskable", size: 512, share: 0.62, paper: "#f7f4ec" },
];
for (const { name, size, share, paper } of ICONS) {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(`<style>body { margin: 0; height: 100vh; display: grid; place-items: center; background: ${paper} } svg { width: ${100 * share}vw }</style>${drawing}`);
  await page.screenshot({ path: `${ROOT}www/icons/${name}.png`, omitBackground: true });
}
await browser.close();
