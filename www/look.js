/**
 * Looks inside the model, in the worker: pictures as codes and back, and what may come next.
 *
 * @typedef {import("./protocol.js").LookOrder} LookOrder
 */

/** @param {LookOrder} order @param {any} session @param {(file: Blob) => Promise<Uint8Array>} bytesOf @returns {Promise<any>} */
export async function look(order, session, bytesOf) {
  switch (order.do) {
    case "codes":
      return session.codes(await bytesOf(order.picture));
    case "picture":
      return session.picture_of(Uint16Array.from(order.codes));
    case "ahead": {
      const { picture, question, draw, written, more = 0, seed = 0 } = order;
      return session.ahead(await bytesOf(picture), { question, draw, written, more, seed });
    }
  }
}
