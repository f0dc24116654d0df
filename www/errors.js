/**
 * What can go wrong outside the Rust part, in the same form: code, message, hint.
 * @typedef {import("./protocol.js").Failure} Failure
 */

/** An error that carries a Failure. */
export class OmniError extends Error {
  /** @param {string} code @param {string} message @param {string} hint */
  constructor(code, message, hint) {
    super(message);
    this.name = "OmniError";
    this.code = code;
    this.hint = hint;
  }
}

/**
 * Whatever was thrown, as a Failure. The Rust part throws plain `{code, message, hint}`.
 * @param {any} thrown
 * @returns {Failure}
 */
export function failureOf(thrown) {
  if (thrown && typeof thrown.code === "string" && typeof thrown.hint === "string") {
    return { code: thrown.code, message: thrown.message, hint: thrown.hint };
  }
  return {
    code: "internal",
    message: `Something broke inside the page (${thrown?.message ?? thrown}).`,
    hint: "Try again; if it happens again, reload the page.",
  };
}

/**
 * One line for readers.
 * @param {Failure} failure
 */
export function sentence({ message, hint }) {
  return hint ? `${message} ${hint}` : message;
}
