/** kernels.html: the table of cases of the native tests, here on the browser's adapter. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { PAGE, visit } from "./harness.mjs";

test("every op is right on the browser's adapter, forward and backward", async () => {
  const { page, faults, close } = await visit({ device: "webgpu", path: "kernels.html?cases=2" });
  await page.getByRole("button", { name: "Check and time" }).click();
  const report = page.locator("#report[aria-busy=false]", { hasText: "cases" });
  await report.waitFor();
  const text = await report.innerText();
  assert.match(text, /Every case is right\./, text);
  for (const op of ["matmul Staged", "attention", "conv2d", "nearest_code"]) assert.match(text, new RegExp(`right  ${op} `));
  assert.match(text, /GFLOP/);
  assert.deepEqual(faults, []);
  await close();
});

test("the verdict of a race is kept for the next visit; others can be asked for", async () => {
  const visitor = await visit({ device: "webgpu", path: "kernels.html" });
  /** The first line of a report. @param {string} pick */
  const first = async (pick) => {
    await visitor.page.goto(new URL(`kernels.html?cases=0&timings=0${pick}`, PAGE).href);
    await visitor.page.getByRole("button", { name: "Check and time" }).click();
    const report = visitor.page.locator("#report[aria-busy=false]", { hasText: "right" });
    await report.waitFor();
    return (await report.innerText()).split("\n")[0];
  };
  assert.match(await first(""), /, large,several,alone \(as measured\)$/);
  const raced = await first("&pick=race");
  assert.match(raced, /, (small|large|staged)[a-z,]* \(by a race\)$/);
  assert.equal(await first(""), raced.replace("by a race", "as kept"));
  assert.match(await first("&pick=staged,several"), /, staged,several \(as asked for\)$/);
  await visitor.page.goto(new URL("kernels.html?pick=huge", PAGE).href);
  await visitor.page.getByRole("button", { name: "Check and time" }).click();
  await visitor.alert.filter({ hasText: /There is no variant "huge".*small, large or staged/ }).waitFor();
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("without WebGPU the page says so", async () => {
  const { page, close } = await visit({ device: "cpu", path: "kernels.html" });
  await page.getByRole("button", { name: "Check and time" }).click();
  await page.getByRole("alert").filter({ hasText: /WebGPU/ }).waitFor();
  await close();
});
