/** The device view: what was found, how fast it is, whether it is right, what is kept, and the report of it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { LOOKS, contextOf, noViolations, shot } from "./axe.mjs";
import { ELSEWHERE, PAGE, runsOn, visit } from "./harness.mjs";
import { TRAIN, documents, order, steps } from "./training.mjs";

/** But for what Chromium itself says where there is no graphics processor. @param {string[]} faults */
const real = (faults) => faults.filter((fault) => !fault.includes("No available adapters"));

/** @param {import("playwright-core").Page} page @param {string} name */
const section = (page, name) => page.getByRole("region", { name });

test("it says what was found and what runs the model, measures it, and copies a report", async () => {
  const visitor = await visit({ path: "?device=cpu#device" });
  const { page } = visitor;
  await section(page, "What was found").getByText(/threads/).waitFor();
  await section(page, "What runs the model").getByText(/runs on the processor \(CPU\), because/).waitFor();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy the report" }).click();
  await section(page, "How fast it is").getByText(/^\d+ tokens a second on the processor/).waitFor();
  await page.getByText("Copied.").waitFor();
  const report = await page.evaluate(() => navigator.clipboard.readText());
  for (const part of [/^```\nTaken: \d{4}-/, /Browser: Mozilla/, /Processor: \d+ threads/, /Graphics: /, /Asked for: cpu/, /runs on the processor \(CPU\), because/, /\d+ tokens a second/, /no graphics processor to check/, /are taken/]) assert.match(report, part);
  assert.equal(await page.getByLabel("The report").innerText(), report);
  assert.deepEqual(real(visitor.faults), []);
  await visitor.close();
});

test("it is measured before the weights are there, also over plain http, where the report is copied by hand", async () => {
  const home = PAGE.replace("127.0.0.1", ELSEWHERE);
  const visitor = await visit({ path: `${home}?device=cpu#device`, home, prepare: (page) => page.route("**/model.safetensors", () => {}) });
  const { page } = visitor;
  await page.getByRole("button", { name: "Measure" }).click();
  await section(page, "How fast it is").getByText(/^\d+ tokens a second on the processor/).waitFor();
  await page.getByRole("button", { name: "Copy the report" }).click();
  await page.getByText("select the text below").waitFor();
  assert.match(await page.getByLabel("The report").innerText(), /no secure context/);
  assert.deepEqual(real(visitor.faults), []);
  await visitor.close();
});

test("what is kept has a size, and is deleted when somebody says so", async () => {
  const visitor = await visit({ path: TRAIN });
  const { page } = visitor;
  await order(page, { do: "open", plan: documents("nano", { learning_rate: 1e-3, muon_learning_rate: 0.005 }) });
  await steps(page, 1);
  await order(page, { do: "stop" });
  await page.getByRole("link", { name: "Device" }).click();
  const kept = section(page, "What is kept in this browser");
  await kept.getByRole("row", { name: /The run that is training \d+(\.\d)? MB/ }).waitFor();
  page.once("dialog", (dialog) => void dialog.dismiss());
  await kept.getByRole("button", { name: "Delete: The run that is training" }).click();
  await kept.getByRole("row", { name: /The run that is training/ }).waitFor();
  page.once("dialog", (dialog) => void dialog.accept());
  await kept.getByRole("button", { name: "Delete: The run that is training" }).click();
  await kept.getByText("Nothing of yours yet.").or(kept.getByRole("row", { name: /curves/ })).first().waitFor();
  assert.equal(await kept.getByRole("row", { name: /The run that is training/ }).count(), 0);
  assert.deepEqual(real(visitor.faults), []);
  await visitor.close();
});

test("another device can be chosen, and the kernels are checked where there is WebGPU", async () => {
  const visitor = await visit({ device: "webgpu", path: "?device=cpu#device" });
  const { page } = visitor;
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy the report" }).click();
  await page.getByText("Copied.").waitFor();
  const report = await page.evaluate(() => navigator.clipboard.readText());
  for (const part of [/maxBufferSize \d+/, /subgroups (yes|no)/, /Every case is right/, /\(software\), .+ \(.+\)\nright/, /compiled and checked in [\d.]+ s/]) assert.match(report, part);
  const lines = (await page.getByLabel("Check of the kernels").innerText()).split("\n");
  assert.ok(lines.length > 15 && lines.slice(1, -1).every((line) => line.startsWith("right")), lines.join("\n"));
  await page.getByLabel("What runs the model").and(page.getByRole("combobox")).selectOption("webgpu");
  await runsOn(page, "webgpu");
  assert.deepEqual(real(visitor.faults), []);
  await visitor.close();
});

for (const look of LOOKS) {
  const { colorScheme, width } = look;
  test(`${colorScheme}, ${width} pixels wide: the device view is readable, and nothing sticks out`, async () => {
    const visitor = await visit({ path: "?device=cpu#device", context: contextOf(look) });
    await section(visitor.page, "What runs the model").getByText(/because/).waitFor();
    await shot(visitor.page, `${width}-${colorScheme}-device`);
    await noViolations(visitor.page);
    assert.deepEqual(real(visitor.faults), []);
    await visitor.close();
  });
}
