/**
 * The views beside asking: each is fetched with its styles by whoever looks at it first.
 *
 * @typedef {"train" | "learn" | "device"} Mode
 * @typedef {object} Around what the views need of the element
 * @property {() => import("./client.js").Client} client
 * @property {() => import("./protocol.js").DeviceWish} device the one that is asked for
 * @property {(name: "mode" | "device" | "place", value: string) => void} set an attribute
 * @property {() => boolean} followed whether the page around follows its address, as this project's own does
 * @property {(item?: {picture: Blob, question: string}) => void} ask puts it into the ask view
 * @property {(view: HTMLElement, styles: URL[]) => Promise<void>} append
 */

/** Written out one by one: that is the form that bundlers look for. */
const TRAIN = [new URL("./views/train.css", import.meta.url), new URL("./views/rollouts.css", import.meta.url)];
const STYLES = {
  train: TRAIN,
  learn: [
    ...TRAIN,
    new URL("./views/bars.css", import.meta.url),
    new URL("./views/cells.css", import.meta.url),
    new URL("./views/learn.css", import.meta.url),
    new URL("./views/lessons.css", import.meta.url),
    new URL("./views/results.css", import.meta.url),
  ],
  device: [new URL("./views/device.css", import.meta.url)],
};

export class Modes {
  #around;
  /** @type {import("./views/train.js").TrainView | null} */
  train = null;
  /** @type {import("./views/learn.js").LearnView | null} */
  learn = null;
  /** @type {import("./views/device.js").DeviceView | null} */
  device = null;

  /** @param {Around} around */
  constructor(around) {
    this.#around = around;
  }

  /** Whether the view had to be made. @param {string | null} mode */
  async make(mode) {
    if (mode !== "train" && mode !== "learn" && mode !== "device") return false;
    if (this[mode]) return false;
    const { client, device, set, ask, append } = this.#around;
    // Two may have been waiting for the same view.
    if (mode === "train") {
      const { TrainView } = await import("./views/train.js");
      this.train ??= new TrainView(client, (item) => (ask(item), set("mode", "ask")), device);
      await append(this.train.element, STYLES.train);
    } else if (mode === "learn") {
      const { LearnView } = await import("./views/learn.js");
      this.learn ??= this.#withLinks(new LearnView(device));
      await append(this.learn.element, STYLES.learn);
    } else {
      const { DeviceView } = await import("./views/device.js");
      this.device ??= new DeviceView(client, (wish) => set("device", wish));
      await append(this.device.element, STYLES.device);
    }
    return true;
  }

  /** In a page that doesn't follow its address, which is its own router's, links between lessons leave it alone. @param {import("./views/learn.js").LearnView} view */
  #withLinks(view) {
    view.element.addEventListener("click", (event) => {
      const link = event.target instanceof Element ? event.target.closest("a[href^='#learn']") : null;
      if (!link || this.#around.followed()) return;
      event.preventDefault();
      this.#around.set("place", link.getAttribute("href")?.replace(/^#learn\/?/, "") ?? "");
    });
    return view;
  }

  /** The one that is shown, of those that there are; whether it is one of them. @param {string | null} shown @param {string} place within it */
  show(shown, place) {
    for (const mode of /** @type {Mode[]} */ (["train", "learn", "device"])) {
      const view = this[mode];
      if (view) view.element.hidden = shown !== mode;
    }
    if (shown === "learn") void this.learn?.show(place);
    if (shown === "device") void this.device?.show(this.#around.device());
  }
}
