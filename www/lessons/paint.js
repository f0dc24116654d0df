/**
 * A picture to be painted with codes: choose a pattern, press a square, and the picture is drawn again from
 * its numbers.
 *
 * @typedef {import("../client.js").Client} Client
 * @typedef {import("../protocol.js").Coded} Coded
 * @typedef {import("./language.js").Words["lessons"]["codes"]} Words
 */

import { h } from "../views/dom.js";
import { pictureOf, square, withArrows } from "../views/cells.js";

/** Patterns on a page of the codebook. */
const PAGE = 64;

export class Paint {
  #client;
  #coded;
  #words;
  #onPaint;
  #attempt;
  /** The numbers now, and all those before. @type {number[]} */
  #codes;
  /** @type {number[][]} */
  #past = [];
  /** The pattern in hand. */
  #chosen;
  /** From which code on the palette shows the book; null for the patterns of the picture. @type {number | null} */
  #from = null;
  /** How often the palette was filled: a page that was left stops filling. */
  #filled = 0;
  #picture;
  #cells;
  #said = h("p", { class: "facts", role: "status" });
  #inHand = h("p", { class: "in-hand" });
  #palette = h("div", { class: "palette", role: "group" });
  #page = h("span", { class: "facts" });
  #undo = h("button", { type: "button", class: "quiet", disabled: true, onclick: () => void this.#back() });
  #reset = h("button", { type: "button", class: "quiet", onclick: () => void this.#become([...this.#coded.codes]) });
  #pager = h("div", { class: "row" });
  /** There where the whole codebook is shown. */
  #pages = h("div", { class: "row", hidden: true });
  element;

  /**
   * @param {Client} client @param {Coded} coded @param {string} address of its picture @param {Words} words
   * @param {(changed: number) => void} onPaint hears how many squares are others now
   * @param {(work: () => Promise<void>) => Promise<boolean>} attempt
   */
  constructor(client, coded, address, words, onPaint, attempt) {
    this.#client = client;
    this.#coded = coded;
    this.#words = words;
    this.#onPaint = onPaint;
    this.#attempt = attempt;
    this.#codes = [...coded.codes];
    this.#chosen = this.#common[0];
    this.#picture = h("img", { src: address, alt: words.painted, width: 320, height: 320 });
    this.#undo.textContent = words.undo;
    this.#reset.textContent = words.reset;
    this.#cells = h("div", { class: "cells", role: "group", "aria-label": words.squares }, ...this.#codes.map((_, at) => h("button", { type: "button", class: "cell", tabIndex: -1, onclick: () => void this.#put(at) })));
    this.#cells.style.gridTemplateColumns = `repeat(${coded.grid}, 1fr)`;
    withArrows(this.#cells, () => coded.grid).renew();
    this.#name();
    const book = (/** @type {string} */ label, /** @type {() => number | null} */ from) => h("button", { type: "button", class: "quiet", onclick: () => this.#turn(from()) }, label);
    this.#pages.append(
      book(words.pageBack, () => Math.max(0, (this.#from ?? 0) - PAGE)),
      book(words.pageOn, () => Math.min(this.#last, (this.#from ?? 0) + PAGE)),
      this.#page,
    );
    this.#pager.append(book(words.ofPicture, () => null), book(words.wholeBook(coded.known), () => 0), this.#pages);
    const arrows = withArrows(this.#palette, () => getComputedStyle(this.#palette).gridTemplateColumns.split(" ").length);
    this.#arrows = arrows.renew;
    this.element = h(
      "div",
      { class: "paint" },
      h("div", {}, h("div", { class: "board8" }, this.#picture, this.#cells), h("div", { class: "row" }, this.#undo, this.#reset), this.#said),
      h("div", {}, h("h4", {}, words.patterns), this.#inHand, this.#pager, this.#palette),
    );
    this.#turn(null);
  }

  #arrows;

  get #last() {
    return Math.floor((this.#coded.known - 1) / PAGE) * PAGE;
  }

  /** The picture's own patterns, the commonest first. */
  get #common() {
    const { codes } = this.#coded;
    const count = (/** @type {number} */ code) => codes.filter((other) => other === code).length;
    return [...new Set(codes)].sort((a, b) => count(b) - count(a));
  }

  /** What one pattern looks like, alone. @param {number} code */
  #look(code) {
    return pictureOf(this.#client, this.#codes.map(() => code));
  }

  /** Another page of the palette; its patterns are drawn one after the other. @param {number | null} from */
  #turn(from) {
    this.#from = from;
    const codes = from === null ? this.#common : Array.from({ length: Math.min(PAGE, this.#coded.known - from) }, (_, i) => from + i);
    const words = this.#words;
    this.#pages.hidden = from === null;
    this.#page.textContent = words.page(codes[0], codes[codes.length - 1]);
    this.#palette.setAttribute("aria-label", words.patterns);
    const buttons = codes.map((code) => h("button", { type: "button", class: "pattern", tabIndex: -1, title: words.pattern(code), "aria-label": words.pattern(code), "aria-pressed": String(code === this.#chosen), onclick: () => this.#choose(code) }));
    this.#palette.replaceChildren(...buttons);
    this.#arrows();
    void this.#hold();
    void this.#attempt(() => this.#fill(codes, buttons));
  }

  /** @param {number[]} codes @param {HTMLElement[]} buttons */
  async #fill(codes, buttons) {
    const turn = ++this.#filled;
    for (const [i, code] of codes.entries()) {
      const address = await this.#look(code);
      if (turn !== this.#filled) return;
      buttons[i].replaceChildren(this.#middle(address));
    }
  }

  /** Of a picture that is the same everywhere. @param {string} address */
  #middle(address) {
    const { grid } = this.#coded;
    const half = Math.floor(grid / 2);
    return square(address, grid, half * grid + half);
  }

  /** @param {number} code */
  #choose(code) {
    this.#chosen = code;
    for (const button of this.#palette.children) button.setAttribute("aria-pressed", String(button.getAttribute("aria-label") === this.#words.pattern(code)));
    void this.#hold();
  }

  async #hold() {
    const code = this.#chosen;
    const address = await this.#look(code).catch(() => ""); // painting tells of the failure
    if (code === this.#chosen && address) this.#inHand.replaceChildren(this.#middle(address), this.#words.inHand(code));
  }

  /** @param {number} at */
  async #put(at) {
    if (this.#codes[at] === this.#chosen) return;
    const codes = [...this.#codes];
    codes[at] = this.#chosen;
    await this.#become(codes);
  }

  async #back() {
    const codes = this.#past.pop();
    if (codes) await this.#become(codes, false);
  }

  /** @param {number[]} codes @param {boolean} [remember] */
  async #become(codes, remember = true) {
    if (remember) this.#past.push(this.#codes);
    this.#codes = codes;
    this.#undo.disabled = !this.#past.length;
    this.#name();
    const changed = codes.filter((code, at) => code !== this.#coded.codes[at]).length;
    await this.#attempt(async () => {
      const address = await pictureOf(this.#client, codes);
      // Whoever paints faster than it is drawn sees the last picture.
      if (codes !== this.#codes) return;
      this.#picture.src = address;
      this.#said.textContent = this.#words.changed(changed, codes.length);
      this.#onPaint(changed);
    });
  }

  #name() {
    const { grid } = this.#coded;
    [...this.#cells.children].forEach((cell, at) => cell.setAttribute("aria-label", this.#words.square(Math.floor(at / grid) + 1, (at % grid) + 1, this.#codes[at])));
  }
}
