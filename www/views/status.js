/**
 * The lines about the machine: the download of the model, what runs it and why, and what went wrong.
 * @typedef {import("../protocol.js").State} State
 * @typedef {import("../protocol.js").Failure} Failure
 */

import { sentence } from "../errors.js";
import { h } from "./dom.js";

export class Status {
  #bar = h("progress", { max: 1, value: 0, "aria-label": "Download" });
  #loaded = h("span", {});
  #download = h("div", { class: "download", hidden: true }, this.#bar, this.#loaded);
  #device = h("p", { class: "device" });
  #notice = h("p", { class: "notice", hidden: true });
  #alert = h("div", { class: "alert", role: "alert", hidden: true });
  #retry;
  /** The model's failure that the alert tells of, if it does. @type {Failure | null} */
  #failure = null;

  /** @param {() => void} onRetry */
  constructor(onRetry) {
    this.#retry = h("button", { type: "button", class: "quiet", hidden: true, onclick: onRetry }, "Try again");
    this.alert = h("div", { class: "trouble" }, this.#download, this.#alert, this.#retry);
    this.element = h("div", { class: "status" }, this.#notice, this.#device);
  }

  /** @param {State} state */
  update({ device, progress, title, ready, notice, failure }) {
    this.#download.hidden = !progress;
    if (progress) {
      const mb = (/** @type {number} */ bytes) => (bytes / 1e6).toFixed(1);
      this.#bar.value = progress.total ? progress.loaded / progress.total : 0;
      this.#loaded.textContent = progress.loaded < progress.total
        ? `Getting the model: ${mb(progress.loaded)} of ${mb(progress.total)} MB`
        : "Starting the model…";
    }
    const who = ready && title ? `${title}, on the` : "On the";
    this.#device.textContent = device.name ? `${who} ${device.name}, ${device.why}.` : "";
    this.#notice.textContent = notice;
    this.#notice.hidden = !notice;
    this.#retry.hidden = !failure;
    if (failure && failure !== this.#failure) this.fail(failure);
    else if (!failure && this.#failure) this.clear();
    this.#failure = failure;
  }

  /** @param {Failure} failure */
  fail(failure) {
    this.#failure = null;
    this.#alert.textContent = sentence(failure);
    this.#alert.hidden = false;
  }

  clear() {
    this.#failure = null;
    this.#alert.hidden = true;
    this.#alert.textContent = "";
  }
}
