/** The learn view, on the CPU: a pupil goes through every lesson by what there is to read; the times are recorded. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { LOOKS, contextOf, noViolations, shot } from "./axe.mjs";
import { visit } from "./harness.mjs";
import { order } from "./training.mjs";

/** As a class may be given it: with fewer questions and steps than by itself, so that it is quick. */
const lesson = (/** @type {string} */ place) => `?device=cpu#learn/${place}`;

/** @typedef {Awaited<ReturnType<typeof visit>>} Visitor */

/** @param {Visitor} visitor @param {string} name */
const press = ({ page }, name) => page.getByRole("button", { name, exact: true }).click();

/** A radio button is chosen by its words. @param {Visitor} visitor @param {string | RegExp} answer @param {string} button */
async function answer(visitor, answer, button) {
  await visitor.page.getByLabel(answer).check();
  await press(visitor, button);
}

/** Guesses, and waits for what was to be seen. @param {Visitor} visitor @param {string | RegExp} guess */
async function guess(visitor, guess) {
  await answer(visitor, guess, "That is my guess");
  await visitor.page.getByRole("heading", { name: "Check yourself" }).waitFor();
}

/** The check is answered wrong, then right; the lesson is over. @param {Visitor} visitor @param {string} wrong @param {string | RegExp} right */
async function finish(visitor, wrong, right) {
  await answer(visitor, wrong, "Check");
  await visitor.page.getByText("Not quite. Think again.").waitFor();
  await answer(visitor, right, "Check");
  await visitor.page.getByText("You have finished this lesson.").waitFor();
}

/** A pupil in a lesson. @param {string} name @param {string} place @param {(visitor: Visitor) => Promise<void>} pupil */
function goesThrough(name, place, pupil) {
  test(`a pupil goes through "${name}"`, async (t) => {
    const visitor = await visit({ path: lesson(place) });
    const begin = performance.now();
    await visitor.page.getByRole("heading", { level: 2, name }).waitFor();
    await pupil(visitor);
    t.diagnostic(`${place}: ${((performance.now() - begin) / 1000).toFixed(1)} s`);
    await visitor.page.getByRole("link", { name: "All lessons" }).first().click();
    const card = visitor.page.getByRole("link", { name });
    await card.filter({ hasText: "finished" }).waitFor();
    assert.deepEqual(visitor.faults, []);
    await visitor.close();
  });
}

goesThrough("Pixels to codes", "codes", async (visitor) => {
  const { page } = visitor;
  await guess(visitor, /^Much the same/);
  const numbers = await page.getByRole("table", { name: /^Its \d+ codes$/ }).getByRole("cell").allInnerTexts();
  await page.getByText(`So the whole picture becomes ${numbers.length} codes.`).waitFor();
  assert.ok(numbers.every((code) => Number(code) < 1024));
  const picture = page.getByRole("img", { name: "The picture, drawn from its codes" });
  const before = await picture.getAttribute("src");
  await page.getByRole("button", { name: /^The whole codebook/ }).click();
  await page.getByRole("button", { name: "Pattern 7", exact: true }).click();
  for (const place of ["Row 1, column 1", "Row 1, column 2", "Row 2, column 1"]) await page.getByRole("button", { name: new RegExp(`^${place}:`) }).click();
  await page.getByText(`3 of ${numbers.length} codes are changed.`).waitFor();
  assert.notEqual(await picture.getAttribute("src"), before);
  await page.getByRole("button", { name: "Row 1, column 1: code 7" }).waitFor();
  await press(visitor, "Begin again");
  await page.getByText(`0 of ${numbers.length} codes are changed.`).waitFor();
  assert.equal(await picture.getAttribute("src"), before, "the same codes, the same picture");
  await finish(visitor, "About a million times.", /^About \d\d\d times\.$/);
});

