/**
 * The page's side of the worker: messages become promises and event iterators. Elements that want
 * the same model on the same device share one worker; it ends when the last of them leaves the page,
 * which is the only way to give a WebAssembly module's memory back.
 *
 * Promises: a request ends with exactly one `end` or `error`, also when the worker dies or is
 * restarted; after a failure of the device the next request runs on the CPU.
 *
 * @typedef {import("./protocol.js").State} State
 * @typedef {import("./protocol.js").ToWorker} ToWorker
 * @typedef {import("./protocol.js").FromWorker} FromWorker
 * @typedef {import("./protocol.js").Failure} Failure
 * @typedef {{device: import("./protocol.js").DeviceWish, model: string, purpose?: string}} Wish
 *   a `purpose` of its own has a worker of its own
 */

import { OmniError, failureOf } from "./errors.js";
import { EventQueue } from "./events.js";
import { newWorker } from "./spawn.js";

/** @type {Map<string, Client>} */
const shared = new Map();

/** Orders that keep something in the browser. */
const KEEPING = new Set(["open", "resume", "keep-model", "import"]);

/** Asks the browser not to clear what somebody has made when it needs room; where it doesn't promise that, it is kept all the same. */
function persist() {
  navigator.storage?.persist?.().catch(() => {});
}

/** Failures after which the worker's module can't be trusted any more. */
const DEADLY = new Set(["internal", "device"]);

/** @type {Failure} */
const LOST = {
  code: "device",
  message: "The graphics processor stopped working.",
  hint: "The model now runs on the processor (CPU): press Ask again, or Resume where a run was training.",
};

/** @type {Failure} */
const LEFT = { code: "stopped", message: "The element has left the page.", hint: "" };

/** @type {Failure} */
const NO_WORKER = {
  code: "browser",
  message: "The program can't be started in this page.",
  hint: "Reload it; a page that embeds the element must allow its worker (worker-src blob: data: in its content policy, and Access-Control-Allow-Origin from where its files are).",
};

