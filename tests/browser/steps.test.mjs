/** The steps of an answer once more: by hand, by themselves, and over the picture that was asked about. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { askAbout, file, finished, visit } from "./harness.mjs";

const PHOTO = file("www/samples/photo.png");
const QUESTION = "where is the whale?";

/** A visitor with an answer of at least two steps. @param {object} [context] */
async function answered(context = {}) {
  const visitor = await visit({ path: "?device=cpu&seed=7", context });
  await askAbout(visitor, PHOTO, QUESTION);
  assert.ok((await visitor.log.locator(".panel").count()) > 1);
  return visitor;
}

/** @param {Awaited<ReturnType<typeof visit>>} visitor */
function parts({ page }) {
  const button = (/** @type {string} */ name) => page.getByRole("button", { name });
  return { slider: page.getByRole("slider", { name: "Step" }), play: button("Play again"), pause: button("Pause"), back: button("Previous step"), next: button("Next step") };
}

test("the slider goes from step to step by the keyboard: one panel is looked at, later ones step back", async () => {
  const visitor = await answered();
  const { slider, next, back } = parts(visitor);
  const panels = visitor.log.locator(".panel");
  const count = await panels.count();
  const looked = async () => ({
    current: await panels.evaluateAll((all) => all.findIndex((panel) => panel.ariaCurrent === "step" || panel.getAttribute("aria-current") === "step")),
    later: await visitor.log.locator(".panel.later").count(),
  });
  assert.deepEqual(await looked(), { current: -1, later: 0 });
  await slider.focus();
  await visitor.page.keyboard.press("Home");
  assert.deepEqual(await looked(), { current: 0, later: count - 1 });
  const words = (await panels.first().locator("p").innerText()).split(/\s*[A-Z]{4}\(/)[0];
  assert.equal(await slider.getAttribute("aria-valuetext"), `step 1 of ${count}: ${words}`);
  await visitor.page.keyboard.press("ArrowRight");
  assert.deepEqual(await looked(), { current: 1, later: count - 2 });
  await back.click();
  assert.deepEqual(await looked(), { current: 0, later: count - 1 });
  await next.click();
  assert.deepEqual(await looked(), { current: 1, later: count - 2 });
  await visitor.question.focus();
  assert.deepEqual(await looked(), { current: -1, later: 0 }, "who goes on to ask looks at no step any more");
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("a step's box lies over the picture where its action says; another picture has none", async () => {
  const visitor = await answered();
  const { next } = parts(visitor);
  const shown = visitor.page.locator(".drop .over .ink");
  assert.equal(await shown.count(), 0);
  await next.click();
  const [, name, ...numbers] = /(BBOX|ZOOM)\(([\d.]+),([\d.]+),([\d.]+),([\d.]+)\)/.exec((await visitor.log.locator(".panel").first().textContent()) ?? "") ?? [];
  const rect = await shown.evaluate((element) => ["x", "y", "width", "height"].map((side) => Number(element.getAttribute(side))));
  assert.deepEqual(rect, numbers.map((number) => Number(number) * 100));
  assert.ok((await shown.getAttribute("class"))?.includes(name.toLowerCase()));
  const [box, picture] = await Promise.all([shown.boundingBox(), visitor.page.locator(".drop img").boundingBox()]);
  assert.ok(box && picture && box.x >= picture.x && box.y >= picture.y - 4 && box.height < picture.height, JSON.stringify([box, picture]));
  await visitor.picture.setInputFiles(file("www/samples/maze.png"));
  await visitor.page.locator(".asked").getByRole("status").filter({ hasText: "another picture" }).waitFor();
  assert.equal(await shown.count(), 0);
  await next.click();
  assert.equal(await shown.count(), 0);
  assert.equal(await visitor.page.locator(".asked .over .ink").count(), 1, "beside the question there still is the picture that was asked about");
  await visitor.close();
});

test("the overlay knows the square that the model sees, and what a zoom before has made of it", async () => {
  const visitor = await visit();
  const drawn = await visitor.page.evaluate(async () => {
    const { Overlay } = await import(new URL("www/views/overlay.js", location.href).href);
    const image = new Image();
    const canvas = new OffscreenCanvas(200, 100);
    canvas.getContext("2d");
    image.src = URL.createObjectURL(await canvas.convertToBlob());
    await image.decode();
    const overlay = new Overlay(image);
    const lines = overlay.element.querySelector("svg");
    const tell = (/** @type {string[]} */ ...texts) => {
      overlay.show(texts.map((text) => ({ text })));
      const ink = lines.querySelector(".ink");
      return ink && [ink.localName, ink.parentElement?.getAttribute("transform"), ...["cx", "cy", "x1", "y2"].map((name) => ink.getAttribute(name))];
    };
    return {
      mark: tell("it is here MARK(0.50,0.25,1)"),
      line: tell("so ZOOM(0.50,0.00,0.50,0.25)", "on LINE(0.10,0.20,0.30,0.40)"),
      none: [tell("up PRED(up)"), tell("no action"), tell("MARK(7,0.5,1)")],
      view: lines.getAttribute("viewBox"),
    };
  });
  assert.deepEqual(drawn, {
    mark: ["circle", "", "50", "25", null, null],
    line: ["line", "translate(50 0) scale(0.5 0.25)", null, null, "10", "40"],
    none: [null, null, null],
    view: "0 25 100 50",
  });
  await visitor.close();
});

test("played again, an answer goes through its steps and is whole in the end; Pause holds it", async () => {
  const visitor = await answered();
  const { play, pause } = parts(visitor);
  const said = visitor.page.locator(".count");
  const whole = await said.innerText();
  await play.click();
  await said.filter({ hasText: "Step 1 of" }).waitFor();
  await pause.click();
  assert.equal(await play.count(), 1);
  await play.click();
  await said.filter({ hasText: "Step 2 of" }).waitFor();
  await said.filter({ hasText: whole }).waitFor();
  assert.equal(await play.count(), 1);
  assert.equal(await visitor.log.locator(".panel.later").count(), 0);
  await visitor.askButton.click();
  await finished(visitor);
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
});

test("with less motion nothing plays by itself, and the steps can be gone through by hand", async () => {
  const visitor = await answered({ reducedMotion: "reduce" });
  const { play, next } = parts(visitor);
  assert.equal(await play.count(), 0);
  await next.click();
  await visitor.page.locator(".count").filter({ hasText: "Step 1 of" }).waitFor();
  await visitor.close();
});
