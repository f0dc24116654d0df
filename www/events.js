/**
 * The events of one request, as they come: an async iterator that never loses one.
 * @typedef {import("./protocol.js").OmniEvent} OmniEvent
 * @implements {AsyncIterableIterator<OmniEvent>}
 */
export class EventQueue {
  /** @type {OmniEvent[]} */
  #events = [];
  /** @type {((result: IteratorResult<OmniEvent>) => void)[]} */
  #waiting = [];
  #over = false;
  #onLeave;

  /** @param {() => void} onLeave called when the reader leaves before the end */
  constructor(onLeave) {
    this.#onLeave = onLeave;
  }

  /** True once the last event has come. */
  get over() {
    return this.#over;
  }

  /** An `end` or `error` closes the queue; what comes after it is dropped. @param {OmniEvent} event */
  push(event) {
    if (this.#over) return;
    this.#over = event.type === "end" || event.type === "error";
    const reader = this.#waiting.shift();
    if (reader) reader({ value: event, done: false });
    else this.#events.push(event);
    if (this.#over) for (const late of this.#waiting.splice(0)) late({ value: undefined, done: true });
  }

  /** @returns {Promise<IteratorResult<OmniEvent>>} */
  next() {
    const event = this.#events.shift();
    if (event) return Promise.resolve({ value: event, done: false });
    if (this.#over) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** @returns {Promise<IteratorResult<OmniEvent>>} */
  return() {
    if (!this.#over) this.#onLeave();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}
