/**
 * A picture that its reader makes, on a sheet, a photo, a chart or a maze (grounds.js): shapes put down and moved,
 * strokes of a pen, each change a new picture to ask about.
 *
 * @typedef {"circle" | "square" | "triangle" | "star" | "cross" | "heart"} Shape
 * @typedef {{shape: Shape, colour: string, x: number, y: number, size: number}} Put
 * @typedef {{colour: string, points: [number, number, number][]}} Stroke x, y and the width there
 * @typedef {Put | Stroke} Thing sizes and places are shares of the picture
 * @typedef {object} Actions
 * @property {(picture: Blob, suggestions: string[], ask: boolean) => void} onChange
 * @property {() => void} onDone
 */

import { h, icon } from "./dom.js";
import { COLOURS, KEYS, asked, draw, grip, groundOf, press, told } from "./grounds.js";

const STYLE = new URL("./maker.css", import.meta.url);
const SIDE = 512;
const SHAPES = /** @type {const} */ (["circle", "square", "triangle", "star", "cross", "heart"]);
const INK = "#222222";
/** @type {[import("./grounds.js").Ground["kind"], string][]} */
const GROUNDS = [["sheet", "on a white sheet"], ["bars", "on a bar chart"], ["maze", "in a maze"], ["photo", "on a photo…"]];
/** Half of a shape's side, and a pen's width at full pressure. */
const [HALF, WIDTH] = [0.11, 0.03];
/** One change after the other: the model is asked when the hand rests. */
const REST_MS = 500;
/** So far an arrow key moves. */
const STEP = 0.05;

