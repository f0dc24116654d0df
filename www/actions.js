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
