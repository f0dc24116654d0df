/** Asking on each device: words and drawings in order, an answer, stopping, and the same seed again. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DEVICES, ROOT, askAbout, file, finished, made, patchWorker, runsOn, savedFile, sticker, visit } from "./harness.mjs";

const MAZE = file("www/samples/maze.png");
const QUESTION = "how do i get from orange to purple?";

test("a browser without fused multiply-adds takes the program without them", async () => {
  /** @type {string[]} */
  const taken = [];
  const visitor = await visit({
    prepare: (page) => {
      page.on("request", (request) => taken.push(request.url()));
      return patchWorker(page, "WebAssembly.validate = () => false;");
    },
  });
  await askAbout(visitor, MAZE, QUESTION);
  assert.match(await visitor.answer.innerText(), /\S/);
  const programs = taken.filter((url) => url.endsWith(".wasm"));
  assert.deepEqual(programs.map((url) => url.split("/").at(-2)), ["cpu"]);
  await visitor.close();
});

for (const device of DEVICES) {
  test(`${device}: a picture and a question lead to words, drawings and an answer`, async () => {
    const visitor = await visit({ device });
    await askAbout(visitor, MAZE, QUESTION);

    const panels = await visitor.log.evaluate((log) => [...log.querySelectorAll("p, figure")].map((part) => part.localName));
    assert.equal(panels[0], "p", "the thought begins with words");
    assert.ok(panels.includes("figure"), "the thought holds a drawing");
    const pictures = visitor.log.locator("figure img");
    assert.equal(await pictures.count(), panels.filter((part) => part === "figure").length, "every drawing is finished");
    const size = await pictures.first().evaluate((/** @type {HTMLImageElement} */ image) => [image.naturalWidth, image.naturalHeight]);
    assert.ok(size[0] > 0 && size[0] === size[1], "drawings are square");
    assert.match(await visitor.answer.innerText(), /\S/);
    assert.match(await visitor.page.locator(".facts").innerText(), /tokens per second/);
    await runsOn(visitor.page, device);
    assert.deepEqual(visitor.faults, []);
    await visitor.close();
  });

  test(`${device}: Stop ends the answer and keeps what is there; asking goes on`, async () => {
    // The CPU answers in less time than a click may take, so its worker takes a long breath after each piece.
    const visitor = await visit({
      device,
      prepare: (page) => patchWorker(page, "nextMessage = () => new Promise((resolve) => setTimeout(resolve, 200));"),
    });
    await visitor.picture.setInputFiles(MAZE);
    await visitor.question.fill(QUESTION);
    await visitor.askButton.click();
    await visitor.log.locator("p").first().waitFor();
    await visitor.stopButton.click();
    await finished(visitor);
    assert.match(await visitor.log.innerText(), /\S/);
    assert.equal(await visitor.alert.count(), 0, "stopping is no trouble");
    await visitor.askButton.click();
    await finished(visitor);
    assert.match(await visitor.answer.innerText(), /\S/);
    assert.deepEqual(visitor.faults, []);
    await visitor.close();
  });

  test(`${device}: a held-out photo with a sticker on it`, async () => {
    const visitor = await visit({ device });
    const photo = await stuckOn(visitor.page, file("tests/photos/coffee.jpg").buffer, sticker("fox"));
    await askAbout(visitor, made("holiday.jpg", photo, "image/jpeg"), "what is in the top right?");
    const shown = await visitor.page.locator(".drop img").evaluate((/** @type {HTMLImageElement} */ image) => [image.naturalWidth, image.naturalHeight]);
    assert.deepEqual(shown, [600, 400], "the page shows the photo that was asked about");
    await visitor.log.getByText("Drawing 1, exact").waitFor();
    const zoomed = await visitor.log.locator("figure img").first().evaluate((/** @type {HTMLImageElement} */ image) => image.naturalWidth);
    assert.ok(zoomed > 64, `a zoom is cut from the photo at its own resolution, ${zoomed} pixels wide`);
    assert.match(await visitor.log.innerText(), /\S/);
    assert.match(await visitor.answer.innerText(), /\S/);
    assert.match(await visitor.page.locator(".facts").innerText(), device === "cpu" ? /CPU/ : /WebGPU/);
    assert.deepEqual(visitor.faults, []);
    await visitor.close();
  });
}

test("the same seed gives the same words and drawings", async () => {
  const visitor = await visit({ path: "?device=cpu&seed=7" });
  await askAbout(visitor, MAZE, QUESTION);
  const first = await told(visitor);
  await visitor.page.getByRole("button", { name: "Same seed again" }).click();
  await finished(visitor);
  assert.deepEqual(await told(visitor), first);
  assert.match(await visitor.page.locator(".facts").innerText(), /seed 7/);
  await visitor.close();
});

