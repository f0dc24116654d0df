/**
 * Runs that others have taken the place of: one of them can be shown behind the charts.
 * @typedef {import("../protocol.js").HistoryEntry} HistoryEntry
 */

import { field, h } from "./dom.js";
import { typeName } from "./task-types.js";
import { stageOf } from "./settings.js";

export class RunHistory {
  #choice = h("select", { onchange: () => this.#onChoice() });
  #forget = h("button", { type: "button", class: "quiet" }, "Forget them");
  #onChoice;
  element;
  /** @type {HistoryEntry[]} */
  #runs = [];

  /** @param {() => void} onChoice @param {() => Promise<unknown>} onForget */
  constructor(onChoice, onForget) {
    this.#onChoice = onChoice;
    this.#forget.addEventListener("click", async () => {
      await onForget();
      this.show([]);
      onChoice();
    });
    this.element = h("div", { class: "row past", hidden: true }, field("Compare with an earlier run", this.#choice), this.#forget);
  }

  /** @param {HistoryEntry[]} runs the latest first */
  show(runs) {
    this.#runs = runs;
    this.element.hidden = !runs.length;
    this.#choice.replaceChildren(h("option", { value: "" }, "none"), ...runs.map((run, i) => h("option", { value: String(i) }, nameOf(run))));
  }

  /** The one that is compared with. @returns {HistoryEntry | undefined} */
  get chosen() {
    return this.#choice.value ? this.#runs[Number(this.#choice.value)] : undefined;
  }
}

/** @param {HistoryEntry} run */
function nameOf({ plan, step, ended }) {
  const recipe = /** @type {any} */ (plan.recipe);
  const questions = Object.keys(recipe.mix).map((taskType) => (taskType === "own" ? "own examples" : typeName(taskType))).join(", ");
  const time = new Date(ended).toLocaleString([], { dateStyle: "short", timeStyle: "short" });
  return `${time}: ${stageOf(recipe).name}, ${plan.preset || "page's"} model, ${questions}, ${step} steps`;
}
