/**
 * One worked example as the model reads it: which of its tokens are learned, the darker the more they
 * count.
 * @typedef {import("../protocol.js").Span} Span
 */

import { h } from "./dom.js";

/** @type {Record<string, string>} */
const ROLES = { given: "given", prompt: "question", thought: "thought", picture: "drawing", answer: "answer" };

export class SpansView {
  #tokens = h("p", { class: "tokens" });
  #legend = h("p", { class: "legend" });
  element;

  /** @param {() => Promise<Span[] | null>} ask */
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
      const spans = await ask();
      if (spans) this.#show(spans);
      else this.#tokens.replaceChildren("The examples are not drawn yet.");
    });
  }

  /** @param {Span[]} spans */
  #show(spans) {
    const most = Math.max(...spans.map(({ weight }) => weight));
    this.#tokens.replaceChildren(...spans.map((span) => show(span, most)));
    /** @type {Map<string, {weight: number, tokens: number}>} */
    const roles = new Map();
    for (const { role, weight, tokens } of spans) roles.set(role, { weight, tokens: tokens + (roles.get(role)?.tokens ?? 0) });
    this.#legend.replaceChildren(...[...roles].map(([role, { weight, tokens }]) => h("span", {}, `${ROLES[role]}: ${tokens} tokens, each counts ${amount(weight)}`)));
  }
}

/** The most colour that words can be read on, in percent. */
const DARKEST = 35;

/** Roots, so that what counts little is seen too. @param {Span} span @param {number} most */
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
