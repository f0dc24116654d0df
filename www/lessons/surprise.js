/** Questions that the program draws: the same seed gives the same question, in every browser. */

import { withAddresses } from "../addresses.js";
import { OmniError } from "../errors.js";

/** @typedef {import("../client.js").Client} Client */
/** @typedef {import("../protocol.js").Surprise & {address: string}} Shown a question with its picture as a data: address */

/** @param {Client} client @param {string} taskType @param {number} seed @returns {Promise<Shown>} */
export async function surprise(client, taskType, seed) {
  const item = await client.surprise(taskType, seed);
  return { ...item, address: withAddresses(item.png) };
}

/**
 * An answer, step by step.
 * @typedef {{steps: {text: string, png: string | null}[], answer: string, tokens: number}} Given
 */

/** Asks, and waits for the end. @param {Client} client @param {import("../protocol.js").Request} request @returns {Promise<Given>} */
export async function answerOf(client, request) {
  /** @type {Given} */
  const given = { steps: [], answer: "", tokens: 0 };
  let text = "";
  for await (const event of client.ask(request).events) {
    if (event.type === "text") text += event.text;
    else if (event.type === "picture") {
      given.steps.push({ text: text.trim(), png: withAddresses(event.png) });
      text = "";
    } else if (event.type === "answer") given.answer = event.text.trim();
    else if (event.type === "end") given.tokens = event.tokens;
    else if (event.type === "error") throw new OmniError(event.code, event.message, event.hint);
  }
  if (text.trim()) given.steps.push({ text: text.trim(), png: null });
  return given;
}
