/**
 * The ask view: picture and question on one side, reasoning and answer on the other. It shows and
 * collects; the element above it does the asking.
 *
 * @typedef {import("../protocol.js").OmniEvent} OmniEvent
 * @typedef {import("../protocol.js").Request} Request
 * @typedef {import("../protocol.js").State} State
 * @typedef {import("../client.js").Client} Client
 * @typedef {object} Actions
 * @property {() => Client} client
 * @property {(request: Partial<Request>) => void} ask
 * @property {() => void} stop
 * @property {(device: string) => void} setDevice
 * @property {(model: string) => void} setModel
 * @property {(error: unknown) => void} onError
 */

import { OmniError } from "../errors.js";
import { Answer } from "./answer.js";
import { Asked } from "./asked.js";
import { download, h, icon } from "./dom.js";
import { isDropOfWords } from "./given.js";
import { newSeed, Options } from "./options.js";
import { Picture } from "./picture.js";
import { Reasoning } from "./reasoning.js";
import { drawnFrom, linkTo, readDrawn } from "./share.js";
import { Status } from "./status.js";

export class AskView {
  #actions;
  #picture;
  #status;
  #options;
  #asks = new Asked();
  #reasoning = new Reasoning();
  #answer = new Answer();
  #question = h("textarea", { id: "question", rows: 2, placeholder: "What do you want to know about it?", oninput: () => this.#compare() });
  #chips = h("div", { class: "chips", role: "group", "aria-label": "Suggestions" });
  #ask = h("button", { type: "button", class: "primary", onclick: () => this.#submit() }, "Ask");
  #stop = h("button", { type: "button", class: "quiet", disabled: true }, "Stop");
  #link = h("button", { type: "button", class: "quiet", hidden: true, onclick: () => this.#copyLink() }, icon("link"), "Copy link");
  #copied = h("span", { class: "copied", role: "status" });
  #after;
  #invitation = h(
    "div",
    { class: "invitation" },
    h("p", {}, "Press Ask, and the model's thoughts appear here: a few words, then a drawing, and so on until it knows the answer."),
    h("div", { class: "ghosts", "aria-hidden": "true" }, h("span"), h("span"), h("span")),
  );
  /** The picture is the reader's own, or the host page's: no sample, no task drawn by chance. */
  #brought = false;
  /** The task drawn by chance that is being shown. @type {import("../protocol.js").Surprise | null} */
  #surprise = null;
  /** Where the picture comes from, for others to have it too. @type {{picture?: string, surprise?: string}} */
  #origin = {};
  /** The same of the answer that is shown, and the model that gave it. */
  #shared = {};
  /** The address of a page that opens links. */
  share = "";
  /** The model that a link names: none if it is the page's own. */
  model = "";
  /** @type {Request | null} */
  #asked = null;
  /** Makes the files of the answer. @type {() => Promise<import("../protocol.js").Transcript | null>} */
  #transcript = async () => null;

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
    this.#after = h(
      "div",
      { class: "row after", hidden: true },
      h("button", { type: "button", class: "quiet", onclick: () => this.#again() }, icon("again"), "Same seed again"),
      this.#link,
      h("button", { type: "button", class: "quiet", onclick: () => this.#save("html") }, icon("save"), "Save to read"),
      h("button", { type: "button", class: "quiet", onclick: () => this.#save("json") }, icon("save"), "Save as data"),
      this.#copied,
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
      h("section", { class: "side" }, this.#picture.element, form, this.#picture.others, this.#options.element, this.#status.element),
      h(
        "section",
        { class: "main" },
        h("h2", { class: "heading" }, "Reasoning"),
        this.#invitation,
        this.#asks.element,
        this.#reasoning.element,
        this.#reasoning.announcer,
        this.#answer.element,
        this.#after,
      ),
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
    this.#answer.capabilities = taskTypes;
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
    this.#status.update(state);
  }

  /** @param {Request} request @param {() => Promise<import("../protocol.js").Transcript | null>} transcript */
  begin(request, transcript) {
    this.#asked = request;
    this.#transcript = transcript;
    this.#shared = request.picture === this.#picture.file ? { ...this.#origin, model: this.model } : {};
    this.#copied.textContent = "";
    this.#status.clear();
    this.#asks.begin(request);
    this.#reasoning.begin(this.pace);
    this.#answer.begin();
    this.#invitation.hidden = true;
    this.#after.hidden = true;
    this.#swap(this.#ask, this.#stop);
    this.#lookAt(this.#reasoning.element);
  }

  /** @param {OmniEvent} event @param {string} device its name for readers */
  show(event, device) {
    this.#reasoning.show(event);
    if (event.type === "answer") this.#show(event.text);
    if (event.type === "end") this.#answer.finish(event, device, this.#asked?.seed);
    if (event.type === "error" && event.code === "stopped") this.#answer.stopped();
    else if (event.type === "error") this.fail(event);
    if (event.type !== "end" && event.type !== "error") return;
    this.#swap(this.#stop, this.#ask);
    this.#after.hidden = event.type === "error";
    this.#link.hidden = !this.share || !Object.keys(this.#shared).some((name) => name !== "model");
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
    this.#picture.leave();
  }

  #submit() {
    this.#actions.ask({});
  }

  #again() {
    const asked = this.#asked;
    if (asked) this.#options.keepSeed(() => this.#actions.ask(asked));
  }

  /** One button rests and the other can be pressed; the keyboard goes along. @param {HTMLButtonElement} from @param {HTMLButtonElement} to */
  #swap(from, to) {
    const focused = from.matches(":focus");
    to.disabled = false;
    if (focused) to.focus({ preventScroll: true });
    from.disabled = true;
  }

  #compare() {
    this.#asks.compare(this.#picture.file, this.#question.value);
  }

  async #copyLink() {
    if (!this.#asked) return;
    const link = linkTo(this.share, this.#asked, this.#shared);
    // Where there is no clipboard, as over plain http, it is there to be copied by hand.
    const copied = await navigator.clipboard?.writeText(link).then(() => true, () => false);
    this.#copied.replaceChildren(copied ? "Copied." : h("a", { href: link }, link));
  }

  /** @param {string} answer */
  async #show(answer) {
    this.#answer.show(answer);
    const surprise = this.#surprise;
    const asked = this.#asked;
    if (!surprise || asked?.picture !== this.#picture.file || asked?.question !== surprise.question) return;
    const right = await this.#actions.client().judge(surprise.id, answer).catch(() => null);
    if (typeof right === "boolean" && this.#surprise === surprise) this.#answer.judge(right, surprise.answer);
  }

  /** On a phone the reasoning starts below the screen. @param {HTMLElement} element */
  #lookAt(element) {
    if (element.getBoundingClientRect().top < innerHeight * 0.75) return;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    element.parentElement?.scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
  }

  /** A picture the page knows nothing of. @param {Blob} file */
  async #choose(file) {
    this.#status.clear();
    await this.#setPicture(file, { brought: true });
    const about = await this.#actions.client().about().catch(() => null);
    if (about && this.#picture.file === file) this.#suggest((about.capabilities ?? about).suggestions);
  }

  /**
   * @param {Blob} file
   * @param {{brought?: boolean, surprise?: import("../protocol.js").Surprise, address?: string, drawn?: string}} about where it comes from
   * @param {(error: unknown) => void} onError
   */
  #setPicture(file, { brought = false, surprise, address, drawn }, onError = this.#actions.onError) {
    this.#brought = brought;
    this.#surprise = surprise ?? null;
    this.#origin = { ...(address && { picture: address }), ...(drawn && { surprise: drawn }) };
    const set = this.#picture.set(file, onError, Boolean(address || drawn));
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
    await this.#setPicture(new Blob([/** @type {any} */ (surprise.png)], { type: "image/png" }), { surprise, drawn: drawnFrom({ taskType, seed }) });
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

  /** @param {"html" | "json"} form */
  async #save(form) {
    const transcript = await this.#transcript();
    if (!transcript) return this.#actions.onError(new OmniError("data", "This answer can't be saved any more.", "Press Same seed again, then save it."));
    download(`transcript.${form}`, form === "html" ? "text/html" : "application/json", transcript[form]);
  }
}
