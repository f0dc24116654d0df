/**
 * An answer from inside: how sure the model was of each word and of each square of its drawings, what else might have
 * come in their place, and what it looked at.
 *
 * @typedef {import("../client.js").Client} Client
 * @typedef {import("../protocol.js").Inside} Seen
 * @typedef {import("../protocol.js").WrittenToken} WrittenToken
 * @typedef {import("../protocol.js").Piece} Piece
 */

import { bar } from "./bars.js";
import { pictureOf, square, withArrows } from "./cells.js";
import { h } from "./dom.js";

/** Fetched by whoever looks first. */
export const STYLES = [
  new URL("./bars.css", import.meta.url),
  new URL("./cells.css", import.meta.url),
  new URL("./inside.css", import.meta.url),
];

/** @param {number} share */
const percent = (share) => (share > 0 && share < 0.005 ? "under 1%" : `${Math.round(share * 100)}%`);
/** @param {{code?: number | null}[]} pieces */
const codesOf = (pieces) => pieces.map(({ code }) => code ?? 0);

export class Inside {
  #client;
  #ask;
  #picture;
  #row = h("div", { class: "inside-row" });
  #detail = h("div", { class: "inside-detail", role: "status" });
  element = h(
    "section",
    { class: "inside", "aria-label": "Inside the answer" },
    h("p", {}, "Each word, and each square of a drawing, was a choice between many. The stronger a word's colour, the surer the model was of it; squares are red where it wavered. Press one to see what else it might have been, and what the model looked at."),
    this.#row,
    this.#detail,
  );
  /** Codes of the picture that was asked about. @type {number[]} */
  #asked = [];
  /** Where its codes stand among the tokens. */
  #askedAt = 0;
  /** The latest look: an earlier one that comes later is dropped. */
  #looks = 0;

  /** @param {Client} client @param {number} ask the question's number @param {Blob} picture that was asked about */
  constructor(client, ask, picture) {
    this.#client = client;
    this.#ask = ask;
    this.#picture = picture;
  }

  /** Looks; it throws where the answer is gone or another model answers now. */
  async open() {
    /** @type {Seen} */
    const { prompt, written } = await this.#client.look({ do: "inside", ask: this.#ask });
    this.#askedAt = prompt.findIndex(({ kind }) => kind === "code");
    this.#asked = codesOf(prompt.filter(({ kind }) => kind === "code"));
    for (let at = 0; at < written.length; ) {
      const { kind } = written[at].piece;
      const length = Math.max(1, written.slice(at).findIndex(({ piece }) => piece.kind !== kind));
      const run = written.slice(at, at + length);
      if (kind === "text") this.#row.append(h("div", { class: "inside-step" }, this.#words(run, at)));
      // A drawing stands below the words that it follows.
      if (kind === "code") (this.#row.lastElementChild ?? this.#row).append(await this.#drawing(run, at));
      at += length;
    }
    withArrows(this.#row, () => Math.sqrt(this.#asked.length)).renew();
  }

  /** @param {WrittenToken[]} run @param {number} from */
  #words(run, from) {
    return h("p", {}, ...run.map((token, i) => {
      const word = token.piece.name;
      const button = h("button", { type: "button", class: "inside-word", "aria-label": `${word.trim() || "a space"}, ${percent(token.share)}` }, word);
      button.style.setProperty("--share", String(token.share));
      button.addEventListener("click", () => void this.#choose(button, from + i, this.#others(token)));
      return button;
    }));
  }

  /** @param {WrittenToken[]} run @param {number} from */
  async #drawing(run, from) {
    const codes = codesOf(run.map(({ piece }) => piece));
    const whole = this.#asked.map((_, i) => codes[Math.min(i, codes.length - 1)]);
    const grid = Math.sqrt(whole.length);
    const address = await pictureOf(this.#client, whole);
    const cells = run.map((token, i) => {
      const place = `column ${(i % grid) + 1}, row ${Math.floor(i / grid) + 1}`;
      const button = h("button", { type: "button", "aria-label": `square in ${place}, ${percent(token.share)}` });
      button.style.setProperty("--share", String(token.share));
      button.addEventListener("click", async () => {
        const others = h("ul", { class: "inside-squares" });
        await this.#choose(button, from + i, h("div", {}, h("p", {}, `The square in ${place}: code ${token.piece.code}, ${percent(token.share)}. It might have been:`), others));
        for (const { piece, share } of token.guesses) {
          const instead = await pictureOf(this.#client, whole.with(i, piece.code ?? 0));
          others.append(h("li", {}, square(instead, grid, i), h("span", {}, percent(share))));
        }
      });
      return button;
    });
    const figure = h("div", { class: "inside-drawing", role: "group", "aria-label": "A drawing, square by square" }, ...cells);
    figure.style.setProperty("--grid", String(grid));
    figure.style.backgroundImage = `url("${address}")`;
    return figure;
  }

  /** @param {WrittenToken} token a word */
  #others({ piece, share, guesses }) {
    const name = (/** @type {Piece} */ { kind, name }) => (kind === "text" ? name.trim() || "a space" : `(${name})`);
    return h(
      "div",
      {},
      h("p", {}, h("strong", {}, name(piece)), `: ${percent(share)}. What might have come:`),
      h("ul", { class: "bars" }, ...guesses.map((guess) => h("li", {}, ...bar(name(guess.piece), guess.share, percent(guess.share))))),
    );
  }

  /** @param {HTMLElement} button @param {number} at the token's place in the answer @param {HTMLElement} others */
  async #choose(button, at, others) {
    const look = ++this.#looks;
    for (const chosen of this.#row.querySelectorAll("[aria-pressed]")) chosen.removeAttribute("aria-pressed");
    button.setAttribute("aria-pressed", "true");
    this.#detail.replaceChildren(others);
    const shares = await this.#client.look({ do: "attended", ask: this.#ask, at }).catch(() => null);
    if (!shares || look !== this.#looks) return;
    this.#detail.append(this.#attended(shares));
    this.#detail.scrollIntoView({ block: "nearest" });
  }

  /** The picture that was asked about, brighter where the model looked. @param {Float32Array} shares */
  #attended(shares) {
    const cells = [...shares.slice(this.#askedAt, this.#askedAt + this.#asked.length)];
    const [most, sum] = [Math.max(...cells), cells.reduce((a, b) => a + b, 0)];
    const image = h("img", { alt: "" });
    const address = URL.createObjectURL(this.#picture);
    image.addEventListener("load", () => URL.revokeObjectURL(address), { once: true });
    image.src = address;
    const veil = h("div", { class: "inside-veil" }, ...cells.map((share) => {
      const cell = h("span");
      cell.style.opacity = String(0.8 * (1 - share / most));
      return cell;
    }));
    veil.style.setProperty("--grid", String(Math.sqrt(cells.length)));
    const words = `What it looked at before it chose: ${percent(sum)} of its attention went to the picture, most to the bright squares; the rest to the words and drawings before.`;
    return h("figure", {}, h("div", { class: "inside-looked", role: "img", "aria-label": words }, image, veil), h("figcaption", {}, words));
  }
}
