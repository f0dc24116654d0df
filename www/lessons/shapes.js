/**
 * Questions that a lesson draws itself: a shape, and its colour. Drawn by seed, as many as are wanted, so that
 * those of a test are never among the examples.
 *
 * @typedef {{address: string, picture: Blob, answer: string}} Shape
 */

import { blobOf, bytesAt } from "../addresses.js";
import { h } from "../views/dom.js";

export const QUESTION = "what colour is the shape?";

/** Names and hues. @type {[string, number][]} */
const COLOURS = [["red", 0], ["orange", 30], ["yellow", 54], ["green", 125], ["blue", 218], ["purple", 285]];
const SHAPES = ["square", "disc", "triangle"];
const SIDE = 96;

/** Numbers from 0 to 1, the same for the same seed (mulberry32). @param {number} seed */
function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @param {number} seed @returns {Shape} */
export function shapeOf(seed) {
  const random = chance(seed * 7919 + 17);
  const between = (/** @type {number} */ low, /** @type {number} */ high) => low + random() * (high - low);
  const canvas = h("canvas", { width: SIDE, height: SIDE });
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.fillStyle = `hsl(0 0% ${between(88, 100)}%)`;
  pen.fillRect(0, 0, SIDE, SIDE);
  const [answer, hue] = COLOURS[Math.floor(random() * COLOURS.length)];
  pen.fillStyle = `hsl(${hue + between(-7, 7)} ${between(70, 95)}% ${between(42, 56)}%)`;
  const half = between(14, 30);
  draw(pen, SHAPES[Math.floor(random() * SHAPES.length)], between(half, SIDE - half), between(half, SIDE - half), half);
  const address = canvas.toDataURL("image/png");
  return { address, picture: blobOf(bytesAt(address)), answer };
}

/** @param {CanvasRenderingContext2D} pen @param {string} kind @param {number} x @param {number} y @param {number} half of its side */
function draw(pen, kind, x, y, half) {
  pen.beginPath();
  if (kind === "square") pen.rect(x - half, y - half, 2 * half, 2 * half);
  else if (kind === "disc") pen.arc(x, y, half, 0, 2 * Math.PI);
  else [[x, y - half], [x + half, y + half], [x - half, y + half]].forEach(([x, y]) => pen.lineTo(x, y));
  pen.fill();
}

/** Some of them as examples to practise, in JSON lines. @param {number} seed @param {number} count */
export function examplesOf(seed, count) {
  const lines = Array.from({ length: count }, (_, i) => {
    const { address, answer } = shapeOf(seed + i);
    return JSON.stringify({ image: address, question: QUESTION, steps: [], answer });
  });
  return lines.join("\n");
}
