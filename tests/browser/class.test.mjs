/** A lesson with a class: a link and its QR code, what pupils hand in, and how their teacher's page sums it up. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { contextOf, noViolations, shot } from "./axe.mjs";
import { visit } from "./harness.mjs";

/** @typedef {Awaited<ReturnType<typeof visit>>} Visitor */

/** A projector in a dark room. */
const PROJECTOR = { ...contextOf({ colorScheme: "dark", width: 1366, height: 650 }), acceptDownloads: true };

/** @param {Visitor} visitor @param {() => Promise<void>} act */
async function downloaded({ page }, act) {
  const [file] = await Promise.all([page.waitForEvent("download"), act()]);
  return { name: file.suggestedFilename(), buffer: readFileSync(await file.path()), mimeType: "application/json" };
}

/** A pupil who follows the class's link, guesses, answers the check, and hands in. @param {string} link @param {string} name @param {string} guess @param {string[]} checks */
async function pupil(link, name, guess, checks) {
  const visitor = await visit({ path: link, context: { acceptDownloads: true } });
  const { page } = visitor;
  const handIn = page.getByRole("button", { name: "Hand in" });
  await page.getByLabel(guess).check();
  assert.equal(await page.getByText("For teachers").count(), 0, "the answers aren't a pupil's");
  assert.ok(await handIn.isHidden(), "there is nothing to hand in yet");
  await page.getByRole("button", { name: "That is my guess" }).click();
  await page.getByRole("heading", { name: "Check yourself" }).waitFor();
  for (const check of checks) {
    await page.getByLabel(check).check();
    await page.getByRole("button", { name: "Check", exact: true }).click();
  }
  await handIn.click();
  await visitor.alert.filter({ hasText: "There is no name yet." }).waitFor();
  assert.ok(await page.getByLabel("Your name").evaluate((field) => field.matches(":focus")), "the field for it has the focus");
  await page.getByLabel("Your name").fill(name);
  const file = await downloaded(visitor, () => handIn.click());
  await page.getByText(`${file.name} is saved on your device`).waitFor();
  assert.deepEqual(visitor.faults, [], "nothing goes elsewhere");
  const requests = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  assert.ok(!requests.some((address) => address.includes(name)), "the name stays here");
  await visitor.close();
  return file;
}