export class Client extends EventTarget {
  /** What the page shows; a "state" event tells of changes. @type {State} */
  state = {
    device: { kind: "cpu", name: "", why: "" },
    title: "",
    progress: null,
    ready: false,
    notice: "",
    failure: null,
  };
  #key;
  /** @type {Wish} */
  #wish;
  #users = 0;
  #wanted = false;
  /** Restarts since the model last was ready: a model that breaks every worker is not loaded for ever. */
  #restarts = 0;
  #lastId = 0;
  /** Why no worker can be had at all. @type {Failure | null} */
  #dead = null;
  /** @type {Worker | null} */
  #worker;
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: OmniError) => void}>} */
  #calls = new Map();
  /** @type {Map<number, EventQueue>} */
  #requests = new Map();

  /** One user more. @param {Wish} wish */
  static acquire(wish) {
    const key = JSON.stringify(wish);
    const client = shared.get(key) ?? new Client(key, wish);
    shared.set(key, client);
    client.#users += 1;
    return client;
  }

  /** Answers whoever has left the page, without a worker. */
  static left = new Client("", { device: "cpu", model: "" }, LEFT);

  /** @param {string} key @param {Wish} wish @param {Failure | null} [dead] why it has no worker */
  constructor(key, wish, dead = null) {
    super();
    this.#key = key;
    this.#wish = wish;
    this.#dead = dead;
    this.#worker = dead ? null : this.#start("");
  }

  /** One user less. */
  release() {
    this.#users -= 1;
    if (this.#users > 0) return;
    shared.delete(this.#key);
    this.#dead = LEFT;
    this.#end(LEFT);
    this.#endRun(null);
  }

  /** Fetches the model, or tries again after a failure. */
  load() {
    this.#wanted = true;
    return this.#call({ type: "load" });
  }

  /** @returns {Promise<import("./protocol.js").About>} */
  about() {
    return this.#call({ type: "about" });
  }

  /** @param {Blob} picture @returns {Promise<import("./protocol.js").Checked>} */
  check(picture) {
    return this.#call({ type: "check", picture });
  }

  /** @param {string} taskType @param {number} seed @returns {Promise<import("./protocol.js").Surprise>} */
  surprise(taskType, seed) {
    return this.#call({ type: "surprise", taskType, seed });
  }

  /** @param {number} surprise its id @param {string} answer @returns {Promise<boolean | undefined>} */
  judge(surprise, answer) {
    return this.#call({ type: "judge", surprise, answer });
  }

  /**
   * @param {import("./protocol.js").Request} request
   * @returns {{id: number, events: EventQueue, transcript: () => Promise<import("./protocol.js").Transcript | null>}}
   */
  ask(request) {
    this.#wanted = true;
    void this.#call({ type: "ask", request }).catch(() => {}); // the events tell of it
    const id = this.#lastId;
    const transcript = () => this.#call({ type: "transcript", ask: id }).catch(() => null);
    const events = new EventQueue(() => this.#post({ type: "stop", id }));
    if (this.#dead) events.push({ type: "error", ...this.#dead });
    else this.#requests.set(id, events);
    return { id, events, transcript };
  }

  /** A look inside the model. @param {import("./protocol.js").LookOrder} order @returns {Promise<any>} */
  look(order) {
    this.#wanted = true;
    return this.#call({ type: "look", order });
  }

  /**
   * Orders of training; "training" events with TrainNews as their detail tell how it goes.
   * @param {import("./protocol.js").TrainOrder} order
   * @returns {Promise<any>}
   */
  train(order) {
    if (KEEPING.has(order.do)) persist();
    return this.#call({ type: "train", order });
  }

  /** The reader's own examples. @param {import("./protocol.js").ExampleOrder} order @returns {Promise<any>} */
  examples(order) {
    if (order.do === "keep") persist();
    return this.#call({ type: "examples", order });
  }

  /** @param {any} message */
  #call(message) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      if (this.#dead) return reject(new OmniError(this.#dead.code, this.#dead.message, this.#dead.hint));
      this.#calls.set(id, { resolve, reject });
      this.#post({ ...message, id });
    });
  }

  /** @param {ToWorker} message */
  #post(message) {
    this.#worker?.postMessage(message);
  }

  /** Null where the browser lets the page have none. @param {string} why shown with the device when the wish names one @returns {Worker | null} */
  #start(why) {
    let worker;
    try {
      worker = newWorker();
    } catch {
      // Whoever asked for this client must first get it.
      queueMicrotask(() => this.#die());
      return null;
    }
    worker.onmessage = ({ data }) => this.#receive(data);
    worker.onerror = (event) => {
      event.preventDefault();
      if (event.filename) this.#restart(failureOf(new Error(event.message)));
      else this.#die();
    };
    worker.postMessage({ type: "open", why, page: globalThis.document?.title ?? "", ...this.#wish });
    return worker;
  }

  /** A worker that could not even start would not start the next time either. */
  #die() {
    this.#dead = NO_WORKER;
    this.#end(NO_WORKER);
    this.#endRun(NO_WORKER);
    this.state.failure = NO_WORKER;
    this.#changed();
  }

  /** A lost device in one sentence, whatever its driver says. @template {Failure} T @param {T} failure @returns {T} */
  #told(failure) {
    return failure.code === LOST.code && this.state.device.kind === "webgpu" ? { ...failure, ...LOST } : failure;
  }

  /** @param {FromWorker} message */
  #receive(message) {
    switch (message.type) {
      case "state":
        Object.assign(this.state, message.state);
        if (message.state.ready) this.#restarts = 0;
        return this.#changed();
      case "training":
        if (message.news.failure && DEADLY.has(message.news.failure.code)) return this.#restart(this.#told(message.news.failure));
        return this.#tell(message.news);
      case "lost":
        return this.#restart(LOST);
      case "result":
        this.#take(message.id)?.resolve(message.value);
        return;
      case "failure": {
        const failure = this.#told(message.error);
        this.#take(message.id)?.reject(new OmniError(failure.code, failure.message, failure.hint));
        if (DEADLY.has(failure.code)) this.#restart(failure);
        return;
      }
      case "event": {
        const { id } = message;
        const event = message.event.type === "error" ? this.#told(message.event) : message.event;
        this.#requests.get(id)?.push(event);
        if (this.#requests.get(id)?.over) this.#requests.delete(id);
        if (event.type === "error" && DEADLY.has(event.code)) this.#restart(failureOf(event));
      }
    }
  }

  /** @param {number} id */
  #take(id) {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    return call;
  }

  /** A new worker in place of the broken one; the model comes from the cache. @param {Failure} failure */
  #restart(failure) {
    this.#end(failure);
    let why = "";
    if (failure.code === "device") {
      this.#wish = { ...this.#wish, device: "cpu" };
      why = "because the graphics processor failed";
    }
    this.state = { ...this.state, ready: false, progress: null };
    this.#worker = this.#start(why);
    this.#endRun(failure);
    this.#restarts += 1;
    if (this.#wanted && this.#restarts < 2) this.load().catch(() => {}); // the state tells of a failure
    this.#changed();
  }

  /** Ends the worker and everything that waits for it. @param {Failure} failure */
  #end(failure) {
    this.#worker?.terminate();
    for (const { reject } of this.#calls.values()) {
      reject(new OmniError(failure.code, failure.message, failure.hint));
    }
    for (const events of this.#requests.values()) events.push({ type: "error", ...failure });
    this.#calls.clear();
    this.#requests.clear();
  }

  /** Whoever hears that a run has ended may ask for what is saved of it: the worker must be there. @param {Failure | null} failure */
  #endRun(failure) {
    this.#tell({ phase: "closed", failure });
  }

  /** @param {import("./protocol.js").TrainNews} news */
  #tell(news) {
    this.dispatchEvent(new CustomEvent("training", { detail: news }));
  }

  #changed() {
    this.dispatchEvent(new Event("state"));
  }
}
