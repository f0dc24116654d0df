/** What people get wrong: each gets one clear sentence, and the page goes on working. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { askAbout, file, made, visit } from "./harness.mjs";

const MAZE = file("www/samples/maze.png");
const QUESTION = "how do i get from orange to purple?";

/** A PNG whose header claims more pixels than any memory holds. */
function hugePng() {
  const header = Buffer.alloc(33);
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]).copy(header);
  header.write("IHDR", 12, "latin1");
  header.writeUInt32BE(30_000, 16);
  header.writeUInt32BE(30_000, 20);
  header.set([8, 2, 0, 0, 0], 24);
  header.writeUInt32BE(crc32(header.subarray(12, 29)), 29);
  return header;
}

/** @param {Buffer} bytes */
function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

const jpeg = file("tests/photos/coffee.jpg").buffer;
const BAD_PICTURES = [
  ["a text file named .png", made("notes.png", "just some words", "image/png"), /isn't a picture/],
  ["a truncated JPEG", made("cut.jpg", jpeg.subarray(0, jpeg.length / 3), "image/jpeg"), /damaged|incomplete/],
  ["a header of 30,000 by 30,000 pixels", made("huge.png", hugePng(), "image/png"), /too large/],
  ["a palette that a decoder breaks on", made("palette.png", Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAMAAAAoyzS7AAAABFBMVEUJCAcGYZqDugAAAApJREFUeJxjYAQAAAMAAkv13eoAAAAASUVORK5CYII=", "base64"), "image/png"), /damaged/],
  ["an SVG", made("drawing.svg", '<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml"), /SVG/],
  ["an empty file", made("empty.png", "", "image/png"), /empty/],
];

let visitor;
before(async () => {
  visitor = await visit();
});
after(() => visitor.close());

for (const [name, bad, expected] of BAD_PICTURES) {
  test(`${name} is refused at once, and again when asked about`, async () => {
    await visitor.picture.setInputFiles(bad);
    await visitor.alert.filter({ hasText: expected }).waitFor();
    await visitor.question.fill(QUESTION);
    await visitor.askButton.click();
    await visitor.alert.filter({ hasText: expected }).waitFor();
    await goesOn();
  });
}

for (const [name, question, expected] of [
  ["an empty question", "  ", /question is empty/],
  ["a question of 5,000 characters", "why? ".repeat(1_000), /at most 500/],
]) {
  test(`${name} is refused`, async () => {
    await visitor.picture.setInputFiles(MAZE);
    await visitor.question.fill(question);
    await visitor.askButton.click();
    await visitor.alert.filter({ hasText: expected }).waitFor();
    await goesOn();
  });
}

test("asking without a picture says what to do", async () => {
  const fresh = await visit({ path: "www/embed.html" });
  await fresh.question.fill(QUESTION);
  await fresh.askButton.click();
  await fresh.alert.filter({ hasText: /no picture yet.*Choose one/ }).waitFor();
  await fresh.close();
});

test("pictures of every common kind are taken, also dropped and pasted", async () => {
  for (const path of ["www/samples/photo.png", "tests/photos/china.jpg"]) {
    await visitor.picture.setInputFiles(file(path));
    await visitor.page.locator(".drop img[src]").waitFor();
  }
  for (const kind of ["drop", "paste"]) {
    await visitor.picture.setInputFiles(made("no.png", "no", "image/png"));
    await visitor.alert.filter({ hasText: /isn't a picture/ }).waitFor();
    await visitor.page.evaluate(async ([kind, address]) => {
      const data = new DataTransfer();
      data.items.add(new File([await (await fetch(address)).blob()], "maze.png", { type: "image/png" }));
      const target = document.querySelector("omni-r1").shadowRoot.querySelector(".view");
      const options = { bubbles: true, composed: true, cancelable: true };
      target.dispatchEvent(kind === "drop"
        ? new DragEvent("drop", { ...options, dataTransfer: data })
        : new ClipboardEvent("paste", { ...options, clipboardData: data }));
    }, [kind, "www/samples/maze.png"]);
    await visitor.page.locator(".drop img[src]").waitFor();
  }
});

async function goesOn() {
  await askAbout(visitor, MAZE, QUESTION);
  assert.match(await visitor.answer.innerText(), /\S/);
  assert.equal(await visitor.alert.count(), 0);
  assert.deepEqual(visitor.faults, []);
}
