/**
 * One row of words and pictures: a question with its picture as tokens, and what the model writes behind it.
 *
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("./language.js").Words["lessons"]["row"]} Words
 * @typedef {import("../protocol.js").Ahead} Ahead
 */

import { blobOf } from "../addresses.js";
import { field, h } from "../views/dom.js";
import { surprise } from "./surprise.js";
import { count, rowOf } from "./tokens.js";

/** More than any answer takes: the grammar ends it. */
const WHOLE = 2000;

/** @param {Desk} desk @param {Words} words */
export async function begin(desk, words) {
  desk.say(words.intro);
  const client = await desk.model();
  const { png, address, question } = await surprise(client, "N1", desk.settings.seed);
  const picture = blobOf(png);
  /** @param {string} asked @param {number} more @returns {Promise<Ahead>} */
  const read = (asked, more) => client.look({ do: "ahead", picture, question: asked, draw: true, written: [], more, seed: desk.settings.seed });
  const { row } = await read(question, 0);
  if (desk.closed) return;
  const { codes } = count(row);
  desk.say([], h("div", { class: "lesson-question" }, h("img", { src: address, alt: words.picture, width: 160, height: 160 }), h("p", {}, h("strong", {}, question))));

  desk.predict(words.predict(codes), async (place) => {
    place.append(await rowOf(client, row, words.tokens, codes), h("p", {}, words.counted(row.length, count(row))), legend(words));
  });

  const asked = h("input", { type: "text", value: question, maxLength: 200, autocomplete: "off" });
  const shown = h("div", { class: "shown" });
  const said = h("p", { class: "facts", role: "status" });
  const show = (/** @type {number} */ more) => desk.attempt(async () => {
    said.textContent = words.working;
    const before = (await read(asked.value, 0)).row;
    const { row } = more ? await read(asked.value, more) : { row: before };
    shown.replaceChildren(await rowOf(client, row, words.tokens, codes));
    said.textContent = more ? words.wrote(row.length - before.length, count(row.slice(before.length))) : words.counted(row.length, count(row));
    if (more) desk.tried();
  }).then((fine) => fine || (said.textContent = ""));
  desk.try(
    words.try,
    h(
      "form",
      { class: "fields", onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), void show(0)) },
      field(words.question, asked),
      h("div", { class: "row" }, h("button", { type: "submit" }, words.showRow), h("button", { type: "button", class: "primary", onclick: () => void show(WHOLE) }, words.goOn)),
    ),
    said,
    shown,
  );
  desk.check(words.check(codes));
}

/** @param {Words} words */
function legend({ tokens: { legend } }) {
  return h("p", { class: "facts tokens-legend" }, h("span", { class: "token-word" }, legend.word), h("span", { class: "token-mark" }, legend.mark), legend.rest);
}
