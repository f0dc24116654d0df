/**
 * `<omni-r1>`: the whole of asking in one element, for this page and for any other.
 *
 * Attributes: `model`, `device` (auto, cpu, webgpu), `picture` (an address), `question`, `pictures`
 * (imagined, executed, zoomed, none, blank, shuffled), `seed`, `pace` (full, follow: so slow that one can follow),
 * `temperature`, `picture-temperature`, `top-p`, `surprise` (a task drawn by chance, such as V2:123, instead of a
 * picture), `share` (the address of a page whose links set these), `past` (there: the last answers are kept in this
 * browser, see views/past.js), `mode` (ask, learn, train, device), `place` (within the learn view). Method:
 * `ask({picture, question, ...})`, an async iterator of events (protocol.js). DOM events, which bubble out of every
 * shadow: `omni-text`, `omni-picture`, `omni-answer`, `omni-error` with the event as `detail`, `omni-progress` with
 * `{loaded, total}` of the download, and `omni-ready` with `{device, title}` when the model is there.
 *
 * @typedef {import("./protocol.js").Request} Request
 * @typedef {import("./protocol.js").OmniEvent} OmniEvent
 * @typedef {import("./protocol.js").DeviceWish} DeviceWish
 * @typedef {Partial<Omit<Request, "picture">> & {picture?: Blob | string}} Asked
 */

import { ATTRIBUTES, attribute, isUsable } from "./attributes.js";
import { Client } from "./client.js";
import { OmniError, failureOf } from "./errors.js";
import { EventQueue } from "./events.js";
import { Modes } from "./modes.js";
import { parsed } from "./url.js";
import { AskView } from "./views/ask.js";
import { h } from "./views/dom.js";
import { isPasteFor } from "./views/given.js";
import { newSeed } from "./views/options.js";
import { sleep, waitAfter } from "./views/playback.js";
import { addStyles } from "./views/styles.js";

/** Written out one by one: that is the form that bundlers look for. */
const STYLES = [
  new URL("./element.css", import.meta.url),
  new URL("./views/picture.css", import.meta.url),
  new URL("./views/ask.css", import.meta.url),
  new URL("./views/reasoning.css", import.meta.url),
  new URL("./views/past.css", import.meta.url),
];
/** Where there are no elements, as on a server, the module can still be imported. */
const Element = /** @type {typeof HTMLElement} */ (globalThis.HTMLElement ?? class {});

export class OmniR1 extends Element {
  static observedAttributes = ATTRIBUTES;

