/**
 * Learning from examples: a new, empty nano model learns to name colours, and is tested with pictures that it
 * has never seen; then with ten examples only, which it learns by heart.
 *
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("./language.js").Words["lessons"]["examples"]} Words
 */

import { h } from "../views/dom.js";
import { MANY, Practice, planOf } from "./practice.js";
import { shapeOf } from "./shapes.js";

/** Examples of a lazy teacher. */
const SAME = 10;
/** Below so many right it is guessing; from so many on it knows how it works. */
const [FEW, MOST] = [7, 13];

/** @param {Desk} desk @param {Words} words */
export async function begin(desk, words) {
  const { steps, seed } = desk.settings;
  const practice = () => new Practice({ client: desk.client("nano"), words, seed, ended: () => desk.closed });
  const shown = [1, 2, 3].map((i) => shapeOf(seed * 1000 + i));
  desk.say(words.intro);
  desk.say([], h("ul", { class: "test" }, ...shown.map(({ address, answer }) => h("li", {}, h("img", { src: address, alt: words.picture, width: 80, height: 80 }), h("span", {}, answer)))));
  desk.say([words.aboutTest]);
  const good = practice();
  desk.predict({ ...words.predict, ask: words.predict.ask(steps), right: 2 }, async (place) => {
    place.append(good.element);
    const right = await good.go(planOf(steps, seed));
    desk.counted(words.withMany(MANY), right, good.size);
    return right < FEW ? 0 : right < MOST ? 1 : 2;
  });

  const lazy = practice();
  const start = h("button", { type: "button", class: "primary" }, words.lazy);
  start.addEventListener("click", async () => {
    start.disabled = true;
    const fine = await desk.attempt(async () => desk.counted(words.withFew(SAME), await lazy.go(planOf(steps, seed, SAME)), lazy.size));
    if (fine) desk.tried();
    start.disabled = false;
  });
  desk.try(words.try, h("div", { class: "row" }, start), lazy.element);
  desk.check(words.check);
}
