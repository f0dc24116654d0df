/**
 * An answer as one picture: the question, its picture, each step's words with their drawing, and the answer.
 * @typedef {import("../past.js").PastAnswer} PastAnswer
 */

import { OmniError } from "../errors.js";

const SIDE = 260;
const GAP = 28;
/** Cells in a row. */
const MOST = 4;
const LINE = 22;
const FACE = "system-ui, sans-serif";
const COLOURS = { paper: "#fffefb", ink: "#211d33", soft: "#5a5568", accent: "#4b3aa8" };

/**
 * @typedef {{picture: ImageBitmap | null, lines: string[]}} Cell
 * @typedef {CanvasRenderingContext2D} Context
 */

/** @param {PastAnswer} past @returns {Promise<Blob>} a PNG */
export async function strip({ request, steps, answer, model, device }) {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d");
  if (!context) throw new OmniError("browser", "This browser doesn't let the page draw.", "Take Save to read instead.");
  /** @param {Blob | null} picture @param {string} words */
  const cell = async (picture, words) => ({ picture: picture && (await createImageBitmap(picture)), lines: wrapped(context, words, `16px ${FACE}`, SIDE) });
  const drawings = steps.map(({ text, png }) => cell(png ? new Blob([/** @type {BlobPart} */ (png)], { type: "image/png" }) : null, text));
  const cells = await Promise.all([cell(request.picture, ""), ...drawings]);
  const columns = Math.min(MOST, cells.length);
  const width = columns * (SIDE + GAP) + GAP;
  const inside = width - 2 * GAP;
  const title = wrapped(context, request.question, `600 24px ${FACE}`, inside);
  const result = wrapped(context, answer, `700 32px ${FACE}`, inside);
  const rows = Array.from({ length: Math.ceil(cells.length / MOST) }, (_, row) => cells.slice(row * MOST, (row + 1) * MOST));
  const heights = rows.map((row) => Math.max(...row.map(heightOf)) + GAP);
  const height = GAP + title.length * 32 + GAP + heights.reduce((sum, high) => sum + high, 0) + result.length * 40 + GAP + LINE + GAP;
  // As sharp on paper as on a screen; a new size wipes the canvas.
  Object.assign(canvas, { width: 2 * width, height: 2 * height });
  context.scale(2, 2);
  context.fillStyle = COLOURS.paper;
  context.fillRect(0, 0, width, height);
  context.textBaseline = "top";
  let y = write(context, title, `600 24px ${FACE}`, COLOURS.ink, GAP, GAP, 32) + GAP;
  rows.forEach((row, i) => {
    row.forEach((cell, column) => draw(context, cell, GAP + column * (SIDE + GAP), y));
    y += heights[i];
  });
  y = write(context, result, `700 32px ${FACE}`, COLOURS.accent, GAP, y, 40);
  write(context, [[model, device, `seed ${request.seed}`].filter(Boolean).join(" · ")], `14px ${FACE}`, COLOURS.soft, GAP, y + GAP, LINE);
  const png = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!png) throw new OmniError("browser", "This browser can't make a picture of that size.", "Take Save to read instead.");
  return png;
}

/** @param {Cell} cell */
function heightOf({ picture, lines }) {
  return (picture ? SIDE + 12 : 0) + lines.length * LINE;
}

/** A picture as a whole, in the middle of its square, and the words below it. @param {Context} context @param {Cell} cell @param {number} x @param {number} y */
function draw(context, { picture, lines }, x, y) {
  if (picture) {
    const scale = SIDE / Math.max(picture.width, picture.height);
    const [width, height] = [picture.width * scale, picture.height * scale];
    context.drawImage(picture, x + (SIDE - width) / 2, y + (SIDE - height) / 2, width, height);
  }
  write(context, lines, `16px ${FACE}`, COLOURS.ink, x, y + (picture ? SIDE + 12 : 0), LINE);
}

/** @param {Context} context @param {string[]} lines @param {string} font @param {string} colour @param {number} x @param {number} y @param {number} step @returns {number} where they end */
function write(context, lines, font, colour, x, y, step) {
  context.font = font;
  context.fillStyle = colour;
  lines.forEach((line, i) => context.fillText(line, x, y + i * step));
  return y + lines.length * step;
}

/** Words in lines of a width; a word that is longer than one is broken, an action after its commas. @param {Context} context @param {string} text @param {string} font @param {number} width */
function wrapped(context, text, font, width) {
  context.font = font;
  /** @type {string[]} */
  const lines = [];
  let line = "";
  for (const part of text.trim().split(/(?<=[\s,])/).filter(Boolean).flatMap((word) => (context.measureText(word).width > width ? [...word] : [word]))) {
    if (line && context.measureText((line + part).trimEnd()).width > width) {
      lines.push(line.trimEnd());
      line = "";
    }
    line += part;
  }
  return line ? [...lines, line.trimEnd()] : lines;
}
