/**
 * An answer as a link: the question, the seed and everything else that the answer follows from, where its picture has
 * an address or was drawn by chance. On the CPU the same tokens come out wherever it is opened.
 * @typedef {import("../protocol.js").Request} Request
 */

/** What both an address and the element's attributes name so. @type {[string, keyof Request][]} */
const NAMES = [
  ["question", "question"],
  ["seed", "seed"],
  ["pictures", "pictures"],
  ["temperature", "temperature"],
  ["picture-temperature", "pictureTemperature"],
  ["top-p", "topP"],
];

/** Attributes that a link may set. */
export const SHARED = ["picture", "surprise", "model", ...NAMES.map(([name]) => name)];

/**
 * @param {string} page the address of a page that opens links
 * @param {Request} request
 * @param {{picture?: string, surprise?: string, model?: string}} about the address of the picture or how it was drawn,
 *   and the model if it isn't the page's own
 */
export function linkTo(page, request, about) {
  const link = new URL(page);
  link.search = link.hash = "";
  const beside = new URL(".", page).href;
  for (const [name, value] of Object.entries(about)) {
    if (value) link.searchParams.set(name, value.startsWith(beside) ? value.slice(beside.length) : value);
  }
  for (const [name, key] of NAMES) {
    const value = request[key];
    if (value !== undefined && value !== "") link.searchParams.set(name, String(value));
  }
  return link.href;
}

/** What a surprise was drawn from, as one word: `V2:123`, or `:123` for any taskType. @param {{taskType: string, seed: number}} drawn */
export function drawnFrom({ taskType, seed }) {
  return `${taskType}:${seed}`;
}

/** @param {string} word @returns {{taskType: string, seed: number} | null} */
export function readDrawn(word) {
  const [, taskType, seed] = /^(\w*):(\d{1,9})$/.exec(word) ?? [];
  return seed === undefined ? null : { taskType, seed: Number(seed) };
}
