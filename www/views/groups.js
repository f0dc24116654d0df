/**
 * The last step by rewards: each question with its answers side by side, what each earned and what that
 * is worth beside the others, and how far the step moved.
 *
 * @typedef {import("../protocol.js").Watched} Watched
 * @typedef {import("../protocol.js").WatchedGroup} WatchedGroup
 * @typedef {import("../protocol.js").WatchedRollout} WatchedRollout
 */

import { h, icon } from "./dom.js";
import { drawing } from "./drawing.js";
import { histogram } from "./histogram.js";

export class GroupsView {
  #list = h("div", { class: "groups" });
  #moved = h("div", {});
  #why = h("summary", {});
  #others = h("div", {});
  #unused = h("details", { class: "options" }, this.#why, h("p", { class: "lead" }, "All tries at these earned the same: nothing to learn from."), this.#others);
  #rough = h("input", { type: "checkbox", onchange: () => this.element.classList.toggle("rough", this.#rough.checked) });
  element = h(
    "section",
    { class: "tries", hidden: true },
    h("h3", { class: "heading" }, "What it tried in the last step"),
    h("p", { class: "lead" }, "Each question is tried several times. What a try earned above or below the others of its row (the bar) makes it likelier or rarer."),
    h("label", { class: "check" }, this.#rough, "Show where drawings are rough"),
    this.#list,
    this.#moved,
  );

  clear() {
    this.element.hidden = true;
  }

  /** @param {Watched} watched @param {{low: number, high: number}} clip */
  show({ groups, ratios, bin }, clip) {
    this.element.hidden = false;
    const most = Math.max(1e-9, ...groups.flatMap(({ rollouts }) => rollouts.map(({ advantage }) => Math.abs(advantage))));
    const shown = groups.map((group, i) => show(group, i + 1, most));
    const [used, unused] = [true, false].map((kept) => shown.filter((_, i) => groups[i].kept === kept));
    this.#list.replaceChildren(...used, ...(unused.length ? [this.#unused] : []));
    this.#why.textContent = `Questions that could not be used: ${unused.length}`;
    this.#others.replaceChildren(...unused);
    this.#moved.replaceChildren(...(ratios.some(Boolean) ? [histogram(ratios, bin, clip)] : []));
  }
}

/** @param {WatchedGroup} group @param {number} number @param {number} most the largest advantage of all */
function show({ png, question, right, rollouts }, number, most) {
  return h(
    "article",
    { class: "group" },
    h("div", { class: "pinned-head" }, h("img", { src: png, alt: `The picture of question ${number}`, width: 72, height: 72 }), h("p", { class: "pinned-question" }, question, h("small", {}, `Right answer: ${right}`))),
    h("div", { class: "rollouts", role: "group", "aria-label": `Tries at question ${number}`, tabIndex: 0 }, ...rollouts.map((rollout) => card(rollout, most))),
  );
}

/** @param {WatchedRollout} rollout @param {number} most */
function card({ steps, answer, problem, accuracy, format, perception, total, advantage }, most) {
  const good = accuracy >= 1;
  return h(
    "div",
    { class: "attempt rollout" },
    bar(advantage, most),
    h("p", { class: `verdict ${good ? "right" : "wrong"}` }, icon(good ? "right" : "wrong"), answer.trim() || "(no answer)"),
    h("div", { class: "drawings" }, ...steps.map((step) => drawing(step, 56))),
    h("p", { class: "said" }, steps.map(({ text }) => text).join(" ").trim()),
    problem ? h("p", { class: "said" }, problem) : null,
    h("dl", { class: "parts" }, ...part("answer", accuracy), ...part("form", format), ...part("drawings", perception), ...part("earned", total)),
  );
}

/** @param {string} name @param {number | null} value */
function part(name, value) {
  return [h("dt", {}, name), h("dd", {}, value === null ? "–" : value.toFixed(2))];
}

/** Better than the others to the right, worse to the left. @param {number} advantage @param {number} most */
function bar(advantage, most) {
  const fill = h("span", { class: advantage < 0 ? "worse" : "better" });
  fill.style.width = `${(Math.abs(advantage) / most) * 50}%`;
  const words = `${advantage < 0 ? "−" : "+"}${Math.abs(advantage).toFixed(2)}`;
  return h("div", { class: "advantage", role: "img", "aria-label": `Advantage ${words}` }, fill, h("span", { class: "amount" }, words));
}
