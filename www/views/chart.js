/** A small line chart in SVG: lines over steps, with their last values in the legend. */

import { h } from "./dom.js";
import { svg } from "./svg.js";
import { explained } from "./term.js";

const WIDTH = 240;
const HEIGHT = 140;
const LEFT = 48;
const BOTTOM = 20;
/** More lines than this repeat their looks. */
const LOOKS = 4;
/** More points than pixels only cost time: neighbours are averaged. */
const POINTS = 120;

/**
 * @typedef {{name: string, points: [number, number][]}} Line points: step and value, in order of steps
 * @typedef {{title: string, most?: number, format?: (value: number) => string}} Look `most`: the top of the scale, if it is fixed
 */

export class Chart {
  #look;
  #svg = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" });
  #legend = h("p", { class: "legend" });
  element;

  /** @param {Look} look */
  constructor(look) {
    this.#look = look;
    const caption = h("figcaption", {});
    this.element = h("figure", { class: "chart" }, caption, this.#svg, this.#legend);
    caption.append(...explained(look.title, this.element));
    this.show([]);
  }

  /** @param {Line[]} lines @param {Line[]} [behind] of another run, to compare */
  show(lines, behind = []) {
    const { title, most, format = short } = this.#look;
    const smooth = lines.map(({ points }) => averaged(points));
    const others = behind.map(({ points }) => averaged(points));
    const all = [...smooth, ...others].flat();
    const last = Math.max(1, ...all.map(([step]) => step));
    const top = most ?? nice(Math.max(0, ...all.map(([, value]) => value)));
    const x = (/** @type {number} */ step) => LEFT + (step / last) * (WIDTH - LEFT - 6);
    const y = (/** @type {number} */ value) => 6 + (1 - value / top) * (HEIGHT - BOTTOM - 6);
    const parts = [0, 0.5, 1].flatMap((share) => [
      svg("line", { class: "grid", x1: LEFT, x2: WIDTH - 6, y1: y(share * top), y2: y(share * top) }),
      svg("text", { x: LEFT - 5, y: y(share * top) + 4, "text-anchor": "end" }, format(share * top)),
    ]);
    parts.push(svg("text", { x: WIDTH - 6, y: HEIGHT - 4, "text-anchor": "end" }, `step ${all.length ? last : 0}`));
    const way = (/** @type {[number, number][]} */ points) => points.map(([step, value]) => `${x(step).toFixed(1)},${y(Math.min(value, top)).toFixed(1)}`).join(" ");
    others.forEach((points, i) => parts.push(svg("polyline", { class: `line behind line-${i % LOOKS}`, points: way(points) })));
    smooth.forEach((points, i) => {
      parts.push(svg("polyline", { class: `line line-${i % LOOKS}`, points: way(points) }));
      const end = points.at(-1);
      if (end) parts.push(svg("circle", { class: `dot line-${i % LOOKS}`, cx: x(end[0]), cy: y(Math.min(end[1], top)), r: 3 }));
    });
    this.#svg.replaceChildren(...parts);
    const values = lines.map(({ name, points }) => {
      const end = points.at(-1);
      return `${name} ${end ? format(end[1]) : "–"}`;
    });
    this.#svg.setAttribute("aria-label", `${title}: ${values.join(", ") || "nothing yet"}`);
    this.#legend.replaceChildren(...values.map((words, i) => h("span", { class: `key line-${i % LOOKS}` }, words)));
  }
}

/** @param {[number, number][]} points @returns {[number, number][]} */
function averaged(points) {
  const group = Math.ceil(points.length / POINTS);
  if (group < 2) return points;
  /** @type {[number, number][]} */
  const result = [];
  for (let i = 0; i < points.length; i += group) {
    const part = points.slice(i, i + group);
    result.push([part[part.length - 1][0], part.reduce((sum, [, value]) => sum + value, 0) / part.length]);
  }
  return result;
}

/** The next round number above. @param {number} value */
function nice(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 4, 5, 10].find((step) => step * power >= value) ?? 10) * power;
}

/** @param {number} value */
function short(value) {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(2)));
}
