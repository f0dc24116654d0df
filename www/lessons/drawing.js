/**
 * Drawing helps thinking: the same questions with the model's own drawings, in words alone, with blank drawings
 * and with another question's; what breaks is counted.
 *
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("./language.js").Words["lessons"]["drawing"]} Words
 * @typedef {import("./surprise.js").Given} Given
 * @typedef {import("../client.js").Client} Client
 * @typedef {import("../protocol.js").PictureSource} PictureSource
 */

import { blobOf } from "../addresses.js";
import { h, icon } from "../views/dom.js";
import { drawing } from "../views/drawing.js";
import { bar } from "../views/bars.js";
import { answerOf, surprise } from "./surprise.js";

/** Questions that are answered better with a drawing. */
const KINDS = ["D5", "V2", "V4", "V5"];
/** @type {PictureSource[]} */
const SOURCES = ["imagined", "none", "blank", "shuffled"];
/** Seeds of the questions whose pictures are taken for swapped drawings, beside those of the experiment. */
const OTHERS = 50_000;

/** @typedef {Given & {right: boolean}} Try */
/** @typedef {{address: string, question: string, answer: string, tries: Try[]}} Item */

/** @param {Desk} desk @param {Words} words */
export async function begin(desk, words) {
  desk.say(words.intro);
  const client = await desk.model();
  if (desk.closed) return;
  const { items: wanted, seed } = desk.settings;
  const looked = h("div", { class: "shown" });
  /** @type {Item[]} */
  const items = [];

  desk.predict({ ...words.predict, ask: words.predict.ask(wanted), right: 0 }, async (place, chosen) => {
    items.length = 0;
    const table = h("tbody", {});
    const chart = h("ul", { class: "bars", "aria-label": words.chart });
    const said = h("p", { class: "facts", role: "status" });
    place.append(said, chart, h("div", { class: "scrolls", tabIndex: 0, role: "region", "aria-label": words.table }, h("table", { class: "results" }, head(words), table)));
    for (let i = 0; i < wanted && !desk.closed; i++) {
      said.textContent = words.doing(i + 1, wanted);
      const item = await experiment(client, KINDS[i % KINDS.length], seed + i, desk);
      items.push(item);
      table.append(line(item, i, words, () => {
        looked.replaceChildren(...look(item, i, words));
        looked.scrollIntoView({ block: "nearest" });
        desk.tried();
      }));
      chart.replaceChildren(...bars(items, words));
    }
    said.textContent = words.finished(wanted);
    const right = SOURCES.map((_, i) => rightIn(items, i));
    SOURCES.forEach((source, i) => desk.counted(words.long[/** @type {keyof Words["long"]} */ (source)], right[i], wanted));
    const least = Math.min(...right);
    return right[chosen] === least ? chosen : right.lastIndexOf(least);
  });
  desk.try(words.try, looked);
  desk.check(words.check);
}

/** One question, answered in each way. @param {Client} client @param {string} taskType @param {number} seed @param {Desk} desk @returns {Promise<Item>} */
async function experiment(client, taskType, seed, desk) {
  const other = blobOf((await surprise(client, taskType, (seed + OTHERS) % 100_000)).png);
  const { id, png, address, question, answer } = await surprise(client, taskType, seed);
  const picture = blobOf(png);
  const tries = [];
  for (const pictures of SOURCES) {
    if (desk.closed) break;
    const given = await answerOf(client, { picture, question, pictures, other: pictures === "shuffled" ? other : undefined, seed });
    tries.push({ ...given, right: (await client.judge(id, given.answer)) === true });
  }
  return { address, question, answer, tries };
}

/** @param {Words} words */
function head(words) {
  return h("thead", {}, h("tr", {}, h("th", { scope: "col" }, words.question), ...SOURCES.map((source) => h("th", { scope: "col" }, words.short[/** @type {keyof Words["short"]} */ (source)])), h("th", { scope: "col" }, words.more)));
}

/** @param {Item} item @param {number} number @param {Words} words @param {() => void} onLook */
function line({ address, question, tries }, number, words, onLook) {
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, h("span", { class: "asked-small" }, h("img", { src: address, alt: "", width: 40, height: 40 }), h("span", {}, question))),
    ...tries.map(({ right }) => h("td", { class: right ? "verdict right" : "verdict wrong" }, icon(right ? "right" : "wrong"), h("span", { class: "unseen" }, right ? words.right : words.wrong))),
    h("td", {}, h("button", { type: "button", class: "chip", "aria-label": words.lookAt(number + 1), onclick: onLook }, words.look)),
  );
}

/** How many are answered rightly in one way. @param {Item[]} items @param {number} way */
function rightIn(items, way) {
  return items.filter(({ tries }) => tries[way]?.right).length;
}

/** @param {Item[]} items @param {Words} words */
function bars(items, words) {
  return SOURCES.map((source, i) => {
    const right = rightIn(items, i);
    return h("li", {}, ...bar(words.long[/** @type {keyof Words["long"]} */ (source)], right / items.length, words.ofAll(right, items.length)));
  });
}

/** Each way to answer one question, with what was drawn. @param {Item} item @param {number} number @param {Words} words */
function look({ address, question, answer, tries }, number, words) {
  return [
    h("h4", {}, words.questionNumber(number + 1)),
    h("div", { class: "lesson-question" }, h("img", { src: address, alt: words.picture, width: 128, height: 128 }), h("p", {}, h("strong", {}, question), h("br"), words.truth(answer))),
    h("div", { class: "attempts" }, ...tries.map(({ steps, answer, right }, i) => h(
      "div",
      { class: "attempt" },
      h("p", { class: "eyebrow" }, words.long[/** @type {keyof Words["long"]} */ (SOURCES[i])]),
      h("p", { class: `verdict ${right ? "right" : "wrong"}` }, icon(right ? "right" : "wrong"), answer || words.nothing),
      h("div", { class: "drawings" }, ...steps.map((step) => drawing(step, 64))),
      h("p", { class: "said" }, steps.map(({ text }) => text).join(" ")),
    ))),
  ];
}
