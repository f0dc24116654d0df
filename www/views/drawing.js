/**
 * A drawing, and on wish how rough each of its cells is.
 * @typedef {import("../protocol.js").ShownStep} ShownStep
 */

import { h } from "./dom.js";

/** Squared distance of neighbouring codes from which on a cell is as red as can be. */
const ROUGHEST = 12;

/** @param {ShownStep} step @param {number} [size] in pixels */
export function drawing({ text, png, edges = [] }, size = 72) {
  if (!png) return null;
  const picture = h("img", { src: png, alt: `Drawing after: ${text}`, width: size, height: size });
  return edges.length ? h("span", { class: "drawing" }, picture, heat(edges)) : picture;
}

/** @param {number[]} edges */
function heat(edges) {
  const grid = Math.round(Math.sqrt(edges.length));
  const canvas = h("canvas", { class: "heat", width: grid, height: grid, "aria-hidden": "true" });
  const cells = new ImageData(grid, grid);
  edges.forEach((edge, i) => cells.data.set([225, 29, 72, Math.min(edge / ROUGHEST, 1) * 200], 4 * i));
  canvas.getContext("2d")?.putImageData(cells, 0, 0);
  return canvas;
}
