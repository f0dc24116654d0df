/**
 * Tries at one question, with what each earned.
 *
 * @typedef {import("../protocol.js").WatchedGroup} WatchedGroup
 * @typedef {import("./language.js").Words["lessons"]["rewards"]["tries"]} Words
 */

import { h, icon } from "../views/dom.js";
import { drawing } from "../views/drawing.js";

/** @param {WatchedGroup} group @param {Words} words @param {boolean} compared whether the advantages are shown */
export function tries({ png, question, rollouts }, words, compared) {
  return h(
    "div",
    { class: "tries-of" },
    h("div", { class: "lesson-question" }, h("img", { src: png, alt: words.picture, width: 112, height: 112 }), h("p", {}, h("strong", {}, question))),
    h("ol", { class: "try-cards", "aria-label": words.list }, ...rollouts.map(({ steps, answer, accuracy, total, advantage }, i) => h(
      "li",
      { class: "attempt" },
      h("p", { class: "eyebrow" }, words.number(i + 1)),
      h("p", { class: `verdict ${accuracy >= 1 ? "right" : "wrong"}` }, icon(accuracy >= 1 ? "right" : "wrong"), shortened(answer) || words.nothing),
      h("div", { class: "drawings" }, ...steps.map((step) => drawing(step, 48))),
      h("p", { class: "earned" }, words.earned(total)),
      compared ? h("p", { class: advantage < 0 ? "moved down" : advantage > 0 ? "moved up" : "moved" }, words.advantage(advantage)) : null,
    ))),
  );
}

/** A model that has gone astray may write on and on. @param {string} answer */
function shortened(answer) {
  const text = answer.trim();
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
