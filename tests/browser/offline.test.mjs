/** The folder for any host, without a network: after one visit all is there, and updates wait for their reader. */

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { askAbout, file, visit } from "./harness.mjs";
import { dist, host } from "./host.mjs";

const MAZE = file("www/samples/maze.png");
const QUESTION = "how do i get from orange to purple?";

/** One visit, until all that a later one needs is kept. @param {string} address */
async function first(address) {
  const visitor = await visit({ path: `${address}?device=cpu`, home: address });
  await kept(visitor.page);
  return visitor;
}

/** Page, program and photos. @param {import("playwright-core").Page} page */
function kept(page) {
  return page.evaluate(async () => {
    const { bank } = await (await fetch("www/models/index.json")).json();
    const wanted = ["omni_r1_bg\\.[0-9a-f]+\\.wasm$", "omni_r1\\.[0-9a-f]+\\.js$", "views/train\\.[0-9a-f]+\\.js$", `${bank.sha256}$`].map((end) => new RegExp(end));
    for (;;) {
      const urls = [];
      for (const name of await caches.keys()) urls.push(...(await (await caches.open(name)).keys()).map(({ url }) => url));
      if (wanted.every((pattern) => urls.some((url) => pattern.test(url)))) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
}

test("a second visit transfers next to nothing; without a network it asks, surprises and trains", async () => {
  const site = await host(dist(), { path: "/a/b/" });
  const visitor = await first(site.address);
  const tools = await visitor.page.context().newCDPSession(visitor.page);
  const { installabilityErrors } = await tools.send("Page.getInstallabilityErrors");
  const hindrances = installabilityErrors.map(({ errorId }) => errorId).filter((id) => id !== "in-incognito"); // as tests are
  assert.deepEqual(hindrances, [], "it can be installed");
  site.sent.length = 0;
  await visitor.page.reload();
  await askAbout(visitor, MAZE, QUESTION);
  const transferred = site.sent.reduce((sum, { bytes }) => sum + bytes, 0);
  assert.ok(transferred <= 50_000, `${transferred} bytes: ${site.sent.map(({ path }) => path).join(", ")}`);
  await site.stop();
  await visitor.page.reload();
  await visitor.page.locator(".sample").nth(5).click();
  await askAbout(visitor, MAZE, QUESTION);
  assert.match(await visitor.answer.innerText(), /\S/);
  for (const kind of ["find it in a photo", "count shapes"]) {
    await visitor.question.fill("");
    await visitor.page.getByLabel("Kind of task").selectOption({ label: kind });
    await visitor.page.getByRole("button", { name: "Surprise me" }).click();
    await visitor.page.waitForFunction(() => document.querySelector("omni-r1").shadowRoot.querySelector("textarea").value);
  }
  assert.equal(await visitor.alert.count(), 0, "photos are there as well");
  await visitor.page.getByRole("link", { name: "Train" }).click();
  await visitor.page.getByRole("button", { name: "Start" }).waitFor();
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("a new version is offered, taken when its reader says so, and a broken one is never taken", async () => {
  const folder = mkdtempSync(join(tmpdir(), "omni-r1-dist-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(dist(), folder, { recursive: true });
  const change = (/** @type {string} */ name, /** @type {(text: string) => string} */ by) =>
    writeFileSync(join(folder, name), by(readFileSync(join(folder, name), "utf8")));
  const site = await host(folder);
  const visitor = await first(site.address);
  const offer = visitor.page.getByText("A new version of this page is here.");
  const version = /"VERSION":"[0-9a-f]+"/;

  // A file whose content isn't what the list says: the version before stays.
  const [script] = /www\/views\/train\.[0-9a-f]{10}\.js/.exec(readFileSync(join(folder, "sw.js"), "utf8")) ?? [];
  const other = script.replace(/[0-9a-f]{10}/, "0000000000");
  writeFileSync(join(folder, other), "damaged");
  const whole = readFileSync(join(folder, "sw.js"), "utf8");
  change("sw.js", (text) => text.replaceAll(script, other).replace(version, '"VERSION":"1"'));
  await visitor.page.reload();
  await settled(visitor.page);
  assert.equal(await offer.count(), 0, "a damaged version isn't offered");

  writeFileSync(join(folder, "sw.js"), whole.replace(version, '"VERSION":"2"'));
  change("index.html", (text) => text.replace("<h1>Omni-R1</h1>", "<h1>Omni-R1, renewed</h1>"));
  await visitor.page.reload();
  await offer.waitFor();
  await askAbout(visitor, MAZE, QUESTION);
  assert.equal(await visitor.page.getByRole("heading", { level: 1 }).innerText(), "Omni-R1", "the version before, until it's left");
  await visitor.page.getByRole("button", { name: "Use it now" }).click();
  await visitor.page.getByRole("heading", { name: "Omni-R1, renewed" }).waitFor();
  await site.stop();
  await visitor.page.reload();
  await visitor.page.getByRole("heading", { name: "Omni-R1, renewed" }).waitFor();
  await askAbout(visitor, MAZE, QUESTION);
  assert.match(await visitor.answer.innerText(), /\S/);
  await visitor.close();
});

/** Until no version is being installed. @param {import("playwright-core").Page} page */
async function settled(page) {
  await page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.update().catch(() => {}); // a failed installation
    const { installing } = registration;
    if (installing) await new Promise((resolve) => installing.addEventListener("statechange", resolve, { once: true }));
  });
}

test("storage that was evicted is no trouble where there is a network", async () => {
  const site = await host(dist());
  const visitor = await first(site.address);
  await visitor.page.evaluate(async () => {
    for (const name of await caches.keys()) await caches.delete(name);
  });
  await visitor.page.reload();
  await askAbout(visitor, MAZE, QUESTION);
  assert.match(await visitor.answer.innerText(), /\S/);
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});
