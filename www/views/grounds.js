/**
 * What a picture that is made begins as: a white sheet, a bar chart whose bars are dragged, a maze whose walls are
 * pressed. Plain data; all of it is drawn and changed by the functions here.
 *
 * @typedef {[number, number]} Cell column and row
 * @typedef {{kind: "sheet"} | {kind: "photo"}} Sheet
 * @typedef {{kind: "bars", values: number[]}} Bars
 * @typedef {{kind: "maze", walls: string[], start: Cell, goal: Cell}} Maze `walls` as "x,y,right" and "x,y,below"
 * @typedef {Sheet | Bars | Maze} Ground
 * @typedef {{moveTo(x: number, y: number): void} | "changed"} Grip what is held now, or was done by the press alone
 */

/** As the program draws them (src/tasks/style.rs). */
export const COLOURS = { red: "#de2428", orange: "#fa8c14", yellow: "#f8d41e", green: "#28a546", blue: "#285fe4", purple: "#8c3cbe" };
const INK = "#222222";
const FAINT = "#c4c4c4";

/** Bars by the names of their colours, and the highest value. */
const BARS = /** @type {const} */ (["red", "green", "blue", "orange"]);
const TOP = 8;
/** Edges of the chart's field. */
const [LEFT, RIGHT, UPPER, LOWER] = [0.16, 0.94, 0.08, 0.9];
/** Cells of a maze's side, and its margin. */
const CELLS = 4;
const MARGIN = 0.08;
const CELL = (1 - 2 * MARGIN) / CELLS;
/** So near to a wall, a share of a cell, is on it. */
const NEAR = 0.25;

/** @type {Record<Ground["kind"], () => Ground>} */
const NEW = {
  sheet: () => ({ kind: "sheet" }),
  photo: () => ({ kind: "photo" }),
  bars: () => ({ kind: "bars", values: [5, 2, 7, 3] }),
  maze: () => ({ kind: "maze", walls: ["0,0,right", "1,1,below", "2,1,right", "0,2,below", "2,2,below"], start: [0, 0], goal: [3, 3] }),
};

/** @param {string} kind @returns {Ground} */
export const groundOf = (kind) => NEW[/** @type {Ground["kind"]} */ (kind)]();

/** @param {number} value @param {number} most */
const within = (value, most) => Math.min(most, Math.max(0, Math.round(value)));
/** @param {number} share @returns {number} the column or row of a cell */
const cellAt = (share) => within((share - MARGIN) / CELL - 0.5, CELLS - 1);
/** @param {number} i */
const corner = (i) => MARGIN + i * CELL;
/** @param {number} value */
const height = (value) => LOWER - (value / TOP) * (LOWER - UPPER);

/** What a press at a place does, if there is anything. @param {Ground} ground @param {number} x @param {number} y @returns {Grip | null} */
export function grip(ground, x, y) {
  if (ground.kind === "bars") {
    const bar = Math.floor(((x - LEFT) / (RIGHT - LEFT)) * BARS.length);
    if (bar < 0 || bar >= BARS.length || y > LOWER) return null;
    const moveTo = (/** @type {number} */ _x, /** @type {number} */ y) => void (ground.values[bar] = within(((LOWER - y) / (LOWER - UPPER)) * TOP, TOP));
    moveTo(x, y);
    return { moveTo };
  }
  if (ground.kind !== "maze") return null;
  const cell = /** @type {Cell} */ ([cellAt(x), cellAt(y)]);
  const [right, below] = [(x - corner(cell[0])) / CELL, (y - corner(cell[1])) / CELL];
  const nearest = Math.min(right, 1 - right, below, 1 - below);
  if (nearest < NEAR) {
    const [dx, dy, side] = nearest === right ? [-1, 0, "right"] : nearest === 1 - right ? [0, 0, "right"] : nearest === below ? [0, -1, "below"] : [0, 0, "below"];
    return turnWall(ground, [cell[0] + Number(dx), cell[1] + Number(dy)], /** @type {string} */ (side)) ? "changed" : null;
  }
  const held = /** @type {"start" | "goal" | undefined} */ (["start", "goal"].find((name) => String(ground[/** @type {"start" | "goal"} */ (name)]) === String(cell)));
  return held ? { moveTo: (x, y) => void (ground[held] = [cellAt(x), cellAt(y)]) } : null;
}

/** A wall comes or goes; the maze's own edges stay. @param {Maze} maze @param {Cell} cell @param {string} side */
function turnWall(maze, [x, y], side) {
  if (x < 0 || y < 0 || (side === "right" ? x : y) >= CELLS - 1) return false;
  const wall = `${x},${y},${side}`;
  maze.walls = maze.walls.includes(wall) ? maze.walls.filter((other) => other !== wall) : [...maze.walls, wall];
  return true;
}

/**
 * What a key does at the keyboard's place: Enter and Space turn the walls right of a cell and below it, + and - move a
 * bar. @param {Ground} ground @param {[number, number]} at @param {string} key
 */
