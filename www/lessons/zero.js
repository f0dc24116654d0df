/**
 * Zero: a model that has only written draws pictures to its own thoughts, and learns from those to draw while
 * it thinks. Nobody drew anything for it.
 *
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("./language.js").Words["lessons"]["zero"]} Words
 * @typedef {import("../protocol.js").Answered} Answered
 * @typedef {import("../protocol.js").Chain} Chain
 */

import { h, icon } from "../views/dom.js";
import { drawing } from "../views/drawing.js";
import { NO_FILES, Run, common } from "./run.js";

/** @param {number} examples @param {number} steps @param {number} seed */
const planOf = (examples, steps, seed) => ({
  preset: /** @type {const} */ (""),
  recipe: {
    ...common("N4", steps, seed, [3e-4, 2e-3], 0.5),
    zero: {
      examples,
      draws: "paint",
      temperature: 1,
      whole: false,
      same_answer: false,
      training: { preset: "mini", ...NO_FILES, rows: 1, length: 1024, modes: { draw: 1, text: 0 }, perception: { weight: 0.1 } },
    },
  },
});

/** @param {Desk} desk @param {Words} words */
export async function begin(desk, words) {
  const { seed, steps, examples } = desk.settings;
  desk.say(words.intro);
  const client = desk.client("mini-base");
  const chains = h("div", { class: "attempts" });
  const said = h("p", { class: "facts", role: "status" });
  const before = h("div", { class: "attempt" });
  const after = h("div", { class: "attempt", hidden: true });
  const head = h("div", { class: "lesson-question" });
  let made = 0;
  let step = 0;
  const run = new Run(client, ({ pinned, answered, chain, synthesis, row }) => {
    if (pinned) head.replaceChildren(h("img", { src: pinned.png, alt: words.picture, width: 128, height: 128 }), h("p", {}, h("strong", {}, pinned.question), h("br"), words.truth(pinned.answer)));
    if (answered) show(answered.step ? after : before, answered, words);
    if (synthesis) made = synthesis.made;
    if (synthesis) said.textContent = words.making(synthesis.made, synthesis.wanted);
    if (chain) chains.append(chainOf(chain, words));
    if (row) step = row.step;
  });

  desk.predict(words.predict, async (place) => {
    said.textContent = words.opening;
    chains.replaceChildren();
    place.append(said, chains);
    made = step = 0;
    await run.open(planOf(examples, steps, seed));
    // Chains that are thrown away are drawn in vain.
    while (made < examples && !desk.closed) await run.step();
    said.textContent = words.made(made);
  });

  const start = h("button", { type: "button", class: "primary" }, words.start(steps));
  const now = h("p", { class: "now", role: "status" });
  const bar = h("progress", { max: 1, value: 0 });
  bar.setAttribute("aria-label", words.progress);
  start.addEventListener("click", async () => {
    start.disabled = true;
    const fine = await desk.attempt(async () => {
      while (step < steps && !desk.closed) {
        await run.step();
        bar.value = step / steps;
        now.textContent = words.training(step, steps);
      }
      await run.probe(1);
      after.hidden = false;
      now.textContent = words.finished;
    });
    if (fine) desk.tried();
    start.disabled = fine;
  });
  desk.try(words.try, h("div", { class: "row" }, start), now, bar, head, h("div", { class: "attempts" }, before, after));
  desk.check(words.check);
}

/** @param {Chain} chain @param {Words} words */
function chainOf({ png, question, answer, steps }, words) {
  return h(
    "div",
    { class: "attempt" },
    h("div", { class: "drawings" }, h("img", { src: png, alt: words.chainPicture, width: 96, height: 96 }), ...steps.map((step) => drawing(step, 96))),
    h("p", {}, h("strong", {}, question)),
    h("p", { class: "said" }, steps.map(({ text }) => text).join(" "), " ", words.truth(answer)),
  );
}

/** @param {HTMLElement} place @param {Answered} answered @param {Words} words */
function show(place, { step, answer, right, steps }, words) {
  const drawings = steps.filter(({ png }) => png).length;
  place.replaceChildren(
    h("p", { class: "eyebrow" }, step ? words.after(step) : words.before),
    h("p", { class: `verdict ${right ? "right" : "wrong"}` }, icon(right ? "right" : "wrong"), answer.trim() || words.nothing),
    h("div", { class: "drawings" }, ...steps.map((step) => drawing(step, 96))),
    h("p", { class: "said" }, steps.map(({ text }) => text).join(" ")),
    h("p", { class: "facts" }, words.drawings(drawings)),
  );
}
