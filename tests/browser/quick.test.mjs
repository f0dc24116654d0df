/** "Learn in two minutes", as a newcomer goes through it: by what is to be seen, and by nothing else. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { LOOKS, contextOf, noViolations, shot } from "./axe.mjs";
import { visit } from "./harness.mjs";
import { TRAIN, documents, order, steps } from "./training.mjs";

const HELD_OUT = "Pictures of the test answered rightly";

test("an empty model is asked what it never practised, from below 30% right to above 60%, and then in Ask", async () => {
  const visitor = await visit({ path: "?device=cpu" });
  const { page } = visitor;
  await page.getByRole("link", { name: "Train" }).click();
  await page.getByRole("button").filter({ visible: true }).first().filter({ hasText: "Learn in two minutes" }).click();
  const chart = page.getByRole("img", { name: HELD_OUT });
  const share = async () => Number(/right (\d+)%/.exec(String(await chart.getAttribute("aria-label")))?.[1]);
  await page.getByRole("img", { name: new RegExp(`${HELD_OUT}: right \\d`) }).waitFor();
  assert.ok((await share()) < 30, `${await share()}% are right before it has practised`);
  await page.getByText(/^Step \d+ of \d+, about .+ left\.$/).waitFor();
  await page.getByRole("button", { name: "Try it in Ask" }).waitFor();
  assert.ok((await share()) > 60, `${await share()}% are right at the end`);
  await page.getByText(/^It knew nothing at first; now it is right about \d+ of 20/).waitFor();
  await page.getByRole("button", { name: "Set up a run of your own" }).click();
  assert.ok(await page.getByLabel("Learn from").evaluate((select) => select.matches(":focus")));

  await page.getByRole("button", { name: "Try it in Ask" }).click();
  await page.getByText(/^Your model \(\d+ steps\)/).waitFor();
  assert.equal(await visitor.question.inputValue(), "what colour is the shape?");
  await visitor.askButton.click();
  // Who answers at once has written no thought.
  await visitor.answer.filter({ hasText: /red|orange|yellow|green|blue|purple/ }).waitFor();
  await page.getByRole("link", { name: "Train" }).click();
  await page.getByRole("button", { name: "Ask the page's model again" }).click();
  await page.getByRole("link", { name: "Ask" }).click();
  await page.getByText(/^Omni-R1/).filter({ hasText: "on the" }).waitFor();
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("it can be stopped, and touches no run and no model that is kept", async () => {
  const visitor = await visit({ path: TRAIN });
  const { page } = visitor;
  await page.getByLabel("cross the ice").waitFor();
  await order(page, { do: "open", plan: documents("nano", { learning_rate: 3e-3, muon_learning_rate: 0.02 }) });
  await steps(page, 1);
  const kept = await order(page, { do: "keep-model" });
  await page.getByRole("button", { name: "Learn in two minutes" }).click();
  await page.getByText(/^Step [1-9]/).waitFor();
  const [row] = await steps(page, 1);
  assert.equal(row.step, 2, "the run that is open goes on beside it");
  await page.getByRole("button", { name: "Stop practising" }).click();
  await page.getByText("Stopped. Nothing of it is kept.").waitFor();
  assert.ok(await page.getByRole("button", { name: "Learn in two minutes" }).evaluate((button) => button.matches(":focus")));
  await order(page, { do: "stop" });
  assert.equal((await order(page, { do: "saved" })).step, 2);
  assert.deepEqual(await order(page, { do: "kept-model" }), kept);
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("without a connection it says so, and can be pressed again", async () => {
  const visitor = await visit({ path: TRAIN });
  const { page } = visitor;
  await page.getByLabel("cross the ice").waitFor();
  await page.route("**/lessons/en.js", (route) => route.abort());
  await page.getByRole("button", { name: "Learn in two minutes" }).click();
  await visitor.alert.filter({ hasText: "Check the connection, then press the button again." }).waitFor();
  await page.getByRole("button", { name: "Learn in two minutes" }).waitFor();
  await visitor.close();
});

// Each scheme and each size once.
for (const look of [LOOKS[0], LOOKS[3]]) {
  const { colorScheme, width } = look;
  test(`${colorScheme}, ${width} pixels wide: what it learns is readable, and nothing sticks out`, async () => {
    const visitor = await visit({ path: TRAIN, context: contextOf(look) });
    const { page } = visitor;
    await page.getByRole("button", { name: "Learn in two minutes" }).click();
    await page.getByText(/^Step [1-9]/).waitFor();
    await page.getByRole("button", { name: "loss" }).first().focus();
    await page.getByRole("tooltip").waitFor();
    await shot(page, `${width}-${colorScheme}-quick`);
    await noViolations(page);
    assert.deepEqual(visitor.faults, []);
    await visitor.close();
  });
}
