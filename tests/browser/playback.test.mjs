/** The slow pace: what comes one by one, what people who want less motion see, and stopping. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { askAbout, file, finished, visit } from "./harness.mjs";

const PHOTO = file("www/samples/photo.png");
const QUESTION = "where is the whale?";
const FOLLOW = "?device=cpu&seed=7&pace=follow";

/** What the reader sees of the first sentence, each time it has changed; whether a drawing was painted in; the answer. */
async function watched(path, context = {}) {
  const visitor = await visit({ path, context });
  await visitor.page.locator(".device").filter({ hasText: /, on the/ }).waitFor();
  await visitor.page.evaluate(() => {
    const log = document.querySelector("omni-r1").shadowRoot.querySelector(".log");
    const seen = (globalThis.seen = { sentences: new Set(), painted: false });
    new MutationObserver(() => {
      const sentence = log.querySelector("p")?.textContent;
      if (sentence) seen.sentences.add(sentence);
      seen.painted ||= Boolean(log.querySelector("canvas"));
    }).observe(log, { subtree: true, childList: true, characterData: true });
  });
  await askAbout(visitor, PHOTO, QUESTION);
  const seen = await visitor.page.evaluate(() => ({ ...globalThis.seen, sentences: [...globalThis.seen.sentences] }));
  const told = { ...seen, log: await visitor.log.innerText(), answer: await visitor.answer.innerText() };
  const drawings = await visitor.log.locator("figure img").count();
  assert.deepEqual(visitor.faults, []);
  await visitor.close();
  return { ...told, drawings };
}

test("words come one by one, and the answer is the same", async () => {
  const [full, follow] = [await watched("?device=cpu&seed=7"), await watched(FOLLOW)];
  assert.deepEqual([follow.log, follow.answer, follow.drawings], [full.log, full.answer, full.drawings]);
  const words = follow.sentences.at(-1).split(" ");
  for (const [count] of words.entries()) {
    const begun = words.slice(0, count + 1).join(" ");
    assert.ok(follow.sentences.some((seen) => seen.trim() === begun), `"${begun}" was seen by itself`);
  }
  assert.ok(follow.painted, "the drawing was painted in");
});

test("with less motion a drawing appears whole", async () => {
  const calm = await watched(FOLLOW, { reducedMotion: "reduce" });
  assert.ok(!calm.painted);
  assert.ok(calm.drawings > 0);
});

test("the choice stands among the options, and Stop ends what is still to be shown", async () => {
  const visitor = await visit({ path: "?device=cpu&seed=7" });
  await visitor.page.locator(".options summary").click();
  await visitor.page.getByLabel("Pace").selectOption("follow");
  await visitor.picture.setInputFiles(PHOTO);
  await visitor.question.fill(QUESTION);
  await visitor.askButton.click();
  await visitor.log.locator("p").first().waitFor();
  await visitor.stopButton.click();
  await finished(visitor);
  assert.equal(await visitor.answer.innerText(), "", "the answer wasn't shown yet");
  assert.equal(await visitor.alert.count(), 0, "stopping is no trouble");
  await visitor.page.evaluate(() => document.querySelector("omni-r1").setAttribute("pace", "full"));
  assert.equal(await visitor.page.getByLabel("Pace").inputValue(), "full");
  await visitor.askButton.click();
  await visitor.answer.filter({ hasText: /\S/ }).waitFor();
  await visitor.close();
});
