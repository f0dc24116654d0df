/** How much likelier or rarer tokens were when they were learned from than when they were sampled. */

import { h } from "./dom.js";
import { svg } from "./svg.js";

const WIDTH = 480;
const HEIGHT = 120;
const BOTTOM = 18;

/**
 * @param {number[]} counts tokens in bins, the middle one around a ratio of 1
 * @param {number} bin width of a bin
 * @param {{low: number, high: number}} clip
 */
export function histogram(counts, bin, clip) {
  const most = Math.max(...counts);
  const beside = (counts.length - 1) / 2;
  const wide = WIDTH / counts.length;
  const x = (/** @type {number} */ ratio) => ((ratio - 1) / bin + beside + 0.5) * wide;
  // A root: the bars of few tokens are seen beside that of the many that hardly moved.
  const high = (/** @type {number} */ count) => Math.sqrt(count / most) * (HEIGHT - BOTTOM - 4);
  const outside = counts.filter((_, i) => outsideOf(1 + (i - beside) * bin, clip)).reduce((sum, count) => sum + count, 0);
  const all = counts.reduce((sum, count) => sum + count, 0);
  const parts = counts.map((count, i) => svg("rect", {
    class: outsideOf(1 + (i - beside) * bin, clip) ? "bin clipped" : "bin",
    x: (i * wide + 0.5).toFixed(1),
    y: (HEIGHT - BOTTOM - high(count)).toFixed(1),
    width: (wide - 1).toFixed(1),
    height: high(count).toFixed(1),
  }));
  for (const edge of [1 - clip.low, 1 + clip.high]) {
    parts.push(svg("line", { class: "clip", x1: x(edge), x2: x(edge), y1: 0, y2: HEIGHT - BOTTOM }));
    parts.push(svg("text", { x: x(edge), y: HEIGHT - 4, "text-anchor": "middle" }, String(Number(edge.toFixed(2)))));
  }
  parts.push(svg("text", { x: x(1), y: HEIGHT - 4, "text-anchor": "middle" }, "1"));
  const words = `${all} tokens, ${outside} of them outside of ${Number((1 - clip.low).toFixed(2))} to ${Number((1 + clip.high).toFixed(2))}`;
  return h(
    "figure",
    { class: "chart histogram" },
    h("figcaption", {}, "How far the step moved"),
    svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `How far the step moved: ${words}` }, parts),
    h("p", { class: "legend" }, "Each word and square: how much likelier it is now than when it was tried. 1: as likely as before. What is beyond the dashed lines has gone far enough, and is left alone."),
  );
}

/** @param {number} ratio @param {{low: number, high: number}} clip */
function outsideOf(ratio, { low, high }) {
  return ratio < 1 - low || ratio > 1 + high;
}
