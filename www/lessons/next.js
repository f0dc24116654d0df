/**
 * Guess the next token: what the model thinks may come, how likely each is, and the grammar that says what is
 * allowed at all.
 *
 * @typedef {import("./desk.js").Desk} Desk
 * @typedef {import("./language.js").Words["lessons"]["next"]} Words
 * @typedef {import("./language.js").Words["lessons"]["row"]["tokens"]} TokenWords
 * @typedef {import("../protocol.js").Ahead} Ahead
 * @typedef {import("../client.js").Client} Client
 */

import { blobOf } from "../addresses.js";
import { h } from "../views/dom.js";
import { bar } from "../views/bars.js";
import { surprise } from "./surprise.js";
import { count, nameOf, rowOf } from "./tokens.js";

const WHOLE = 2000;
/** Answers to choose from. */
const OPTIONS = 4;
/** Tokens that a reader has to choose before the lesson goes on. */
const ENOUGH = 5;

/** @param {Desk} desk @param {Words} words */
export async function begin(desk, words) {
  desk.say(words.intro);
  const client = await desk.model();
  const { png, address, question } = await surprise(client, "N1", desk.settings.seed);
  const picture = blobOf(png);
  /** @param {number[]} written @param {number} more @returns {Promise<Ahead>} */
  const look = (written, more) => client.look({ do: "ahead", picture, question, draw: true, written, more, seed: desk.settings.seed });
  const start = await look([], 0);
  const whole = (await look([], WHOLE)).row.slice(start.row.length);
  const answer = whole.findIndex(({ kind }) => kind === "answer") + 1;
  const ahead = await look(whole.slice(0, answer).map(({ id }) => id), 0);
  if (desk.closed) return;
  const asked = (/** @type {number} */ side) => h("div", { class: "lesson-question" }, h("img", { src: address, alt: words.picture, width: side, height: side }), h("p", {}, h("strong", {}, question)));
  desk.say([], asked(192));

  const name = (/** @type {import("../protocol.js").Piece} */ piece) => nameOf(piece, words.tokens);
  const [first, ...others] = ahead.guesses.slice(0, OPTIONS).map(({ piece }) => name(piece));
  const options = [first, ...others].sort();
  desk.predict({ ...words.predict, options, right: options.indexOf(first) }, async (place) => {
    place.append(guesses(ahead, words), h("p", {}, words.shares(ahead.guesses[0].share)));
  });
  desk.try(words.try, asked(96), new Writing(desk, client, look, start.row, words).element);
  desk.check(words.check(count(start.row).codes));
}

/** Bars of what may come. @param {Ahead} ahead @param {Words} words */
function guesses({ guesses }, words) {
  return h("ul", { class: "bars" }, ...guesses.slice(0, 6).map(({ piece, share }) => h("li", {}, ...bar(nameOf(piece, words.tokens), share, words.percent(share)))));
}

/** A sequence that the reader writes, token by token. */
class Writing {
  #desk;
  #client;
  #look;
  #begin;
  /** Codes of a picture. */
  #cells;
  #words;
  /** @type {number[]} */
  #written = [];
  #chosen = 0;
  #row = h("div", {});
  #said = h("p", { role: "status" });
  #list = h("ul", { class: "bars" });
  #draw = h("button", { type: "button", onclick: () => void this.#go([], this.#left) });
  #again = h("button", { type: "button", class: "quiet", onclick: () => ((this.#written = []), void this.#go([], 0)) });
  element;
  /** Codes that the picture in hand lacks. */
  #left = 0;

  /** @param {Desk} desk @param {Client} client @param {(written: number[], more: number) => Promise<Ahead>} look @param {Ahead["row"]} asked the question's tokens @param {Words} words */
  constructor(desk, client, look, asked, words) {
    this.#desk = desk;
    this.#client = client;
    this.#look = look;
    this.#begin = asked.length;
    this.#cells = count(asked).codes;
    this.#words = words;
    this.#draw.textContent = words.draw;
    this.#again.textContent = words.again;
    this.element = h("div", {}, this.#row, this.#said, this.#list, h("div", { class: "row" }, this.#draw, this.#again));
    void this.#go([], 0);
  }

  /** Puts tokens behind those that are there, and looks on. @param {number[]} ids @param {number} more */
  async #go(ids, more) {
    await this.#desk.attempt(async () => {
      const ahead = await this.#look([...this.#written, ...ids], more);
      const row = ahead.row.slice(this.#begin);
      this.#written = row.map(({ id }) => id);
      this.#row.replaceChildren(row.length ? await rowOf(this.#client, row, this.#words.tokens, this.#cells) : h("p", { class: "facts" }, this.#words.empty));
      this.#show(ahead, row);
    });
  }

  /** @param {Ahead} ahead @param {Ahead["row"]} row */
  #show({ guesses, allowed, size, forbidden }, row) {
    const words = this.#words;
    const kind = guesses[0]?.piece.kind;
    const since = row.findLastIndex(({ kind }) => kind === "picture");
    this.#left = kind === "code" ? this.#cells - (row.length - 1 - since) : 0;
    this.#draw.hidden = !this.#left;
    this.#said.textContent = guesses.length
      ? words.may(allowed, size, allowed === 1 ? nameOf(guesses[0].piece, words.tokens) : kind === "code" ? words.codesOnly : words.wordsToo, forbidden)
      : words.over;
    this.#list.replaceChildren(...guesses.map(({ piece, share }) => {
      const name = nameOf(piece, words.tokens);
      const choose = h("button", { type: "button", class: "choice", "aria-label": words.choose(name, share), onclick: () => void this.#choose(piece.id) }, ...bar(name, share, words.percent(share)));
      return h("li", {}, choose);
    }));
    if (!guesses.length) this.#desk.tried();
  }

  /** @param {number} id */
  async #choose(id) {
    this.#chosen += 1;
    await this.#go([id], 0);
    if (this.#chosen >= ENOUGH) this.#desk.tried();
    /** @type {HTMLElement | null} */ (this.#list.querySelector("button"))?.focus({ preventScroll: true });
  }
}