export function press(ground, [x, y], key) {
  if (ground.kind === "maze" && (key === "Enter" || key === " ")) return turnWall(ground, [cellAt(x), cellAt(y)], key === "Enter" ? "right" : "below");
  if (ground.kind !== "bars" || !"+-".includes(key)) return false;
  const bar = Math.min(BARS.length - 1, Math.max(0, Math.floor(((x - LEFT) / (RIGHT - LEFT)) * BARS.length)));
  ground.values[bar] = within(ground.values[bar] + (key === "+" ? 1 : -1), TOP);
  return true;
}

/** How it is changed, for those who can't see it. @type {Record<Ground["kind"], string>} */
export const KEYS = {
  sheet: "Arrow keys move, Enter puts the chosen shape down.",
  photo: "Arrow keys move, Enter puts the chosen shape down.",
  bars: "Left and right arrows go to a bar, plus and minus change it.",
  maze: "Arrow keys move, Enter turns the wall on the right, Space the wall below.",
};

/** What is there, in words. @param {Ground} ground */
export function told(ground) {
  if (ground.kind === "bars") return ground.values.map((value, i) => `${BARS[i]} ${value}`).join(", ");
  return ground.kind === "maze" ? `a maze with ${ground.walls.length} inner walls` : "";
}

/** Questions that suit it. @param {Ground} ground @returns {string[]} */
export function asked(ground) {
  if (ground.kind === "maze") return ["how do i get from orange to purple?"];
  return ground.kind === "bars" ? ["how high is the red bar?", "what is the value of the blue bar?"] : [];
}

/** @param {CanvasRenderingContext2D} pen whose canvas is 1 by 1 @param {Ground} ground @param {ImageBitmap | null} photo */
export function draw(pen, ground, photo) {
  pen.fillStyle = "white";
  pen.fillRect(0, 0, 1, 1);
  if (ground.kind === "photo" && photo) cover(pen, photo);
  if (ground.kind === "bars") chart(pen, ground);
  if (ground.kind === "maze") labyrinth(pen, ground);
}

/** The middle of a photo. @param {CanvasRenderingContext2D} pen @param {ImageBitmap} photo */
function cover(pen, photo) {
  const side = Math.min(photo.width, photo.height);
  pen.drawImage(photo, (photo.width - side) / 2, (photo.height - side) / 2, side, side, 0, 0, 1, 1);
}

/** @param {CanvasRenderingContext2D} pen @param {Bars} ground */
function chart(pen, { values }) {
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  pen.font = "0.07px sans-serif";
  for (let value = 0; value <= TOP; value += 2) {
    line(pen, [LEFT, height(value)], [RIGHT, height(value)], FAINT, 0.008);
    pen.fillStyle = INK;
    pen.fillText(String(value), LEFT - 0.03, height(value));
  }
  const width = (RIGHT - LEFT) / BARS.length;
  for (const [i, value] of values.entries()) {
    pen.fillStyle = COLOURS[BARS[i]];
    pen.fillRect(LEFT + (i + 0.18) * width, height(value), 0.64 * width, LOWER - height(value));
  }
  line(pen, [LEFT, UPPER - 0.03], [LEFT, LOWER], INK, 0.015);
  line(pen, [LEFT, LOWER], [RIGHT, LOWER], INK, 0.015);
}

/** @param {CanvasRenderingContext2D} pen @param {Maze} ground */
function labyrinth(pen, { walls, start, goal }) {
  for (let i = 1; i < CELLS; i++) {
    line(pen, [corner(i), MARGIN], [corner(i), 1 - MARGIN], FAINT, 0.006);
    line(pen, [MARGIN, corner(i)], [1 - MARGIN, corner(i)], FAINT, 0.006);
  }
  for (const wall of walls) {
    const [x, y, side] = wall.split(",");
    const [right, below] = [corner(Number(x) + 1), corner(Number(y) + 1)];
    line(pen, side === "right" ? [right, below - CELL] : [right - CELL, below], [right, below], INK, 0.035);
  }
  pen.strokeStyle = INK;
  pen.lineWidth = 0.035;
  pen.strokeRect(MARGIN, MARGIN, CELLS * CELL, CELLS * CELL);
  const middle = (/** @type {number} */ i) => corner(i + 0.5);
  pen.fillStyle = COLOURS.orange;
  pen.fillRect(middle(start[0]) - 0.06, middle(start[1]) - 0.06, 0.12, 0.12);
  pen.fillStyle = COLOURS.purple;
  pen.beginPath();
  pen.arc(middle(goal[0]), middle(goal[1]), 0.06, 0, 2 * Math.PI);
  pen.fill();
}

/** @param {CanvasRenderingContext2D} pen @param {[number, number]} from @param {[number, number]} to @param {string} colour @param {number} width */
function line(pen, from, to, colour, width) {
  pen.strokeStyle = colour;
  pen.lineWidth = width;
  pen.lineCap = "round";
  pen.beginPath();
  pen.moveTo(...from);
  pen.lineTo(...to);
  pen.stroke();
}
