/**
 * One worked example as the model reads it: which of its tokens are learned, the darker the more they
 * count.
 * @typedef {import("../protocol.js").Stretch} Stretch
 */

import { h } from "./dom.js";

/** @type {Record<string, string>} */
const ROLES = { given: "given", prompt: "question", thought: "thought", picture: "drawing", answer: "answer" };

export class StretchesView {
  #tokens = h("p", { class: "tokens" });
  #legend = h("p", { class: "legend" });
  element;

  /** @param {() => Promise<Stretch[] | null>} ask */
  constructor(ask) {
    this.element = h(
      "details",
      { class: "options", hidden: true },
      h("summary", {}, "What counts: the next example, token by token"),
      this.#tokens,
      this.#legend,
    );
    this.element.addEventListener("toggle", async () => {
      if (!this.element.open) return;
      const stretches = await ask();
      if (stretches) this.#show(stretches);
      else this.#tokens.replaceChildren("The examples are not drawn yet.");
    });
  }

  /** @param {Stretch[]} stretches */
  #show(stretches) {
    const most = Math.max(...stretches.map(({ weight }) => weight));
    this.#tokens.replaceChildren(...stretches.map((stretch) => show(stretch, most)));
    /** @type {Map<string, {weight: number, tokens: number}>} */
    const roles = new Map();
    for (const { role, weight, tokens } of stretches) roles.set(role, { weight, tokens: tokens + (roles.get(role)?.tokens ?? 0) });
    this.#legend.replaceChildren(...[...roles].map(([role, { weight, tokens }]) => h("span", {}, `${ROLES[role]}: ${tokens} tokens, each counts ${amount(weight)}`)));
  }
}

/** The most colour that words can be read on, in percent. */
const DARKEST = 35;

/** Roots, so that what counts little is seen too. @param {Stretch} stretch @param {number} most */
function show({ role, weight, text, png }, most) {
  const words = `${ROLES[role]}, counts ${amount(weight)}`;
  const content = png ? h("img", { src: png, alt: `A picture (${words})`, width: 56, height: 56 }) : text;
  const mark = h("span", { class: png ? "token picture" : "token", title: words }, content);
  mark.style.setProperty("--counts", `${Math.round(Math.sqrt(weight / most) * DARKEST)}%`);
  return mark;
}

/** The program's numbers have half the digits of the page's. @param {number} weight */
function amount(weight) {
  return Number(weight.toPrecision(3));
}
