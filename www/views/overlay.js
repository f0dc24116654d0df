/**
 * What a step does, laid over the picture that was asked about: its box, mark, line, or the frame of its zoom. The model
 * sees a square: the picture, with its shorter side padded evenly (src/vq/pixels.rs).
 *
 * @typedef {import("../past.js").PastStep} PastStep
 */

import { MARK_RADIUS, actionIn } from "../actions.js";
import { h } from "./dom.js";
import { svg } from "./svg.js";

/** The square's side in the overlay's own units: browsers draw coarsely below one. */
const SIDE = 100;

export class Overlay {
  #image;
  #lines = svg("svg", { class: "over", "aria-hidden": "true", preserveAspectRatio: "xMidYMid meet" });
  element;

  /** @param {HTMLImageElement} image shown as a whole, as large as fits */
  constructor(image) {
    this.#image = image;
    this.element = h("span", { class: "under" }, image, this.#lines);
  }

  /** @param {PastStep[]} steps the one that is looked at, and those before it; none for no overlay */
  show(steps) {
    const { naturalWidth: width, naturalHeight: height } = this.#image;
    const unit = SIDE / Math.max(width, height, 1);
    const sides = [width * unit, height * unit];
    this.#lines.setAttribute("viewBox", [...sides.map((side) => (SIDE - side) / 2), ...sides].join(" "));
    this.#lines.replaceChildren(...shapes(steps));
  }
}

/** The last step's action; a zoom before it has made a part of the picture the whole. @param {PastStep[]} steps */
function shapes(steps) {
  const actions = steps.map(({ text }) => actionIn(text));
  const last = actions.pop();
  if (!last?.numbers.length) return [];
  const zooms = actions.flatMap((action) => (action?.name === "ZOOM" ? [action.numbers.map((number) => number * SIDE)] : []));
  const within = zooms.map(([x, y, width, height]) => `translate(${x} ${y}) scale(${width / SIDE} ${height / SIDE})`).join(" ");
  // The halo is seen where the line isn't: on a picture of the line's own colour.
  return [svg("g", { transform: within }, [
    ...(last.name === "ZOOM" ? [around(last.numbers)] : []),
    ...["halo", "ink"].map((layer) => outline(last, `${layer} ${last.name.toLowerCase()}`)),
  ])];
}

/** @param {{name: string, numbers: number[]}} action @param {string} layer */
function outline({ name, numbers }, layer) {
  const [a, b, c, d] = numbers.map((number) => number * SIDE);
  if (name === "MARK") return svg("circle", { class: layer, cx: a, cy: b, r: MARK_RADIUS * SIDE });
  if (name === "LINE") return svg("line", { class: layer, x1: a, y1: b, x2: c, y2: d });
  return svg("rect", { class: layer, x: a, y: b, width: c, height: d });
}

/** All but the part that is zoomed into. @param {number[]} numbers */
function around(numbers) {
  const [x, y, width, height] = numbers.map((number) => number * SIDE);
  return svg("path", { class: "around", "fill-rule": "evenodd", d: `M${-SIDE} ${-SIDE}h${3 * SIDE}v${3 * SIDE}h${-3 * SIDE}zM${x} ${y}h${width}v${height}h${-width}z` });
}
