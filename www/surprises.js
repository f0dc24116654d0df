/**
 * Tasks drawn by chance. The program has the last one at hand: its judge, and the scene behind its picture.
 * Several elements of a page share it, so one that isn't the last any more is drawn again, from its seed.
 *
 * @typedef {import("./protocol.js").Surprise} Surprise
 */

/** So many are known by their ids. */
const KNOWN = 50;

export class Surprises {
  /** @type {Map<number, {taskTypes: string[], seed: number, png: Uint8Array}>} */
  #drawn = new Map();
  #lastId = 0;
  /** The one that the program has; 0 for none of these. */
  #atHand = 0;

  /** @param {any} session @param {string[]} taskTypes @param {number} seed @returns {Surprise} */
  draw(session, taskTypes, seed) {
    const surprise = session.surprise(taskTypes, seed);
    const id = ++this.#lastId;
    this.#atHand = id;
    this.#drawn.set(id, { taskTypes, seed, png: surprise.png });
    this.#drawn.delete(id - KNOWN);
    return { ...surprise, id };
  }

  /** Whether the program has that one at hand, now at the latest. @param {any} session @param {number} id */
  recall(session, id) {
    const drawn = this.#drawn.get(id);
    if (!drawn || id === this.#atHand) return Boolean(drawn);
    const { png } = session.surprise(drawn.taskTypes, drawn.seed);
    // Another model may have come, which practised other styles.
    const same = png.length === drawn.png.length && png.every((/** @type {number} */ byte, /** @type {number} */ i) => byte === drawn.png[i]);
    this.#atHand = same ? id : 0;
    return same;
  }
}