test("two pupils hand in, and their teacher's page sums it up", async () => {
  const teacher = await visit({ path: "?device=cpu#learn/drawing", context: PROJECTOR });
  const { page } = teacher;
  await page.getByText("For teachers").click();
  await page.getByLabel("Questions in the experiment").fill("4");
  const link = await page.getByLabel("Link", { exact: true }).inputValue();

  const loaded = () => page.evaluate(() => performance.getEntriesByType("resource").some(({ name }) => name.includes("qrcode-generator")));
  assert.equal(await loaded(), false, "what draws the code is fetched when it is wanted");
  await page.getByRole("button", { name: "Show as QR code" }).click();
  const dialog = page.getByRole("dialog", { name: "Drawing helps thinking" });
  const code = dialog.getByRole("img", { name: "QR code of the link below" });
  await code.waitFor();
  assert.equal(await loaded(), true);
  await dialog.getByText(link, { exact: true }).waitFor();
  const { width, height } = /** @type {{width: number, height: number}} */ (await code.boundingBox());
  assert.ok(height > 580 && Math.abs(width - height) < 1, `${width} by ${height} of 650 pixels`);
  assert.match(String(await code.getAttribute("viewBox")), /^-4 -4 /, "four modules of white around it");
  assert.equal(await code.locator("rect").evaluate((rect) => getComputedStyle(rect).fill), "rgb(255, 255, 255)");
  await shot(page, "class-qr");
  await noViolations(page);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });

  const right = "It reads what it drew, and its answer depends on it.";
  const ada = await pupil(link, "Ada", "Words only.", ["It is pure chance.", right]);
  const bob = await pupil(link, "Bob", "Blank sheets for drawings.", [right]);
  const wrong = { name: "holiday.json", mimeType: "application/json", buffer: Buffer.from("{}") };
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("button", { name: "Read what pupils handed in" }).click()]);
  await chooser.setFiles([bob, wrong, ada]);
  await teacher.alert.filter({ hasText: '"holiday.json" is left out' }).waitFor();
  await page.getByText("2 pupils have handed in.").waitFor();

  const [head, ...rows] = await page.getByRole("region", { name: "What each pupil handed in" }).getByRole("row").allInnerTexts();
  const works = [ada, bob].map(({ buffer }) => JSON.parse(buffer.toString()));
  const verdict = (/** @type {any} */ { right, chosen }) => (chosen[0] === right ? "right" : "wrong");
  assert.deepEqual(rows.map((row) => row.split(/\s*\t\s*/).slice(0, 3)), works.map(({ name, guess, check }) => [name, verdict(guess), verdict(check)]));
  assert.deepEqual(works.map(({ check }) => verdict(check)), ["wrong", "right"], "the first answer counts");
  assert.match(head, /Its own drawings/);
  await page.getByText("1 of 2 chose the right one first.").last().waitFor();
  const sums = await page.getByRole("list", { name: "Right answers of the model, all devices together" }).getByRole("listitem").allInnerTexts();
  const own = works.map(({ counts }) => counts[0].right).reduce((sum, one) => sum + one);
  assert.equal(sums.length, 4);
  assert.match(sums[0], new RegExp(`^Its own drawings\\s+${own} of 8$`));
  await shot(page, "class-sums");
  await noViolations(page);

  const table = await downloaded(teacher, () => page.getByRole("button", { name: "Save as CSV" }).click());
  assert.equal(table.name, "drawing.csv");
  assert.match(table.buffer.toString(), /\r\n"Ada","\w+","wrong","\d+",.*"Words only\.","It is pure chance\.","1","4"\r\n"Bob"/);

  // The same pupil again, dropped: the later file counts.
  const again = JSON.stringify({ ...works[0], name: "ADA", at: new Date().toISOString(), check: works[1].check });
  const data = await page.evaluateHandle((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], "again.json"));
    return data;
  }, again);
  await page.getByText("or drop the files here").dispatchEvent("drop", { dataTransfer: data });
  await page.getByText("2 pupils have handed in. 1 file is an earlier one").waitFor();
  await page.getByText("2 of 2 chose the right one first.").last().waitFor();
  await page.getByRole("button", { name: "Begin again" }).click();
  assert.ok(await page.getByRole("button", { name: "Save as CSV" }).isHidden());
  assert.deepEqual(teacher.faults, []);
  await teacher.close();
});

test("what a class handed in is printed alone; a file of another lesson is told", async () => {
  const teacher = await visit({ path: "?device=cpu#learn/codes", prepare: (page) => page.addInitScript(() => (window.print = () => {})) });
  const { page } = teacher;
  const answered = { ask: "How many times smaller is that?", options: ["About 10 times.", "About 150 times."], right: 1, chosen: [1] };
  const work = { form: "omni-r1-lesson", lesson: "codes", settings: { seed: 3 }, name: "Cleo", guess: answered, check: null, counts: [], seconds: 90, at: new Date().toISOString() };
  const file = (/** @type {string} */ name, /** @type {object} */ content) => ({ name, mimeType: "application/json", buffer: Buffer.from(JSON.stringify(content)) });
  await page.getByText("For teachers").click();
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByRole("button", { name: "Read what pupils handed in" }).click()]);
  await chooser.setFiles([file("cleo.json", work), file("dan.json", { ...work, lesson: "rewards", name: "Dan" })]);
  await teacher.alert.filter({ hasText: '"dan.json" is left out: it belongs to the lesson "Learning from rewards".' }).waitFor();
  await page.getByText("1 pupil has handed in.").waitFor();
  await page.getByRole("button", { name: "Show as QR code" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Close" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Print this table" }).click();
  await page.emulateMedia({ media: "print" });
  assert.ok(await page.getByRole("cell", { name: "right" }).isVisible());
  for (const other of ["Guess first", "How it works", "Teacher's note: Pixels to codes", "Collect these files"]) assert.ok(await page.getByText(other).first().isHidden(), other);
  assert.deepEqual(teacher.faults, []);
  await teacher.close();
});
