/** Pastes, drops, foreign formats, the keyboard and the camera in a browser: each is used, or answered in a sentence. */

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { askAbout, file, made, visit } from "./harness.mjs";
import { TRAIN } from "./training.mjs";

const MAZE = file("www/samples/maze.png");
/** 64 by 48 pixels, a red square on white. */
const AVIF = "AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUIAAADrbWV0YQAAAAAAAAAhaGRscgAAAAAAAAAAcGljdAAAAAAAAAAAAAAAAAAAAAAOcGl0bQAAAAAAAQAAAB5pbG9jAAAAAEQAAAEAAQAAAAEAAAETAAAARgAAAChpaW5mAAAAAAABAAAAGmluZmUCAAAAAAEAAGF2MDFDb2xvcgAAAABqaXBycAAAAEtpcGNvAAAAFGlzcGUAAAAAAAAAQAAAADAAAAAQcGl4aQAAAAADCAgIAAAADGF2MUOBAAwAAAAAE2NvbHJuY2x4AAEADQAGgAAAABdpcG1hAAAAAAAAAAEAAQQBAoMEAAAATm1kYXQSAAoJGBV/vaICGg0IMjdF4eHhiGEkkkmUAAAC2ZTdbTcrDz1HcRoLfQp6Px8lPI0NOw+V4cO5hnBvylOdgPYyeU0/h7ko";

/** @type {Awaited<ReturnType<typeof visit>>} */
let visitor;
before(async () => {
  visitor = await visit({ path: "www/embed.html" });
  await visitor.page.evaluate(() => document.body.append(Object.assign(document.createElement("input"), { id: "host" })));
});
after(() => visitor.close());
beforeEach(() => visitor.question.fill(""));

/**
 * Gives something by a paste or a drop; whether the browser's own way was left to it.
 * @param {import("playwright-core").Page} page @param {"paste" | "drop"} kind @param {string} target a selector @param {{picture?: string, texts?: Record<string, string>}} given
 */
function give(page, kind, target, { picture = "", texts = {} }) {
  return page.locator(target).first().evaluate(async (element, { kind, picture, texts }) => {
    const data = new DataTransfer();
    if (picture) data.items.add(new File([await (await fetch(picture)).blob()], "given.png", { type: "image/png" }));
    for (const [type, text] of Object.entries(texts)) data.setData(type, text);
    const options = { bubbles: true, composed: true, cancelable: true };
    const event = kind === "drop" ? new DragEvent("drop", { ...options, dataTransfer: data }) : new ClipboardEvent("paste", { ...options, clipboardData: data });
    return element.dispatchEvent(event);
  }, { kind, picture, texts });
}