  /** @type {Client | null} */
  #client = null;
  /** @type {EventQueue | null} the request that runs */
  #running = null;
  /** The model's failure that was told of. @type {import("./protocol.js").Failure | null} */
  #failure = null;
  #ready = false;
  /** The model that was last heard of. */
  #title = "";
  #view = new AskView({
    client: () => this.#mine(),
    ask: (request) => void this.ask(request),
    stop: () => this.stop(),
    setDevice: (device) => this.setAttribute("device", device),
    setModel: (model) => this.setAttribute("model", model),
    compare: (request) => this.#compare(request),
    onError: (error) => this.#fail(error),
  });
  #modes = new Modes({
    client: () => this.#mine(),
    device: () => this.#device,
    set: (name, value) => this.setAttribute(name, value),
    followed: () => this.hasAttribute("share"),
    ask: (item) => this.#view.set(item ?? {}),
    append: (view, styles) => this.#append(view, styles),
  });
  #root = this.attachShadow({ mode: "open" });
  #body = h("div", { hidden: true }, this.#view.element);
  #onState = () => this.#update();
  #onTraining = (/** @type {any} */ event) => this.#modes.train?.tell(event.detail);
  /** @param {ClipboardEvent} event */
  #onPaste = (event) => {
    if (this.#view.element.hidden) return;
    const alone = document.querySelectorAll(this.localName).length === 1;
    if (isPasteFor(event, this, alone) && this.#view.paste(event.clipboardData)) event.preventDefault();
  };

  /** A tab in the background may be closed without a word. */
  #onHidden = () => document.hidden && this.#modes.train?.save();

  constructor() {
    super();
    this.#root.append(this.#body);
    // Shown with its style, or without it rather than never.
    void addStyles(this.#root, STYLES).then(() => (this.#body.hidden = false));
    // What is typed into a field is no command to the page around: slides would turn.
    this.addEventListener("keydown", (event) => {
      const [typed] = event.composedPath();
      if (typed instanceof HTMLInputElement || typed instanceof HTMLTextAreaElement || typed instanceof HTMLSelectElement) event.stopPropagation();
    });
  }

  connectedCallback() {
    document.addEventListener("paste", this.#onPaste);
    document.addEventListener("visibilitychange", this.#onHidden);
    this.#open();
    const surprise = attribute(this, "surprise");
    void (surprise ? this.#drawAgain(surprise) : this.#showPicture(attribute(this, "picture")));
  }

  disconnectedCallback() {
    document.removeEventListener("paste", this.#onPaste);
    document.removeEventListener("visibilitychange", this.#onHidden);
    this.stop();
    this.#view.leave();
    this.#release();
    this.#modes.learn?.leave();
    this.#modes.train?.leave();
  }

  /** @param {string} name @param {string | null} before @param {string | null} value */
  attributeChangedCallback(name, before, value) {
    if (before === value || !isUsable(this, name, value)) return;
    if (name === "model" || name === "device") return this.#reconnect();
    if (name === "mode" || name === "place") return void this.#setMode(attribute(this, "mode"));
    if (name === "share") this.#view.share = value ? absolute(value) : "";
    else if (name === "past") this.#view.keepsPast(value !== null);
    else if (name === "surprise") return void (value && this.#client && this.#drawAgain(value));
    else if (name !== "picture") this.#view.set({ [name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase())]: value ?? "" });
    else if (this.#client) void this.#showPicture(value);
  }

  /**
   * Asks the model. What is left out is taken from the element, as its reader has set it up.
   * @param {Asked} [asked]
   * @returns {AsyncIterableIterator<OmniEvent>}
   */
  ask(asked = {}) {
    this.stop();
    const client = this.#connect();
    /** @type {EventQueue | null} */
    let source = null;
    let left = false;
    let leave = () => {};
    const leaving = new Promise((resolve) => (leave = () => resolve(undefined)));
    const events = new EventQueue(() => {
      left = true;
      leave();
      void source?.return();
    });
    this.#running = events;
    const run = async () => {
      const request = await this.#complete(asked);
      const answer = client.ask(request);
      source = answer.events;
      if (left) void source.return();
      if (this.#running === events) this.#view.begin(request, { transcript: answer.transcript, inside: () => this.#inside(client, answer.id, request.picture) });
      const { pace } = this.#view;
      for await (const event of source) {
        // The model may have been faster than its reader: what wasn't shown yet when it was stopped never is.
        if (!left || event.type === "error") this.#pass(event, events);
        else if (event.type === "end") this.#pass(STOPPED, events);
        const wait = waitAfter(event, pace);
        if (wait && !left) await Promise.race([sleep(wait), leaving]);
      }
    };
    run().catch((error) => {
      this.#view.fail(failureOf(error));
      this.#pass({ type: "error", ...failureOf(error) }, events);
    });
    return events;
  }

  /** Ends the request that runs, if there is one; it ends with its `end` event. */
  stop() {
    void this.#running?.return();
  }

  /** The view that is shown. @param {string | null} mode */
  async #setMode(mode) {
    if ((await this.#modes.make(mode)) && this.#client) void this.#describe();
    const shown = attribute(this, "mode");
    this.#view.element.hidden = shown !== null && shown !== "ask";
    this.#modes.show(shown, attribute(this, "place") ?? "");
  }

  /** A view with its styles, once those are there. @param {HTMLElement} view @param {URL[]} addresses */
  async #append(view, addresses) {
    await addStyles(this.#root, addresses);
    this.#body.append(view);
  }

  /** What was asked, in other ways. @param {Request} request */
  async #compare(request) {
    const { Compare, STYLES } = await import("./views/compare.js");
    await addStyles(this.#root, STYLES);
    const compare = new Compare(this.#mine(), this.#device, request);
    void compare.run();
    return compare;
  }

  /** An answer from inside. @param {Client} client @param {number} id @param {Blob} [picture] that was asked about */
  async #inside(client, id, picture) {
    const { Inside, STYLES } = await import("./views/inside.js");
    const inside = new Inside(client, id, /** @type {Blob} */ (picture));
    await Promise.all([inside.open(), addStyles(this.#root, STYLES)]);
    return inside;
  }

  /** @param {Asked} asked @returns {Promise<Request>} */
  async #complete(asked) {
    const address = typeof asked.picture === "string" ? absolute(asked.picture) : undefined;
    const picture = typeof asked.picture === "string" ? await fetchPicture(asked.picture) : asked.picture;
    this.#view.set({ ...asked, picture, address });
    const shown = this.#view.request;
    if (!shown.picture) {
      throw new OmniError("picture", "There is no picture yet.", "Choose one, or press Surprise me.");
    }
    const seed = asked.seed ?? shown.seed ?? newSeed();
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new OmniError("option", "The seed is not a whole number.", "Write digits only, or leave it empty.");
    }
    return { ...shown, picture: shown.picture, seed };
  }

  /** One event to everyone who listens. @param {OmniEvent} event @param {EventQueue} events */
  #pass(event, events) {
    if (this.#running === events) this.#view.show(event, this.#client?.state.device.name ?? "");
    events.push(event);
    if (event.type === "text" || event.type === "picture" || event.type === "answer" || event.type === "error") {
      this.#dispatch(`omni-${event.type}`, event);
    }
    if (events.over && this.#running === events) this.#running = null;
    // Only the request has kept an element that is in no page.
    if (!this.isConnected && !this.#running) this.#release();
  }

  /** The worker, what it offers, and the model. */
  #open() {
    const client = this.#connect();
    this.#failure = null;
    void this.#describe();
    // People who asked to save data download the model with their first question.
    if (!(/** @type {any} */ (navigator).connection?.saveData)) client.load().catch(() => {}); // the state tells of a failure
  }

  /** What the program offers; when it can't be had, the state tells why. */
  async #describe() {
    const about = await this.#client?.about().catch(() => null);
    if (!about) return;
    this.#view.describe(about);
    this.#modes.train?.describe(about);
  }

  /** For the views, whose work may end when the element has left its page. */
  #mine() {
    return this.#client ?? (this.isConnected ? this.#connect() : Client.left);
  }

  get #device() {
    return /** @type {DeviceWish} */ (attribute(this, "device") ?? "auto");
  }

  #connect() {
    if (this.#client) return this.#client;
    const device = this.#device;
    const model = attribute(this, "model") ?? "";
    this.#client = Client.acquire({ device, model: modelOf(model) });
    this.#client.addEventListener("state", this.#onState);
    this.#client.addEventListener("training", this.#onTraining);
    this.#view.set({ device });
    this.#view.model = model;
    return this.#client;
  }

  #release() {
    this.#client?.removeEventListener("state", this.#onState);
    this.#client?.removeEventListener("training", this.#onTraining);
    if (!this.#client) return;
    this.#client.release();
    this.#client = null;
    this.#modes.train?.tell({ phase: "closed" });
  }

  #reconnect() {
    if (!this.isConnected || !this.#client) return;
    this.#release();
    this.#open();
  }

  #update() {
    const { state } = this.#mine();
    this.#view.update(state);
    this.#modes.device?.update(state);
    if (state.progress) this.#dispatch("omni-progress", { ...state.progress });
    if (state.failure && state.failure !== this.#failure) this.#dispatch("omni-error", { type: "error", ...state.failure });
    if (state.ready && !this.#ready) this.#dispatch("omni-ready", { device: state.device.kind, title: state.title });
    this.#ready = state.ready;
    // The program came only now, or another model.
    if ((this.#failure && !state.failure) || this.#title !== state.title) void this.#describe();
    this.#title = state.title;
    this.#failure = state.failure;
  }

  /** @param {string | null} address */
  async #showPicture(address) {
    if (!address) return;
    try {
      this.#view.set({ picture: await fetchPicture(address), address: absolute(address) });
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {string} surprise */
  #drawAgain(surprise) {
    return this.#view.draw(surprise, attribute(this, "question")).catch((error) => this.#fail(error));
  }

  /** Something failed outside of a request. @param {unknown} error */
  #fail(error) {
    const failure = failureOf(error);
    if (failure.code === "stopped" && !this.isConnected) return;
    this.#view.fail(failure);
    this.#dispatch("omni-error", { type: "error", ...failure });
  }

  /** @param {string} name @param {object} detail */
  #dispatch(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
  }
}

/** @type {OmniEvent} */
const STOPPED = { type: "error", code: "stopped", message: "Stopped.", hint: "" };

/** A name as it is, an address as seen from the page. @param {string} model */
function modelOf(model) {
  return model.includes("/") && parsed(model, document.baseURI) ? absolute(model) : model;
}

/** As seen from the page. @param {string} address */
function absolute(address) {
  return new URL(address, document.baseURI).href;
}

/** @param {string} address */
async function fetchPicture(address) {
  const response = await fetch(absolute(address)).catch(() => null);
  if (!response?.ok) throw new OmniError("picture", "This picture can't be loaded.", "Check its address.");
  return response.blob();
}

// Another copy of this module may have been first.
if (globalThis.customElements && !customElements.get("omni-r1")) customElements.define("omni-r1", OmniR1);
