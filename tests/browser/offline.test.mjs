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
/** As a project's page is on a host of many: a worker of the root would be the easier case. */
const UNDER = { path: "/a/b/" };

/** One visit, until all that a later one needs is kept. @param {string} address */
async function first(address) {
  const visitor = await visit({ path: `${address}?device=cpu`, home: address });
  await kept(visitor.page);
  return visitor;
}

/** Page, program, photos and the models of lessons. @param {import("playwright-core").Page} page */
function kept(page) {
  return page.evaluate(async () => {
    const { bank, models } = await (await fetch("www/models/index.json")).json();
    const lessons = models.filter((/** @type {{id: string}} */ { id }) => ["nano", "mini-base"].includes(id)).flatMap((/** @type {{files: any[]}} */ { files }) => files);
    const weights = [bank, ...lessons].map(({ sha256 }) => `${sha256}$`);
    const wanted = ["omni_r1_bg\\.[0-9a-f]+\\.wasm$", "omni_r1\\.[0-9a-f]+\\.js$", "views/train\\.[0-9a-f]+\\.js$", ...weights].map((end) => new RegExp(end));
    for (;;) {
      const urls = [];
      for (const name of await caches.keys()) urls.push(...(await (await caches.open(name)).keys()).map(({ url }) => url));
      if (wanted.every((pattern) => urls.some((url) => pattern.test(url)))) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
}

test("a second visit transfers next to nothing; without a network it asks, surprises, teaches and trains", async () => {
  const site = await host(dist(), UNDER);
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
  for (const lesson of [1, 2, 3, 4, 5, 6, 7, 8]) await opens(visitor.page, lesson);
  await visitor.page.getByRole("link", { name: "Train" }).click();
  await visitor.page.getByRole("button", { name: "Start" }).waitFor();
  for (const model of ["nano", "mini-base"]) {
    await visitor.page.goto(`${site.address}?device=cpu&model=${model}`);
    await visitor.page.locator(".device").filter({ hasText: /: .*, on the/ }).waitFor();
  }
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

/** A lesson is there, up to its first guess. @param {import("playwright-core").Page} page @param {number} number */
async function opens(page, number) {
  await page.getByRole("link", { name: "Learn" }).click();
  const all = page.locator(".back a");
  if (await all.count()) await all.first().click();
  await page.locator(".cards a").nth(number - 1).click();
  await page.locator(".lesson h2").filter({ hasText: `${number}. ` }).waitFor();
  await page.getByRole("button", { name: "That is my guess" }).first().waitFor();
}

test("a new version is offered, taken when its reader says so, and a broken one is never taken", async () => {
  const folder = mkdtempSync(join(tmpdir(), "omni-r1-dist-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(dist(), folder, { recursive: true });
  const change = (/** @type {string} */ name, /** @type {(text: string) => string} */ by) =>
    writeFileSync(join(folder, name), by(readFileSync(join(folder, name), "utf8")));
  const site = await host(folder, UNDER);
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

test("storage that was evicted, all at once or the page's alone, is no trouble where there is a network", async () => {
  const site = await host(dist(), UNDER);
  const visitor = await first(site.address);
  for (const gone of ["omni-r1-page", "omni-r1"]) {
    await visitor.page.evaluate(async (gone) => {
      for (const name of await caches.keys()) if (name.startsWith(gone)) await caches.delete(name);
    }, gone);
    await visitor.page.reload();
    await askAbout(visitor, MAZE, QUESTION);
    assert.match(await visitor.answer.innerText(), /\S/);
  }
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

/** As much as a browser gives that is full, in bytes: Chromium then refuses what comes above it. @param {import("playwright-core").Page} page @param {string} address @param {number} quotaSize */
async function room(page, address, quotaSize) {
  const tools = await page.context().newCDPSession(page);
  await tools.send("Storage.overrideQuotaForOrigin", { origin: new URL(address).origin, quotaSize });
}

for (const [what, bytes] of /** @type {[string, number][]} */ ([["nothing", 1000], ["the model, but not all of the rest", 14_000_000]])) {
  test(`a browser with room for ${what} answers from the network, and says in a sentence that it needs it`, async () => {
    const site = await host(dist(), UNDER);
    const visitor = await visit({ path: `${site.address}?device=cpu`, home: site.address, prepare: (page) => room(page, site.address, bytes) });
    await visitor.page.getByRole("status").filter({ hasText: /no room to keep all of this page/ }).waitFor();
    if (bytes < 1_000_000) await visitor.page.getByText(/no room to keep the model/).waitFor();
    for (const visit of ["first", "second"]) {
      await askAbout(visitor, MAZE, QUESTION);
      assert.match(await visitor.answer.innerText(), /\S/, visit);
      await visitor.page.reload();
    }
    await visitor.page.getByRole("status").filter({ hasText: /no room to keep all of this page/ }).waitFor();
    const pages = await visitor.page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith("omni-r1-page")));
    if (bytes < 1_000_000) assert.deepEqual(pages, [], "nothing half kept");
    await visitor.page.reload();
    assert.equal(await visitor.alert.count(), 0);
    assert.deepEqual(visitor.faults, []);
    await visitor.close();
  });
}

test("an update that finds no room leaves the version that is there, which goes on without a network", async () => {
  const folder = mkdtempSync(join(tmpdir(), "omni-r1-dist-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(dist(), folder, { recursive: true });
  const site = await host(folder, UNDER);
  const visitor = await first(site.address);
  const taken = await visitor.page.evaluate(async () => (await navigator.storage.estimate()).usage);
  await room(visitor.page, site.address, Number(taken) + 1000);
  const script = join(folder, "sw.js");
  writeFileSync(script, readFileSync(script, "utf8").replace(/"VERSION":"[0-9a-f]+"/, '"VERSION":"2"'));
  await visitor.page.reload();
  await settled(visitor.page);
  await visitor.page.getByRole("status").filter({ hasText: /no room/ }).waitFor();
  await site.stop();
  await visitor.page.reload();
  await askAbout(visitor, MAZE, QUESTION);
  assert.match(await visitor.answer.innerText(), /\S/);
  await visitor.close();
});
