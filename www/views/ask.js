/**
 * The ask view: picture and question on one side, reasoning and answer on the other. It shows and
 * collects; the element above it does the asking.
 *
 * @typedef {import("../protocol.js").OmniEvent} OmniEvent
 * @typedef {import("../protocol.js").Request} Request
 * @typedef {import("../protocol.js").State} State
 * @typedef {import("../client.js").Client} Client
 * @typedef {import("../past.js").PastAnswer} PastAnswer
 * @typedef {object} Actions
 * @property {() => Client} client
 * @property {(request: Partial<Request>) => void} ask
 * @property {() => void} stop
 * @property {(device: string) => void} setDevice
 * @property {(model: string) => void} setModel
 * @property {import("./after.js").Actions["compare"]} compare
 * @property {(error: unknown) => void} onError
 */

import { blobOf } from "../addresses.js";
import { OmniError } from "../errors.js";
import { eventsOf } from "../past.js";
import { isZip, open } from "../saved-answer.js";
import { h } from "./dom.js";
import { isDropOfWords } from "./given.js";
import { newSeed, Options } from "./options.js";
import { PastStrip } from "./past.js";
import { Picture } from "./picture.js";
import { Reply } from "./reply.js";
import { drawnFrom, readDrawn } from "./share.js";
import { Status } from "./status.js";

export class AskView {
  #actions;
  #picture;
  #status;
  #options;
  #reply;
  /** @type {PastStrip | null} */
  #past = null;
  #question = h("textarea", { id: "question", rows: 2, placeholder: "What do you want to know about it?", oninput: () => this.#compare() });
  #chips = h("div", { class: "chips", role: "group", "aria-label": "Suggestions" });
  #ask = h("button", { type: "button", class: "primary", onclick: () => this.#submit() }, "Ask");
  #stop = h("button", { type: "button", class: "quiet", disabled: true }, "Stop");
  /** The picture is the reader's own, or the host page's: no sample, no task drawn by chance. */
  #brought = false;
  /** The task drawn by chance that is being shown. @type {import("../protocol.js").Surprise | null} */
  #surprise = null;
  /** Where the picture comes from, for others to have it too. @type {{picture?: string, surprise?: string}} */
  #origin = {};
  /** The address of a page that opens links. */
  share = "";
  /** The model that a link names: none if it is the page's own. */
  model = "";
  /** The title of the model that answers. */
  #title = "";

