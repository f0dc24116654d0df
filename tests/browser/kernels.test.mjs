/** kernels.html: the table of cases of the native tests, here on the browser's adapter. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { visit } from "./harness.mjs";

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

test("without WebGPU the page says so", async () => {
  const { page, close } = await visit({ device: "cpu", path: "kernels.html" });
  await page.getByRole("button", { name: "Check and time" }).click();
  await page.getByRole("alert").filter({ hasText: /WebGPU/ }).waitFor();
  await close();
});
