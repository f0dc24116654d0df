/** Pages that embed the element, and networks that hand it out, each with rules of its own. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { ELSEWHERE, PAGE, askAbout, file, host, mirror, parts, visit } from "./harness.mjs";
import { documents, order, steps } from "./training.mjs";

const MAZE = file("www/samples/maze.png");
const QUESTION = "how do i get from orange to purple?";

/** A document in place of www/embed.html. @param {import("playwright-core").Page} page @param {string} body @param {Record<string, string>} [headers] */
function embedded(page, body, headers = {}) {
  return page.route("**/www/embed.html", (route) => route.fulfill({ contentType: "text/html", headers, body: `<!doctype html>${body}` }));
}

/** In a frame that may run scripts, and has no origin. @param {string} origin of the files */
const sandbox = (origin) => `<iframe sandbox="allow-scripts" srcdoc='<script type="module" src="${origin}www/element.js"></script><omni-r1 device="cpu"></omni-r1>' style="width: 100%; height: 900px"></iframe>`;

test("in a sandboxed frame, which has no origin, it answers", async () => {
  const files = await mirror();
  const other = await host(sandbox(files.origin));
  const visitor = await visit({ path: other.origin });
  const inside = { ...visitor, ...parts(visitor.page.frameLocator("iframe")) };
  await inside.picture.setInputFiles(MAZE);
  await inside.question.fill(QUESTION);
  await inside.askButton.click();
  await inside.answer.filter({ hasText: /\S/ }).waitFor();
  assert.deepEqual(visitor.faults.filter((fault) => fault.startsWith("page:")), []);
  await visitor.close();
  for (const server of [other, files]) server.close();
});

test("where its files may not be read from a frame without an origin, that is said", async () => {
  const files = await mirror("/www/worker.js");
  const other = await host(sandbox(files.origin));
  const visitor = await visit({ path: other.origin });
  const inside = parts(visitor.page.frameLocator("iframe"));
  await inside.alert.filter({ hasText: /can't be started in this page.*Access-Control-Allow-Origin/ }).waitFor();
  await visitor.close();
  for (const server of [other, files]) server.close();
});

test("under a policy that allows no blob: pictures the drawings are shown all the same", async () => {
  const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:";
  const visitor = await visit({
    path: "www/embed.html",
    prepare: (page) => embedded(page, '<script type="module" src="element.js"></script><omni-r1 device="cpu"></omni-r1>', { "content-security-policy": policy }),
  });
  await askAbout(visitor, MAZE, QUESTION);
  for (const pictures of [visitor.log.locator("figure img"), visitor.page.locator(".drop img")]) {
    await pictures.first().waitFor();
    await visitor.page.waitForFunction((/** @type {any} */ images) => images.every((image) => image.complete && image.naturalWidth > 0), await pictures.elementHandles());
  }
  await visitor.close();
});

test("over plain http it answers and trains, and says that nothing is saved", async () => {
  const visitor = await visit({ path: `${PAGE.replace("127.0.0.1", ELSEWHERE)}?device=cpu#train` });
  const { page } = visitor;
  assert.equal(await page.evaluate(() => isSecureContext), false);
  await page.getByLabel("cross the ice").waitFor();
  await order(page, { do: "open", plan: documents("nano", { learning_rate: 1e-3, muon_learning_rate: 0.005 }) });
  await steps(page, 1);
  await order(page, { do: "save" });
  await visitor.alert.filter({ hasText: /plain http.*Export keeps the model/ }).waitFor();
  const [row] = await steps(page, 1);
  assert.equal(row.step, 2, "it goes on");
  await assert.rejects(order(page, { do: "keep-model" }), /plain http/);
  await order(page, { do: "forget-model" });
  await order(page, { do: "stop" });
  await order(page, { do: "forget" });
  await page.goto(page.url().replace("#train", "#ask"));
  await askAbout(visitor, MAZE, QUESTION);
  assert.match(await visitor.answer.innerText(), /\S/);
  await visitor.close();
});

test("an element that is removed while its picture comes keeps no worker", async () => {
  let release = () => {};
  const released = new Promise((resolve) => (release = () => resolve(undefined)));
  const visitor = await visit({
    path: "www/embed.html",
    prepare: (page) => page.route("**/slow.png", async (route) => {
      await released;
      await route.fulfill({ contentType: "image/png", body: MAZE.buffer });
    }),
  });
  const { page } = visitor;
  const asked = page.waitForRequest("**/slow.png");
  await page.evaluate(() => document.querySelector("omni-r1")?.setAttribute("picture", "slow.png"));
  await asked;
  const errors = await page.evaluate(() => {
    const element = document.querySelector("omni-r1");
    window.errors = [];
    element?.addEventListener("omni-error", (/** @type {any} */ { detail }) => window.errors.push(detail.code));
    element?.remove();
    return window.errors;
  });
  const answered = page.waitForResponse("**/slow.png");
  release();
  await answered;
  // A worker that is started is there at once.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 500)));
  assert.equal(page.workers().length, 0);
  assert.deepEqual(errors, []);
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("an element that is in no page answers a program, and then has no worker", async () => {
  const visitor = await visit({ path: "www/embed.html" });
  const { page } = visitor;
  const types = await page.evaluate(async (question) => {
    const element = document.querySelector("omni-r1");
    element?.remove();
    const types = [];
    for await (const event of element.ask({ picture: "samples/maze.png", question })) types.push(event.type);
    return types;
  }, QUESTION);
  assert.equal(types.at(-1), "end");
  await page.waitForFunction(() => true);
  for (let turn = 0; turn < 50 && page.workers().length; turn += 1) await page.evaluate(() => new Promise(requestAnimationFrame));
  assert.equal(page.workers().length, 0);
  await visitor.close();
});

test("an element that leaves with a run open, and comes back, shows the run as it is", async () => {
  const visitor = await visit({ path: "?device=cpu#train" });
  const { page } = visitor;
  await page.getByLabel("cross the ice").waitFor();
  await page.getByRole("button", { name: "One step" }).click();
  await page.getByRole("status", { name: "Training" }).filter({ hasText: "Paused. Step 1 of" }).waitFor();
  await page.evaluate(() => {
    const element = document.querySelector("omni-r1");
    const place = element?.parentElement;
    element?.remove();
    place?.append(element);
  });
  await page.getByRole("status", { name: "Training" }).filter({ hasText: "No run is open." }).waitFor();
  await page.getByRole("button", { name: "One step" }).click();
  await page.getByRole("status", { name: "Training" }).filter({ hasText: "Paused. Step 1 of" }).waitFor();
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});