export class Maker {
  #actions;
  /** @type {Thing[]} */
  #parts = [];
  #ground = groundOf("sheet");
  /** @type {ImageBitmap | null} */
  #photo = null;
  /** How it was before each change, as JSON. @type {string[]} */
  #before = [];
  /** What is drawn or moved now. @type {{moveTo(x: number, y: number, event: PointerEvent): void} | null} */
  #held = null;
  /** Where the keyboard is. @type {[number, number]} */
  #at = [0.5, 0.5];
  #canvas = h("canvas", { width: SIDE, height: SIDE, tabIndex: 0, role: "img" });
  #where = h("select", { "aria-label": "What to draw on", onchange: () => this.#begin() }, ...GROUNDS.map(([value, words]) => h("option", { value }, words)));
  #file = h("input", { type: "file", accept: "image/*", hidden: true, "aria-label": "The photo", onchange: () => void this.#takePhoto() });
  #tool = h("select", { "aria-label": "What to put down" }, ...[...SHAPES, "pen"].map((name) => h("option", { value: name }, name)));
  #colour = h("select", { "aria-label": "Colour" }, ...Object.keys(COLOURS).map((name) => h("option", { value: name }, name)));
  #live = h("input", { type: "checkbox" });
  #undo = h("button", { type: "button", class: "quiet", onclick: () => this.#back() }, "Undo");
  #clear = h("button", { type: "button", class: "quiet", onclick: () => this.#empty() }, "Clear");
  #said = h("p", { class: "unseen", role: "status" });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #waiting;

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    const done = h("button", { type: "button", class: "quiet", onclick: () => actions.onDone() }, icon("close"), "Done");
    this.element = h("div", { class: "maker", role: "group", "aria-label": "Make a picture" },
      h("link", { rel: "stylesheet", href: STYLE.href }),
      this.#canvas,
      this.#file,
      h("div", { class: "tools" }, this.#where, this.#tool, this.#colour, this.#undo, this.#clear, done),
      h("label", { class: "live" }, this.#live, " Ask at every change"),
      this.#said);
    this.#canvas.addEventListener("pointerdown", (event) => this.#press(event));
    this.#canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"]) this.#canvas.addEventListener(name, () => this.#release());
    this.#canvas.addEventListener("keydown", (event) => this.#key(event));
    this.#draw();
  }

  /** @param {PointerEvent} event @returns {[number, number]} */
  #place({ clientX, clientY }) {
    const { left, top, width, height } = this.#canvas.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height];
  }

  /** @param {PointerEvent} event */
  #press(event) {
    event.preventDefault();
    this.#canvas.focus({ preventScroll: true });
    this.#canvas.setPointerCapture(event.pointerId);
    const [x, y] = this.#place(event);
    this.#remember();
    const there = this.#parts.findLast?.((part) => "shape" in part && Math.hypot(part.x - x, part.y - y) < part.size);
    const gripped = there ? null : grip(this.#ground, x, y);
    if (gripped === "changed") this.#changed();
    else this.#held = gripped ?? (this.#tool.value === "pen" ? this.#stroke(x, y, event) : this.#shape(x, y, /** @type {Put | undefined} */ (there)));
    this.#draw();
  }

  /** @param {number} x @param {number} y @param {PointerEvent} event */
  #stroke(x, y, event) {
    /** @type {Stroke} */
    const stroke = { colour: COLOURS[/** @type {keyof typeof COLOURS} */ (this.#colour.value)], points: [[x, y, width(event)]] };
    this.#parts.push(stroke);
    return { moveTo: (/** @type {number} */ x, /** @type {number} */ y, /** @type {PointerEvent} */ event) => void stroke.points.push([x, y, width(event)]) };
  }

  /** @param {number} x @param {number} y @param {Put} [there] one that is moved */
  #shape(x, y, there) {
    const moved = there ?? this.#put(x, y);
    const [dx, dy] = [moved.x - x, moved.y - y];
    return { moveTo: (/** @type {number} */ x, /** @type {number} */ y) => void ([moved.x, moved.y] = [inside(x + dx), inside(y + dy)]) };
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const [x, y] = this.#place(event);
    if (!this.#held) return;
    this.#held.moveTo(x, y, event);
    this.#draw();
  }

  #release() {
    if (!this.#held) return;
    this.#held = null;
    this.#changed();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const ways = /** @type {Record<string, [number, number]>} */ ({ ArrowUp: [0, -STEP], ArrowDown: [0, STEP], ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0] });
    const way = ways[event.key];
    if (!way && !["Enter", " ", "+", "-"].includes(event.key)) return;
    event.preventDefault();
    if (way) this.#at = [inside(this.#at[0] + way[0]), inside(this.#at[1] + way[1])];
    else {
      this.#remember();
      const isPut = event.key === "Enter" || event.key === " ";
      if (!press(this.#ground, this.#at, event.key) && isPut && this.#tool.value !== "pen") this.#put(...this.#at);
      this.#changed();
    }
    this.#draw();
  }

  /** @param {number} x @param {number} y @returns {Put} */
  #put(x, y) {
    const colour = COLOURS[/** @type {keyof typeof COLOURS} */ (this.#colour.value)];
    const part = { shape: /** @type {Shape} */ (this.#tool.value), colour, x: inside(x), y: inside(y), size: HALF };
    this.#parts.push(part);
    return part;
  }

  #remember() {
    this.#before.push(JSON.stringify([this.#ground, this.#parts]));
  }

  #back() {
    [this.#ground, this.#parts] = JSON.parse(/** @type {string} */ (this.#before.pop()));
    this.#where.value = this.#ground.kind;
    this.#draw();
    this.#changed();
  }

  /** The ground as it was at first, with nothing on it. */
  #empty() {
    this.#remember();
    [this.#ground, this.#parts] = [groundOf(this.#where.value), []];
    this.#draw();
    this.#changed();
  }

  /** On another ground. */
  #begin() {
    if (this.#where.value === "photo") this.#file.click();
    this.#empty();
  }

  async #takePhoto() {
    const [file] = this.#file.files ?? [];
    this.#photo = file ? await createImageBitmap(file).catch(() => null) : null;
    this.#draw();
    this.#changed();
    if (file && !this.#photo) this.#said.textContent = "This file is no picture that the browser can read.";
  }

  #draw() {
    const pen = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext("2d"));
    pen.save();
    pen.scale(SIDE, SIDE);
    draw(pen, this.#ground, this.#photo);
    pen.restore();
    this.#canvas.ariaLabel = `The picture being made. ${KEYS[this.#ground.kind]}`;
    for (const part of this.#parts) {
      if ("shape" in part) putDown(pen, part);
      else stroke(pen, part);
    }
    this.#undo.disabled = !this.#before.length;
    this.#clear.disabled = !this.#parts.length && this.#ground.kind === "sheet";
  }

  #changed() {
    this.#said.textContent = [told(this.#ground), counted(this.#parts)].filter(Boolean).join(", ") || "The picture is empty.";
    clearTimeout(this.#waiting);
    this.#waiting = setTimeout(() => {
      this.#canvas.toBlob((picture) => picture && this.#actions.onChange(picture, [...asked(this.#ground), ...questions(this.#parts)], this.#live.checked));
    }, this.#live.checked ? REST_MS : 0);
  }
}

/** @param {number} share */
const inside = (share) => Math.min(1 - HALF / 2, Math.max(HALF / 2, share));

/** A mouse presses by half. @param {PointerEvent} event */
const width = ({ pressure }) => WIDTH * (0.4 + 0.6 * (pressure || 0.5));

/** @param {CanvasRenderingContext2D} pen @param {Put} part */
function putDown(pen, { shape, colour, x, y, size }) {
  pen.save();
  pen.translate(x * SIDE, y * SIDE);
  pen.scale(size * SIDE, size * SIDE);
  pen.beginPath();
  OUTLINES[shape](pen);
  pen.closePath();
  pen.restore();
  pen.fillStyle = colour;
  pen.fill();
  pen.strokeStyle = INK;
  pen.lineWidth = SIDE / 170;
  pen.stroke();
}

/** @param {CanvasRenderingContext2D} pen @param {[number, number][]} corners */
const polygon = (pen, corners) => corners.forEach(([x, y]) => pen.lineTo(x, y));

/** Each within -1 and 1. @type {Record<Shape, (pen: CanvasRenderingContext2D) => void>} */
const OUTLINES = {
  circle: (pen) => pen.arc(0, 0, 0.95, 0, 2 * Math.PI),
  square: (pen) => pen.rect(-0.85, -0.85, 1.7, 1.7),
  triangle: (pen) => polygon(pen, [[0, -1], [0.95, 0.8], [-0.95, 0.8]]),
  star: (pen) => polygon(pen, Array.from({ length: 10 }, (_, i) => {
    const [far, turn] = [i % 2 ? 0.42 : 1, (i * Math.PI) / 5];
    return [far * Math.sin(turn), -far * Math.cos(turn)];
  })),
  cross: (pen) => polygon(pen, [[-0.3, -1], [0.3, -1], [0.3, -0.3], [1, -0.3], [1, 0.3], [0.3, 0.3], [0.3, 1], [-0.3, 1], [-0.3, 0.3], [-1, 0.3], [-1, -0.3], [-0.3, -0.3]]),
  heart: (pen) => {
    pen.moveTo(0, 0.95);
    pen.bezierCurveTo(-1.5, -0.1, -0.9, -1.2, 0, -0.45);
    pen.bezierCurveTo(0.9, -1.2, 1.5, -0.1, 0, 0.95);
  },
};

/** @param {CanvasRenderingContext2D} pen @param {Stroke} part */
function stroke(pen, { colour, points }) {
  pen.strokeStyle = colour;
  pen.lineCap = "round";
  let [last] = points;
  for (const point of points) {
    pen.beginPath();
    pen.lineWidth = point[2] * SIDE;
    pen.moveTo(last[0] * SIDE, last[1] * SIDE);
    pen.lineTo(point[0] * SIDE, point[1] * SIDE);
    pen.stroke();
    last = point;
  }
}

/** @param {Thing[]} parts @returns {Put[]} */
const shapes = (parts) => parts.flatMap((part) => ("shape" in part ? [part] : []));

/** @param {string} name @param {number} count */
const named = (name, count) => `${count} ${count === 1 ? name : name.endsWith("s") ? `${name}es` : `${name}s`}`;

/** What is there, in words. @param {Thing[]} parts */
export function counted(parts) {
  const counts = SHAPES.map((shape) => [shape, shapes(parts).filter((part) => part.shape === shape).length]);
  return counts.filter(([, count]) => count).map(([shape, count]) => named(String(shape), Number(count))).join(", ");
}

/** Questions that suit it: about the shapes that are there. @param {Thing[]} parts */
export function questions(parts) {
  const there = [...new Set(shapes(parts).map(({ shape }) => shape))];
  return there.slice(0, 3).map((shape) => `how many ${named(shape, 2).slice(2)} are there?`);
}
