/** The element in a page that is otherwise empty: one script, events, an iterator, and no leftovers. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { askAbout, file, host, mirror, visit } from "./harness.mjs";

const MAZE = file("www/samples/maze.png");
const QUESTION = "how do i get from orange to purple?";

test("the element works by itself", async () => {
  const visitor = await visit({ path: "www/embed.html" });
  await askAbout(visitor, MAZE, QUESTION);
  assert.match(await visitor.answer.innerText(), /\S/);
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("ask() gives the events in order, and one end; DOM events reach the document", async () => {
  const visitor = await visit({ path: "www/embed.html" });
  const { events, heard } = await visitor.page.evaluate(async (question) => {
    const element = document.querySelector("omni-r1");
    const heard = [];
    for (const name of ["omni-text", "omni-picture", "omni-answer", "omni-progress", "omni-error"]) {
      document.addEventListener(name, (/** @type {any} */ event) => heard.push([name, event.detail.type ?? "progress"]));
    }
    const events = [];
    for await (const event of element.ask({ picture: "samples/maze.png", question, seed: 5 })) {
      const { rgba, png, ...plain } = event;
      events.push({ ...plain, bytes: (rgba ?? png)?.length });
    }
    return { events, heard };
  }, QUESTION);
  const types = events.map(({ type }) => type);
  assert.equal(types.at(-1), "end");
  assert.equal(types.filter((type) => type === "end" || type === "error").length, 1);
  assert.equal(types.filter((type) => type === "answer").length, 1);
  assert.ok(types.includes("text") && types.includes("picture"));
  const end = events.at(-1);
  assert.ok(end.tokens > 0 && end.ms > 0 && end.device === "cpu");
  for (const row of events.filter(({ type }) => type === "picture-row")) {
    assert.ok(row.row >= 0 && row.row < row.rows);
    assert.equal(Math.sqrt((row.bytes / 4) * row.rows) % row.rows, 0, "a row is a band of a square picture");
  }
  const names = new Set(heard.map(([name]) => name));
  for (const name of ["omni-text", "omni-picture", "omni-answer", "omni-progress"]) assert.ok(names.has(name), name);
  assert.ok(!names.has("omni-error"));
  await visitor.close();
});

test("leaving the iterator early stops the request; the next one works", async () => {
  const visitor = await visit({ path: "www/embed.html" });
  const answer = await visitor.page.evaluate(async (question) => {
    const element = document.querySelector("omni-r1");
    for await (const event of element.ask({ picture: "samples/maze.png", question })) {
      if (event.type === "text") break;
    }
    for await (const event of element.ask({ question })) {
      if (event.type === "answer") return event.text;
    }
    return "";
  }, QUESTION);
  assert.match(answer, /\S/);
  await visitor.close();
});

test("attributes fill the form, and a bad picture is one error", async () => {
  const visitor = await visit({ path: "www/embed.html" });
  const ended = await visitor.page.evaluate(async () => {
    const element = document.querySelector("omni-r1");
    element.setAttribute("question", "how many circles are there?");
    element.setAttribute("seed", "12");
    const ended = [];
    for await (const event of element.ask({ picture: new Blob(["no picture"]) })) ended.push([event.type, event.code]);
    return ended;
  });
  assert.deepEqual(ended, [["error", "picture"]]);
  assert.equal(await visitor.question.inputValue(), "how many circles are there?");
  await visitor.alert.filter({ hasText: /isn't a picture/ }).waitFor();
  await visitor.close();
});

test("a wrong attribute is told in the console and changes nothing", async () => {
  const visitor = await visit({ path: "www/embed.html" });
  await visitor.page.evaluate(() => {
    const element = document.querySelector("omni-r1");
    element.setAttribute("seed", "12");
    for (const [name, value] of [["seed", "twelve"], ["device", "gpu"], ["pictures", "drawn"], ["pace", "slow"], ["top-p", "2"], ["mode", "play"]]) element.setAttribute(name, value);
  });
  assert.deepEqual(visitor.faults.map((fault) => fault.match(/(\S+)=/)?.[1]), ["seed", "device", "pictures", "pace", "top-p", "mode"]);
  await visitor.page.getByText("Options").click();
  assert.equal(await visitor.page.getByLabel("Seed").inputValue(), "12");
  assert.ok(await visitor.askButton.isVisible());
  visitor.faults.length = 0;
  await askAbout(visitor, MAZE, QUESTION);
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("an element that leaves the page takes its worker with it", async () => {
  const visitor = await visit({ path: "www/embed.html" });
  await askAbout(visitor, MAZE, QUESTION);
  assert.equal(visitor.page.workers().length, 1);
  await visitor.page.evaluate(() => document.querySelector("omni-r1").remove());
  await visitor.page.waitForFunction(() => !document.querySelector("omni-r1"));
  for (let turn = 0; turn < 50 && visitor.page.workers().length; turn += 1) {
    await visitor.page.evaluate(() => new Promise(requestAnimationFrame));
  }
  assert.equal(visitor.page.workers().length, 0);
  await visitor.close();
});

test("a page of another origin can embed the element, if the files may be read from there", async () => {
  const files = await mirror();
  const other = await host(`<script type="module" src="${files.origin}www/element.js"></script><omni-r1 device="cpu"></omni-r1>`);
  const visitor = await visit({ path: other.origin });
  await askAbout(visitor, MAZE, QUESTION);
  assert.match(await visitor.answer.innerText(), /\S/);
  await visitor.close();
  for (const server of [other, files]) server.close();
});