test("a surprise brings its question, and the verdict comes with the answer", async () => {
  const visitor = await visit();
  for (const kind of ["V2", "N1"]) {
    await visitor.page.getByLabel("Kind of task").selectOption(kind);
    await visitor.question.fill("");
    await visitor.page.getByRole("button", { name: "Surprise me" }).click();
    await visitor.page.locator(".chip").first().waitFor();
    await visitor.page.waitForFunction(() => document.querySelector("omni-r1").shadowRoot.querySelector("textarea").value);
    await visitor.askButton.click();
    await finished(visitor);
    await visitor.page.getByText(/That is right|Not quite/).waitFor();
  }
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("the native program gives the same tokens for the same seed", async () => {
  const program = process.env.OMNI_R1;
  assert.ok(program, "OMNI_R1 must name the native program");
  const folder = mkdtempSync(join(tmpdir(), "omni-r1-"));
  const picture = ["--image", "www/samples/maze.png", "--question", QUESTION];
  execFileSync(program, ["reason", ...picture, "--seed", "7", "--out", folder], { cwd: ROOT });
  const native = JSON.parse(readFileSync(join(folder, "transcript.json"), "utf8"));
  rmSync(folder, { recursive: true });
  for (const device of DEVICES) {
    const visitor = await visit({ device, path: `?device=${device}&seed=7&pictures=imagined` });
    await askAbout(visitor, MAZE, QUESTION);
    const { steps, answer, tokens } = JSON.parse(await saved(visitor.page, "Save as data"));
    assert.deepEqual({ steps, answer, tokens }, { steps: native.steps, answer: native.answer, tokens: native.tokens }, device);
    await visitor.close();
  }
});

test("the transcript can be kept, as data and to read", async () => {
  const visitor = await visit({ path: "?device=cpu&seed=3" });
  await askAbout(visitor, MAZE, QUESTION);
  const data = JSON.parse(await saved(visitor.page, "Save as data"));
  assert.equal(data.seed, 3);
  assert.equal(data.answer, await visitor.answer.innerText());
  assert.match(await saved(visitor.page, "Save to read"), /^<!doctype html>[^]*data:image\/png;base64/);
  await visitor.close();
});

/** Says how often an answer's files were packed. */
const COUNTING = `
const keep = answers.set.bind(answers);
let packed = 0;
answers.set = (id, answer) => {
  const files = answer.files.bind(answer);
  answer.files = () => (post({ type: "state", state: { notice: "packed " + ++packed } }), files());
  return keep(id, answer);
};`;

test("an answer's files are packed when they are wanted, not before the next question", async () => {
  const visitor = await visit({ prepare: (page) => patchWorker(page, COUNTING) });
  await askAbout(visitor, MAZE, QUESTION);
  await askAbout(visitor, MAZE, QUESTION);
  assert.equal(await visitor.page.getByText(/packed \d/).count(), 0);
  await saved(visitor.page, "Save as data");
  assert.equal(await visitor.page.getByText(/packed \d/).innerText(), "packed 1");
  await visitor.close();
});

test("an answer of \"i can't tell\" says what can be asked instead", async () => {
  const visitor = await visit({ path: "?device=cpu" });
  const shown = await visitor.page.evaluate(async () => {
    const { Answer } = await import(new URL("www/views/answer.js", location.href).href);
    const answer = new Answer();
    answer.capabilities = ["D1", "V1"];
    const after = (/** @type {string} */ text) => (answer.show(text), [...answer.element.querySelectorAll(":not([hidden]) > .help:not([hidden])")].map((help) => help.textContent));
    const [known, unknown, again] = [after("3"), after("i can't tell"), after("3")];
    const end = { type: "end", tokens: 9, ms: 50, device: "cpu", sure: 0.824, strange: true };
    answer.finish(end, "CPU", 1);
    return { known, unknown, again, strange: answer.element.textContent };
  });
  assert.match(shown.strange, /unlike what I have practised[^]*82% sure/);
  assert.deepEqual([shown.known, shown.again], [[], []]);
  assert.match(shown.unknown[0] ?? "", /count shapes, solve a maze/);
  await visitor.close();
});

/**
 * A JPEG of the photo with the sticker in its top right, half as high as the photo.
 * @param {import("playwright-core").Page} page @param {Buffer} photo a JPEG @param {Buffer} sticker a WebP
 */
async function stuckOn(page, photo, sticker) {
  const address = (/** @type {string} */ kind, /** @type {Buffer} */ bytes) => `data:image/${kind};base64,${bytes.toString("base64")}`;
  const jpeg = await page.evaluate(async (addresses) => {
    const [photo, sticker] = await Promise.all(addresses.map(async (src) => {
      const image = Object.assign(new Image(), { src });
      await image.decode();
      return image;
    }));
    const canvas = new OffscreenCanvas(photo.width, photo.height);
    const context = canvas.getContext("2d");
    context.drawImage(photo, 0, 0);
    const [height, width] = [photo.height / 2, (photo.height / 2) * (sticker.width / sticker.height)];
    context.drawImage(sticker, photo.width - width * 1.1, height * 0.1, width, height);
    const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 });
    return [...new Uint8Array(await blob.arrayBuffer())];
  }, [address("jpeg", photo), address("webp", sticker)]);
  return Buffer.from(jpeg);
}

/** @param {Awaited<ReturnType<typeof visit>>} visitor */
async function told(visitor) {
  const pictures = await visitor.log.locator("figure img").evaluateAll((/** @type {HTMLImageElement[]} */ images) => Promise.all(images.map(async (image) => {
    const bytes = new Uint8Array(await (await fetch(image.src)).arrayBuffer());
    return Array.from(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))).join();
  })));
  return { words: await visitor.log.innerText(), pictures, answer: await visitor.answer.innerText() };
}

/** What a way to save gives, as text. @param {import("playwright-core").Page} page @param {string} name */
async function saved(page, name) {
  return (await savedFile(page, name)).toString();
}