const picture = "samples/maze.png";
const shown = () => visitor.page.locator(".drop img[src]");
const forget = async () => {
  await visitor.picture.setInputFiles(made("no.png", "no", "image/png"));
  await visitor.alert.filter({ hasText: /isn't a picture/ }).waitFor();
};

test("cells of a spreadsheet that are pasted into the question are words, though a picture comes with them", async () => {
  await forget();
  assert.ok(await give(visitor.page, "paste", "textarea", { picture, texts: { "text/plain": "a\tb" } }), "the browser pastes them");
  assert.equal(await shown().count(), 0);
  assert.equal(await give(visitor.page, "paste", "textarea", { picture }), false);
  await shown().waitFor();
});

test("a picture that is pasted into the host page's own field stays there", async () => {
  await forget();
  assert.ok(await give(visitor.page, "paste", "#host", { picture }));
  assert.equal(await shown().count(), 0);
  assert.equal(await give(visitor.page, "paste", "body", { picture }), false, "where nobody else wants it, it is taken");
  await shown().waitFor();
});

test("a picture that is dragged out of a page is fetched, or the reader is told to save it", async () => {
  await forget();
  const address = new URL("samples/maze.png", visitor.page.url()).href;
  await give(visitor.page, "drop", ".view", { texts: { "text/html": `<a href="#"><img src="${address}"></a>`, "text/uri-list": "http://127.0.0.1:1/page.html" } });
  await shown().waitFor();
  await give(visitor.page, "drop", ".view", { texts: { "text/uri-list": "http://127.0.0.1:1/cat.png" } });
  await visitor.alert.filter({ hasText: /doesn't let others read it.*Save the picture/ }).waitFor();
  await give(visitor.page, "drop", ".drop", { texts: { "text/plain": "words" } });
  await visitor.alert.filter({ hasText: /no picture in what was dropped/ }).waitFor();
});

test("an AVIF picture is decoded by the browser and asked about; a HEIC picture is named", async () => {
  await visitor.picture.setInputFiles(made("phone.heic", Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic and so on", "latin1"), "image/heic"));
  await visitor.alert.filter({ hasText: /can't open HEIC pictures.*JPEG or PNG/ }).waitFor();
  await askAbout(visitor, made("phone.avif", Buffer.from(AVIF, "base64"), "image/avif"), "how many squares are there?");
  assert.match(await visitor.answer.innerText(), /\S/);
  assert.equal(await visitor.alert.count(), 0);
  assert.deepEqual(await shown().evaluate((/** @type {HTMLImageElement} */ image) => [image.naturalWidth, image.naturalHeight]), [64, 48]);
});

test("the Enter that ends a composition of characters asks nothing, in Safari too", async () => {
  await visitor.picture.setInputFiles(MAZE);
  await shown().waitFor();
  const press = (/** @type {object} */ more) => visitor.question.evaluate((field, more) => field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true, ...more })), more);
  await visitor.question.fill("みぎ?");
  assert.ok(await press({ keyCode: 229 }), "Safari's, which says nothing of a composition");
  assert.ok(await press({ isComposing: true, keyCode: 13 }));
  assert.ok(await visitor.askButton.isEnabled());
  assert.equal(await press({ keyCode: 13 }), false);
  await visitor.answer.filter({ hasText: /\S/ }).waitFor();
});

test("a file that is dropped on Train is used there, and never takes the page away", async () => {
  const trainer = await visit({ path: TRAIN });
  const { page } = trainer;
  await page.getByLabel("cross the ice").waitFor();
  await give(page, "drop", ".train", { picture: "www/samples/shapes.png" });
  await page.locator(".board img[src]").waitFor();
  assert.equal(await give(page, "drop", ".train", { texts: { "text/uri-list": "http://127.0.0.1:1/cat.png" } }), false);
  await trainer.alert.filter({ hasText: /no file in what was dropped/ }).waitFor();
  assert.ok(page.url().endsWith("#train"));
  assert.deepEqual(trainer.faults, []);
  await trainer.close();
});

test("a camera that another program uses is told as that; one that is on goes off when the element leaves", async () => {
  const other = await visit({ path: "www/embed.html" });
  const { page } = other;
  const camera = page.getByRole("button", { name: "Camera" });
  await page.evaluate(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("busy", "NotReadableError"));
  });
  await camera.click();
  await other.alert.filter({ hasText: /in use by another program/ }).waitFor();
  await page.evaluate(() => {
    window.stream = document.createElement("canvas").captureStream();
    navigator.mediaDevices.getUserMedia = async () => window.stream;
  });
  await camera.click();
  await page.getByRole("dialog", { name: "Camera" }).waitFor();
  await page.evaluate(() => document.querySelector("omni-r1")?.remove());
  await page.waitForFunction(() => window.stream.getTracks().every(({ readyState }) => readyState === "ended"));
  await other.close();
});

test("no chooser of files greys out a kind by its name alone, as iPads do", async () => {
  const trainer = await visit({ path: TRAIN });
  await trainer.page.getByLabel("cross the ice").waitFor();
  const accepts = await trainer.page.locator("input[type=file]").evaluateAll((/** @type {HTMLInputElement[]} */ inputs) => inputs.map(({ accept }) => accept.split(",")));
  assert.ok(accepts.length >= 4);
  for (const accept of accepts) assert.ok(accept.every((kind) => kind.includes("/")) || accept.includes("application/octet-stream"), accept.join());
  await trainer.close();
});
