/** A graphics device that is lost in the middle of work: the page says so, and the CPU goes on. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { file, patchWorker, visit } from "./harness.mjs";
import { documents, news, order, steps } from "./training.mjs";

const LOST = /graphics processor stopped working/;

/** A visitor whose worker keeps its graphics device at hand. @param {string} path */
function visitor(path) {
  return visit({
    device: "webgpu",
    path,
    prepare: (page) => patchWorker(page, `
      const request = GPUAdapter.prototype.requestDevice;
      GPUAdapter.prototype.requestDevice = async function (...wishes) {
        return (self.deviceToLose = await request.apply(this, wishes));
      };`),
  });
}

/** @param {import("playwright-core").Page} page */
async function lose(page) {
  const [worker] = page.workers();
  await worker.evaluate(() => self.deviceToLose.destroy());
}

/** @param {import("playwright-core").Page} page */
async function nowOnTheCpu(page) {
  await page.locator(".device").filter({ hasText: /CPU.*because the graphics processor failed/ }).waitFor({ state: "attached" });
}

test("in an answer", async () => {
  const { page, picture, question, askButton, log, alert, answer, close } = await visitor("?device=webgpu");
  await page.locator(".device").filter({ hasText: /WebGPU/ }).waitFor();
  await picture.setInputFiles(file("www/samples/maze.png"));
  await question.fill("how do i get from orange to purple?");
  await askButton.click();
  await log.locator("p").first().waitFor();
  await lose(page);
  await alert.filter({ hasText: LOST }).filter({ hasText: /press Ask again, or Resume/ }).waitFor();
  await askButton.click();
  await answer.filter({ hasText: /\S/ }).waitFor();
  await nowOnTheCpu(page);
  await close();
});

test("in a step of training: the saved run goes on", async () => {
  const { page, alert, close } = await visitor("?device=webgpu#train");
  await page.getByLabel("cross the ice").waitFor();
  await order(page, { do: "open", plan: documents("nano", { learning_rate: 1e-3, muon_learning_rate: 0.005 }) });
  await steps(page, 1);
  await order(page, { do: "save" });
  // What is answered at once is the order; the step is then on its way.
  await order(page, { do: "run" });
  await page.waitForFunction(() => window.news.findLast(({ phase }) => phase)?.phase === "running");
  await lose(page);
  await alert.filter({ hasText: LOST }).waitFor();
  await page.getByText(/A run waits here at step \d+\./).waitFor();
  const { failure } = (await page.evaluate(() => window.news)).findLast(({ failure }) => failure);
  assert.equal(failure.code, "device");

  const { step } = await order(page, { do: "resume" });
  const [row] = await steps(page, 1);
  assert.equal(row.step, step + 1);
  assert.ok(Number.isFinite(row.answer));
  assert.equal((await news(page, "phase")).at(-1), "paused");
  await nowOnTheCpu(page);
  await close();
});
