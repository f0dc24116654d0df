/**
 * A picture on which an action is drawn: pressed, dragged and let go, it becomes the words of the
 * action. Fractions of the picture, two decimals, as the program reads them.
 *
 * @typedef {import("../actions.js").Tool} Tool
 */

import { MARK_RADIUS } from "../actions.js";
import { h } from "./dom.js";
import { svg } from "./svg.js";

/** The smallest box that is meant as one. */
const SMALLEST = 0.02;

export class Board {
  #picture = h("img", { alt: "The picture of the step", draggable: false });
  #shape = svg("svg", { viewBox: "0 0 1 1", "aria-hidden": "true" });
  element = h("div", { class: "board" }, this.#picture, this.#shape);
  /** @type {Tool} */
  tool = "BBOX";
  /** The number of the next mark. */
  mark = 1;

  /** @param {(action: string) => void} onAction */
  constructor(onAction) {
    /** @type {[number, number] | null} */
    let from = null;
    this.element.addEventListener("pointerdown", (event) => {
      if (!this.#picture.src) return;
      event.preventDefault();
      this.element.setPointerCapture(event.pointerId);
      from = this.#at(event);
    });
    this.element.addEventListener("pointermove", (event) => {
      if (from) this.#show(from, this.#at(event));
    });
    this.element.addEventListener("pointerup", (event) => {
      if (!from) return;
      const action = this.#action(from, this.#at(event));
      from = null;
      this.#shape.replaceChildren();
      if (action) onAction(action);
    });
    this.element.addEventListener("pointercancel", () => {
      from = null;
      this.#shape.replaceChildren();
    });
  }

  /** @param {string} address of the picture; empty for none */
  set picture(address) {
    this.element.hidden = !address;
    if (address) this.#picture.src = address;
    else this.#picture.removeAttribute("src");
  }

  /** @param {PointerEvent} event @returns {[number, number]} */
  #at({ clientX, clientY }) {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    const within = (/** @type {number} */ share) => Math.round(Math.min(1, Math.max(0, share)) * 100) / 100;
    return [within((clientX - left) / width), within((clientY - top) / height)];
  }

  /** @param {[number, number]} from @param {[number, number]} to */
  #show([x1, y1], [x2, y2]) {
    const { x, y, w, h: high } = box(x1, y1, x2, y2);
    const shapes = {
      MARK: () => svg("circle", { cx: x2, cy: y2, r: MARK_RADIUS }),
      LINE: () => svg("line", { x1, y1, x2, y2 }),
      BBOX: () => svg("rect", { x, y, width: w, height: high }),
    };
    this.#shape.replaceChildren(shapes[this.tool === "ZOOM" ? "BBOX" : this.tool]());
  }

  /** Empty where nothing sensible was drawn. @param {[number, number]} from @param {[number, number]} to */
  #action([x1, y1], [x2, y2]) {
    const words = (/** @type {number[]} */ ...numbers) => numbers.map((number) => number.toFixed(2)).join(",");
    if (this.tool === "MARK") return `MARK(${words(x2, y2)},${this.mark})`;
    if (this.tool === "LINE") return x1 === x2 && y1 === y2 ? "" : `LINE(${words(x1, y1, x2, y2)})`;
    const { x, y, w, h: high } = box(x1, y1, x2, y2);
    return w < SMALLEST || high < SMALLEST ? "" : `${this.tool}(${words(x, y, w, high)})`;
  }
}

/** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 */
function box(x1, y1, x2, y2) {
  return { x: Math.min(x1, x2), y: Math.min(y1, y2), w: Math.abs(x2 - x1), h: Math.abs(y2 - y1) };
}
