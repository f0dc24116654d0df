/**
 * Looks inside the model, in the worker: pictures as codes and back, what may come next, and answers from inside.
 *
 * @typedef {import("./protocol.js").LookOrder} LookOrder
 */

import { OmniError } from "./errors.js";

/**
 * @param {LookOrder} order
 * @param {any} session
 * @param {(file: Blob) => Promise<Uint8Array>} bytesOf
 * @param {Map<number, any>} answers the last ones, by the ids of what was asked
 * @returns {Promise<any>}
 */
export async function look(order, session, bytesOf, answers) {
  switch (order.do) {
    case "codes":
      return session.codes(await bytesOf(order.picture));
    case "picture":
      return session.picture_of(Uint16Array.from(order.codes));
    case "ahead": {
      const { picture, question, draw, written, more = 0, seed = 0 } = order;
      return session.ahead(await bytesOf(picture), { question, draw, written, more, seed });
    }
    case "inside":
    case "attended": {
      const answer = answers.get(order.ask);
      if (!answer) throw new OmniError("data", "This answer can't be looked into any more.", "Press Same seed again, then look.");
      return order.do === "inside" ? session.inside(answer) : session.attended(answer, order.at);
    }
  }
}