  /** @param {Actions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#picture = new Picture({
      check: (file) => actions.client().check(file),
      onChosen: (file) => void this.#choose(file),
      onSample: (sample) => this.#takeSample(sample),
      surprise: (taskType) => this.#takeSurprise(taskType),
      onMade: (file, suggestions, ask) => void this.#takeMade(file, suggestions, ask),
      onError: actions.onError,
    });
    this.#status = new Status(() => actions.client().load().catch(() => {}));
    this.#options = new Options(actions.setDevice, actions.setModel);
    this.#stop.addEventListener("click", actions.stop);
    this.#question.addEventListener("keydown", (event) => {
      // The Enter that ends a composition of characters; Safari's has this code alone.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      if (!this.#ask.disabled) this.#submit();
    });
    this.#reply = new Reply(
      { again: () => this.#again(), compare: actions.compare, onError: actions.onError },
      (steps) => this.#picture.overlay.show(this.#picture.file === this.#reply.request?.picture ? steps : []),
    );
    // Nothing is submitted: sandboxed frames may not.
    const form = h(
      "form",
      { class: "question", onsubmit: (/** @type {Event} */ event) => event.preventDefault() },
      h("label", { for: "question", class: "heading" }, "Question"),
      this.#question,
      h("div", { class: "row" }, this.#ask, this.#stop),
      this.#status.alert,
      this.#chips,
    );
    this.element = h(
      "div",
      { class: "view" },
      // Whoever goes on to the next question looks at no step any more.
      h("section", { class: "side", onfocusin: () => this.#reply.rest() }, this.#picture.element, form, this.#picture.others, this.#options.element, this.#status.element),
      this.#reply.element,
    );
    this.element.addEventListener("keydown", (event) => event.key === "Escape" && !this.#stop.disabled && actions.stop());
    this.element.addEventListener("dragover", (event) => !isDropOfWords(event) && event.preventDefault());
    this.element.addEventListener("drop", (event) => {
      if (isDropOfWords(event)) return;
      event.preventDefault();
      void this.#picture.drop(event.dataTransfer);
    });
  }

  /** What the reader has set up. */
  get request() {
    const { pictures = this.#brought ? "zoomed" : "imagined", ...options } = this.#options.values;
    const surprise = this.#surprise?.id;
    return { ...options, pictures, picture: this.#picture.file ?? undefined, question: this.#question.value, surprise };
  }

  /** How fast answers are shown. */
  get pace() {
    return this.#options.pace;
  }

  /** @param {import("../protocol.js").About} about */
  describe({ capabilities, ...about }) {
    const { taskTypes, suggestions } = capabilities ?? about;
    this.#picture.setTaskTypes(taskTypes);
    this.#reply.capabilities = taskTypes;
    this.#options.describe(about);
    this.#options.wordsAlone(capabilities?.draws === false);
    if (!this.#chips.childElementCount) this.#suggest(suggestions);
  }

  /**
   * What a program sets; a picture that can't be used is reported when it is asked about.
   * @param {{picture?: Blob, address?: string, question?: string} & Parameters<Options["set"]>[0]} values
   */
  set({ picture, address, question, ...options }) {
    this.#options.set(options);
    if (question !== undefined) this.#question.value = question;
    if (picture && picture !== this.#picture.file) void this.#setPicture(picture, { brought: true, address }, () => {});
    this.#compare();
  }

  /** A task drawn by chance, again. @param {string} word as links have it @param {string | null} question another than its own */
  async draw(word, question) {
    const drawn = readDrawn(word);
    if (!drawn) return;
    await this.#takeSurprise(drawn.taskType, drawn.seed);
    if (question) this.#question.value = question;
  }

  /** @param {State} state */
  update(state) {
    this.#title = state.title;
    this.#status.update(state);
  }

  /** @param {Request} request @param {import("./reply.js").Live} live */
  begin(request, live) {
    this.#status.clear();
    this.#swap(this.#ask, this.#stop);
    if (this.#past) this.#past.busy = true;
    this.#reply.begin({ request, shared: this.#sharedBy(request), live, pace: this.pace });
  }

  /** @param {OmniEvent} event @param {string} device its name for readers */
  show(event, device) {
    this.#reply.show(event, device);
    if (event.type === "answer") void this.#judge(event.text);
    if (event.type === "end") this.#past?.keep(this.#reply.finish(event, device, this.#title, this.share));
    if (event.type === "error" && event.code !== "stopped") this.fail(event);
    if (event.type !== "end" && event.type !== "error") return;
    this.#swap(this.#stop, this.#ask);
    if (this.#past) this.#past.busy = false;
  }

  /** Whether there is a strip of past answers. @param {boolean} wanted */
  keepsPast(wanted) {
    this.#past?.element.remove();
    this.#past = wanted ? new PastStrip((past) => this.#showPast(past), (file) => void this.#openSaved(file)) : null;
    if (this.#past) this.element.append(this.#past.element);
  }

  /** @param {import("../protocol.js").Failure} failure */
  fail(failure) {
    this.#status.fail(failure);
  }

  /** @param {DataTransfer | null} data */
  paste(data) {
    return this.#picture.paste(data);
  }

  /** The element leaves the page. */
  leave() {
    this.#reply.rest();
    this.#picture.leave();
  }

  #submit() {
    this.#actions.ask({});
  }

  #again() {
    const { request } = this.#reply;
    if (request) this.#options.once(request, () => this.#actions.ask(request));
  }

  /** A past answer, with its picture and question: no model is needed. @param {PastAnswer} past */
  #showPast(past) {
    const { request, shared, device, end } = past;
    const { picture: address, surprise: drawn } = shared;
    this.#status.clear();
    this.#question.value = request.question;
    void this.#setPicture(request.picture, { brought: !address && !drawn, address, drawn, known: true });
    void this.#suggestFor(request.picture);
    this.#reply.begin({ request, shared, pace: "full", past });
    for (const event of eventsOf(past)) this.#reply.show(event, device);
    this.#reply.finish(end, device, past.model, this.share);
  }

  /** @param {Blob} file a ZIP */
  async #openSaved(file) {
    try {
      if (this.#ask.disabled) throw new OmniError("data", "A saved answer can't be opened while another is given.", "Wait for that one, or press Stop.");
      this.#showPast(await open(file));
    } catch (error) {
      this.#actions.onError(error);
    }
  }

  /** One button rests and the other can be pressed; the keyboard goes along. @param {HTMLButtonElement} from @param {HTMLButtonElement} to */
  #swap(from, to) {
    const focused = from.matches(":focus");
    to.disabled = false;
    if (focused) to.focus({ preventScroll: true });
    from.disabled = true;
  }

  #compare() {
    this.#reply.compare(this.#picture.file, this.#question.value);
  }

  /** What a link to its answer holds. @param {Request} request */
  #sharedBy({ picture }) {
    return picture === this.#picture.file ? { ...this.#origin, model: this.model } : {};
  }

  /** @param {string} answer */
  async #judge(answer) {
    const surprise = this.#surprise;
    const asked = this.#reply.request;
    if (!surprise || asked?.picture !== this.#picture.file || asked?.question !== surprise.question) return;
    const right = await this.#actions.client().judge(surprise.id, answer).catch(() => null);
    if (typeof right === "boolean" && this.#surprise === surprise) this.#reply.judge(right, surprise.answer);
  }

  /** A picture the page knows nothing of. @param {Blob} file */
  async #choose(file) {
    if (isZip(file)) return this.#openSaved(file);
    this.#status.clear();
    await this.#setPicture(file, { brought: true });
    await this.#suggestFor(file);
  }

  /** What any picture can be asked. @param {Blob} file */
  async #suggestFor(file) {
    const about = await this.#actions.client().about().catch(() => null);
    if (about && this.#picture.file === file) this.#suggest((about.capabilities ?? about).suggestions);
  }

  /**
   * @param {Blob} file
   * @param {{brought?: boolean, surprise?: import("../protocol.js").Surprise, address?: string, drawn?: string, known?: boolean}} about
   *   where it comes from; one that is `known` can be shown before it is looked at
   * @param {(error: unknown) => void} onError
   */
  #setPicture(file, { brought = false, surprise, address, drawn, known = Boolean(address || drawn) }, onError = this.#actions.onError) {
    this.#brought = brought;
    this.#surprise = surprise ?? null;
    this.#origin = { ...(address && { picture: address }), ...(drawn && { surprise: drawn }) };
    const set = this.#picture.set(file, onError, known);
    this.#compare();
    return set;
  }

  /** @param {Blob} file @param {string[]} suggestions @param {boolean} ask at once, where there is a question */
  async #takeMade(file, suggestions, ask) {
    this.#status.clear();
    if (suggestions.length) this.#suggest(suggestions);
    await this.#setPicture(file, { brought: true });
    if (ask && this.#question.value.trim() && this.#picture.file === file) this.#submit();
  }

  /** @param {import("./picture.js").Sample} sample */
  async #takeSample(sample) {
    const response = await fetch(Picture.addressOf(sample));
    this.#status.clear();
    this.#question.value = sample.question;
    this.#suggest(sample.suggestions);
    await this.#setPicture(await response.blob(), { address: Picture.addressOf(sample) });
  }

  /** @param {string} taskType */
  async #takeSurprise(taskType, seed = newSeed()) {
    const surprise = await this.#actions.client().surprise(taskType, seed);
    this.#status.clear();
    this.#question.value = surprise.question;
    this.#suggest([surprise.question, ...surprise.suggestions]);
    await this.#setPicture(blobOf(surprise.png), { surprise, drawn: drawnFrom({ taskType, seed }) });
  }

  /** @param {string[]} questions */
  #suggest(questions) {
    this.#chips.replaceChildren(...questions.map((question) => h("button", {
      type: "button",
      class: "chip",
      onclick: () => {
        this.#question.value = question;
        this.#question.focus();
        this.#compare();
      },
    }, question)));
  }
}
