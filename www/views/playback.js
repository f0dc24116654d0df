/**
 * How fast an answer is shown. A small model is done before anybody can follow it; a class needs
 * the words one by one, the drawings row by row, and time to look at each.
 *
 * @typedef {"full" | "follow"} Pace
 * @typedef {import("../protocol.js").OmniEvent} OmniEvent
 */

/** Milliseconds before what comes next; a piece is a part of a word or of an action. */
const WAITS = { word: 250, piece: 70, row: 150, look: 900 };

/**
 * How long to wait after an event.
 * @param {OmniEvent} event @param {Pace} pace
 */
export function waitAfter(event, pace) {
  if (pace !== "follow") return 0;
  if (event.type === "text") return /^\s/.test(event.text) ? WAITS.word : WAITS.piece;
  if (event.type === "picture-row") return WAITS.row;
  return event.type === "picture" ? WAITS.look : 0;
}

/** How long a whole step is looked at when it is played again. @param {{text: string, png?: Uint8Array}} step */
export function timeFor({ text, png }) {
  return WAITS.look + text.split(/\s+/).length * WAITS.word + (png ? WAITS.look : 0);
}

/** @param {number} ms */
export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** People who asked for less motion see a slow drawing whole, after the same time. @param {Pace} pace */
export function paintsRows(pace) {
  return pace !== "follow" || !matchMedia("(prefers-reduced-motion: reduce)").matches;
}
