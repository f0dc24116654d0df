/**
 * Answers of before: the last ones, as plain data in this browser (IndexedDB), to be looked at again without a model.
 *
 * An answer never waits for this, and nobody is told where the browser keeps nothing (a private window, a frame without
 * an origin, a full disk): the answers are there for as long as the page is then.
 *
 * @typedef {import("./protocol.js").Request} Request
 * @typedef {import("./protocol.js").OmniEvent} OmniEvent
 * @typedef {import("./protocol.js").EndEvent} EndEvent
 *
 * @typedef {object} PastStep
 * @property {string} text
 * @property {Uint8Array} [png] the drawing that followed
 * @property {boolean} [imagined] whether the model drew that itself
 *
 * @typedef {object} PastAnswer
 * @property {number} time when it was given, in milliseconds since 1970; no two have the same
 * @property {Request} request its picture, question, seed and settings
 * @property {string} model the title of the one that answered
 * @property {string} device its name for readers
 * @property {PastStep[]} steps
 * @property {string} answer
 * @property {EndEvent} end
 * @property {{picture?: string, surprise?: string, model?: string}} shared what a link to it holds (views/share.js)
 */

/** So many are kept. */
export const KEPT = 24;
const DATABASE = "omni-r1-past";
const STORE = "answers";

/** The steps among a request's events: words, and the drawing after them. @param {OmniEvent[]} events @returns {PastStep[]} */
export function stepsOf(events) {
  /** @type {PastStep[]} */
  const steps = [];
  let text = "";
  for (const event of events) {
    // Blanks alone are no words yet.
    if (event.type === "text" && (text || event.text.trim())) text += event.text;
    if (event.type !== "picture") continue;
    steps.push({ text, png: event.png, imagined: event.imagined });
    text = "";
  }
  return text ? [...steps, { text }] : steps;
}

/** What a request would give that had this answer. @param {PastAnswer} past @returns {OmniEvent[]} */
export function eventsOf({ steps, answer, end }) {
  /** @type {OmniEvent[]} */
  const events = [];
  let index = 0;
  for (const { text, png, imagined = true } of steps) {
    if (text) events.push({ type: "text", text });
    if (png) events.push({ type: "picture", index: index++, imagined, png });
  }
  return [...events, { type: "answer", text: answer }, end];
}

/** Tells every strip of this page when all answers are forgotten. */
const all = new EventTarget();

export class PastAnswers {
  #onChange;
  /** @type {PastAnswer[]} */
  #answers = [];

  /** @param {(answers: PastAnswer[]) => void} onChange they are others now; the latest first */
  constructor(onChange) {
    this.#onChange = onChange;
    void keptHere().then((kept) => this.#set([...this.#answers, ...kept]));
    all.addEventListener("forgotten", () => this.#set([]));
  }

  /** @param {PastAnswer} past */
  async keep(past) {
    const { picture } = past.request;
    // A file of the reader's may move or change; its bytes, here, don't.
    const bytes = await picture.arrayBuffer().catch(() => null);
    const own = { ...past, request: { ...past.request, picture: bytes ? new Blob([bytes], { type: picture.type }) : picture } };
    this.#set([...this.#answers, own]);
    await work("readwrite", (store) => {
      store.put(own);
      const times = store.getAllKeys();
      times.onsuccess = () => times.result.slice(0, -KEPT).forEach((time) => store.delete(time));
      return times;
    });
  }

  /** @param {PastAnswer} past */
  async forget({ time }) {
    this.#set(this.#answers.filter((other) => other.time !== time));
    await work("readwrite", (store) => store.delete(time));
  }

  /** @param {PastAnswer[]} answers */
  #set(answers) {
    this.#answers = answers.sort((a, b) => b.time - a.time).slice(0, KEPT);
    this.#onChange(this.#answers);
  }
}

export async function forgetAll() {
  all.dispatchEvent(new Event("forgotten"));
  await work("readwrite", (store) => store.clear());
}

/** What is kept, in bytes: pictures. */
export async function size() {
  const sizeOf = (/** @type {PastAnswer} */ { request, steps }) => steps.reduce((sum, { png }) => sum + (png?.length ?? 0), request.picture.size);
  return (await keptHere()).reduce((sum, past) => sum + sizeOf(past), 0);
}

/** @returns {Promise<PastAnswer[]>} */
async function keptHere() {
  return /** @type {PastAnswer[]} */ ((await work("readonly", (store) => store.getAll())) ?? []);
}

/** @type {Promise<IDBDatabase | null> | null} */
let database = null;

/**
 * What the order gave, once all of it is kept; undefined where it can't be.
 * @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest} order @returns {Promise<unknown>}
 */
async function work(mode, order) {
  const opened = await (database ??= open());
  return new Promise((resolve) => {
    const transaction = /** @type {IDBDatabase} */ (opened).transaction(STORE, mode);
    transaction.onerror = transaction.onabort = () => resolve(undefined);
    const request = order(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
  }).catch(() => undefined); // there is no database
}

/** Null where the browser gives none. @returns {Promise<IDBDatabase | null>} */
function open() {
  /** @type {Promise<IDBDatabase | null>} */
  const opened = new Promise((resolve) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "time" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => resolve(null);
  });
  return opened.catch(() => null);
}