goesThrough("One row of words and pictures", "row", async (visitor) => {
  const { page } = visitor;
  await guess(visitor, /one for each of the picture's \d+ squares\.$/);
  const counted = await page.getByText(/^\d+ tokens: \d+ for words, \d+ codes of the picture, and 5 marks\.$/).innerText();
  const whole = Number(/, (\d+) codes/.exec(counted)?.[1]);
  await page.getByRole("img", { name: `${whole} codes of a picture` }).waitFor();
  await page.getByLabel("Your question").fill("where is the whale?");
  await press(visitor, "Let the model go on");
  const wrote = await page.getByText(/^It wrote \d+ tokens more/).innerText();
  const codes = Number(/, (\d+) codes of drawings/.exec(wrote)?.[1]);
  assert.ok(codes > 0 && codes % whole === 0, `${codes} codes are whole drawings`);
  await finish(visitor, "Codes are longer than words.", "The model writes a mark that means: a picture begins.");
});

goesThrough("Guess the next token", "next", async (visitor) => {
  const { page } = visitor;
  await page.getByRole("radio").first().waitFor();
  await page.getByRole("radio").first().check();
  await press(visitor, "That is my guess");
  await page.getByText(/^It (is quite|is fairly|isn't) sure here\.$/).waitFor();
  const allowed = page.getByText(/^Allowed now:/);
  const tokens = page.getByRole("list", { name: "The row of tokens" }).getByRole("listitem");
  const draw = page.getByRole("button", { name: "Let it draw the rest of the picture" });
  let drawn = false;
  for (let i = 0; i < 40 && !drawn; i++) {
    await allowed.waitFor();
    const [said, length] = [await allowed.innerText(), await tokens.count()];
    if (said.includes("(picture:)")) assert.match(said, /^Allowed now: 1 of /);
    drawn = await draw.isVisible();
    if (drawn) assert.match(said, /^Allowed now: 1,024 of .* \(only codes of a picture\)/);
    if (drawn) await draw.click();
    else await page.getByRole("button", { name: /, \d+%$/ }).first().click();
    await tokens.nth(length).waitFor();
  }
  assert.ok(drawn, "the likeliest tokens lead to a drawing");
  await finish(visitor, "Any word or code.", "Only a code of a picture.");
});

goesThrough("Drawing helps thinking", "drawing?items=6", async (visitor) => {
  const { page } = visitor;
  await guess(visitor, "Blank sheets for drawings.");
  await page.getByText("All 6 questions are answered.").waitFor();
  const bars = await page.getByRole("list", { name: "Right answers, by what was drawn" }).getByRole("listitem").allInnerTexts();
  const [own, , blank] = bars.map((bar) => Number(/(\d+) of 6/.exec(bar)?.[1]));
  assert.ok(own > blank, `${bars.join(", ")}`);
  const rows = page.getByRole("row");
  assert.equal(await rows.count(), 7);
  const ticks = await rows.nth(1).getByRole("cell").allInnerTexts();
  await press(visitor, "Look at question 1");
  await page.getByRole("heading", { name: "Question 1" }).waitFor();
  assert.equal(ticks.filter((tick) => tick === "right" || tick === "wrong").length, 4);
  await finish(visitor, "It is pure chance.", "It reads what it drew, and its answer depends on it.");
});

goesThrough("Learning from examples", "examples?steps=60", async (visitor) => {
  const { page } = visitor;
  await guess(visitor, /^13 or more/);
  const finished = page.getByText(/^Finished: \d+ of 20 pictures of the test are right/);
  const right = async (/** @type {number} */ which) => Number(/Finished: (\d+)/.exec(await finished.nth(which).innerText())?.[1]);
  assert.ok((await right(0)) >= 13, `${await right(0)} of 20 are right`);
  assert.match(String(await page.getByRole("img", { name: /^Surprise/ }).first().getAttribute("aria-label")), /loss \d/);
  await press(visitor, "Train with ten examples");
  await finished.nth(1).waitFor();
  assert.ok((await right(1)) < (await right(0)), "ten examples teach less than many");
  await finish(visitor, "It needs a larger loss.", "It has learned the ten answers by heart, but not how to find them.");
});

goesThrough("Learning from rewards", "rewards", async (visitor) => {
  const { page } = visitor;
  await page.getByText(/^On average a try earned/).waitFor();
  const asked = await page.getByText(/^Try \d earned/).innerText();
  const [, earned, average] = /earned ([\d.]+); the average is ([\d.]+)\./.exec(asked) ?? [];
  await guess(visitor, Number(earned) >= Number(average) ? "It becomes likelier." : "It becomes rarer.");
  await page.getByText("Right.", { exact: true }).waitFor();
  const outside = async (/** @type {string} */ step) => {
    await press(visitor, step);
    await page.getByRole("heading", { name: step }).waitFor();
    const words = await page.getByRole("img", { name: /^How far the step moved/ }).last().getAttribute("aria-label");
    return Number(/(\d+) of them outside/.exec(String(words))?.[1]);
  };
  assert.ok((await outside("One careful step")) < (await outside("One bold step")));
  assert.equal(await order(page, { do: "saved" }), null, "a lesson's run isn't kept");
  await finish(visitor, "All of them become rarer.", "Nothing: each advantage is 0.");
});

goesThrough("Hacking the reward", "hacking?steps=16", async (visitor) => {
  const { page } = visitor;
  await guess(visitor, /^The blank sheet/);
  const rows = await page.getByRole("row").allInnerTexts();
  const totals = rows.slice(1).map((row) => Number(row.split(/\s/).at(-1)));
  assert.deepEqual(totals.slice(1), [1, 1]);
  assert.ok(totals[0] < 1);
  await press(visitor, "Train 16 steps");
  const said = await page.getByText(/^Finished\. From/).innerText();
  const [, before, after] = /earned went from ([\d.]+) to ([\d.]+)/.exec(said) ?? [];
  assert.ok(Number(after) > Number(before), said);
  await finish(visitor, "Yes, a higher reward means a better model.", "No: it gets better at earning points, which here isn't the same.");
});

goesThrough("Zero: drawings nobody drew", "zero?examples=3&steps=5", async (visitor) => {
  const { page } = visitor;
  await guess(visitor, /^Something rough/);
  await page.getByText(/^[3-9] thoughts have pictures now/).waitFor();
  await press(visitor, "Practise 5 steps");
  await page.getByText("After 5 steps").waitFor();
  await finish(visitor, "People.", "The model itself.");
});

test("a link carries a class's settings; what it can't carry is said", async () => {
  const visitor = await visit({ path: lesson("drawing?items=7&seed=-1") });
  const { page } = visitor;
  await visitor.alert.filter({ hasText: "The link has a setting that can't be used (seed)" }).waitFor();
  await page.getByText("7 questions, answered in four ways.").waitFor();
  await page.getByText("For teachers").click();
  await page.getByLabel("Seed (which question is drawn)").fill("12");
  const link = page.getByLabel("Link", { exact: true });
  assert.match(await link.inputValue(), /#learn\/drawing\?seed=12&items=7&class=1$/);
  await page.getByLabel("Seed (which question is drawn)").fill("1.5");
  await visitor.alert.filter({ hasText: "Write a whole number within its bounds." }).waitFor();
  await page.getByLabel("Seed (which question is drawn)").fill("13");
  await page.getByRole("link", { name: "Open it here" }).click();
  await page.waitForURL(/#learn\/drawing\?seed=13&items=7&class=1$/);
  await page.getByText("7 questions, answered in four ways.").waitFor();
  await page.goto(new URL(lesson("nothing"), page.url()).href);
  await visitor.alert.filter({ hasText: "There is no such lesson." }).waitFor();
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("the teacher's note is printed alone", async () => {
  const visitor = await visit({ path: lesson("hacking"), prepare: (page) => page.addInitScript(() => (window.print = () => {})) });
  const { page } = visitor;
  await page.getByText("For teachers").click();
  await press(visitor, "Print this note");
  await page.emulateMedia({ media: "print" });
  await page.getByRole("heading", { name: "Teacher's note: Hacking the reward" }).waitFor();
  assert.ok(await page.getByText("both 1.000; the real drawing a little less").isVisible());
  for (const other of ["Guess first", "How it works"]) assert.ok(await page.getByText(other).first().isHidden(), other);
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

for (const look of LOOKS) {
  const { colorScheme, width } = look;
  test(`${colorScheme}, ${width} pixels wide: lessons are readable, and nothing sticks out`, async () => {
    const visitor = await visit({ path: "?device=cpu#learn", context: contextOf(look) });
    const { page } = visitor;
    await page.getByRole("link", { name: "Pixels to codes" }).waitFor();
    await shot(page, `${width}-${colorScheme}-learn`);
    await noViolations(page);
    await page.getByRole("link", { name: "Pixels to codes" }).click();
    await guess(visitor, /^Much the same/);
    await page.getByText("For teachers").click();
    await shot(page, `${width}-${colorScheme}-learn-codes`);
    await noViolations(page);
    // The widest of the lessons, on the narrowest screens.
    if (width < 500) {
      await page.goto(new URL(lesson("drawing?items=4"), page.url()).href);
      await guess(visitor, "Words only.");
      await page.getByRole("button", { name: "Look at question 1" }).click();
      await shot(page, `${width}-${colorScheme}-learn-drawing`);
      await noViolations(page);
    }
    assert.deepEqual(visitor.faults, []);
    await visitor.close();
  });
}
