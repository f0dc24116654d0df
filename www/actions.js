/** What a step of a thought can do to a picture, as the program writes it (src/tasks/action.rs). */

/** @typedef {"ZOOM" | "BBOX" | "MARK" | "LINE"} Tool an action whose picture follows from pixels alone */

/** @type {[...Tool[], "PRED"]} */
export const ACTIONS = ["ZOOM", "BBOX", "MARK", "LINE", "PRED"];

/** A mark's radius, as a share of the picture. */
export const MARK_RADIUS = 0.066;

const ACTION = `(?:${ACTIONS.join("|")})\\([^)]*\\)`;
/** An action within words, for `split`. */
export const WITHIN = new RegExp(`(${ACTION})`);
/** The action at the end of a step's words. */
export const AT_THE_END = new RegExp(`\\s*\\b${ACTION}\\s*$`);

/**
 * The action within a step's words, its numbers as fractions of the picture that it is about (PRED has none); null for
 * none, and for one that leaves the picture.
 * @param {string} text @returns {{name: string, numbers: number[]} | null}
 */
export function actionIn(text) {
  const [name = "", inside = ""] = WITHIN.exec(text)?.[0].split(/[()]/) ?? [];
  if (!name || name === "PRED") return name ? { name, numbers: [] } : null;
  // A mark's third number is its name.
  const numbers = inside.split(",").slice(0, name === "MARK" ? 2 : 4).map((part) => (part.trim() ? Number(part) : NaN));
  const whole = numbers.length === (name === "MARK" ? 2 : 4) && numbers.every((number) => number >= 0 && number <= 1);
  return whole ? { name, numbers } : null;
}
