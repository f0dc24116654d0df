/**
 * Runs that others have taken the place of: one of them can be shown behind the charts.
 * @typedef {import("../protocol.js").PastRun} PastRun
 */

import { field, h } from "./dom.js";
import { kindName } from "./kinds.js";
import { stageOf } from "./settings.js";

export class PastRuns {
  #choice = h("select", { onchange: () => this.#onChoice() });
  #forget = h("button", { type: "button", class: "quiet" }, "Forget them");
  #onChoice;
  element;
  /** @type {PastRun[]} */
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

  /** @param {PastRun[]} runs the latest first */
  show(runs) {
    this.#runs = runs;
    this.element.hidden = !runs.length;
    this.#choice.replaceChildren(h("option", { value: "" }, "none"), ...runs.map((run, i) => h("option", { value: String(i) }, nameOf(run))));
  }

  /** The one that is compared with. @returns {PastRun | undefined} */
  get chosen() {
    return this.#choice.value ? this.#runs[Number(this.#choice.value)] : undefined;
  }
}

/** @param {PastRun} run */
function nameOf({ plan, step, ended }) {
  const recipe = /** @type {any} */ (plan.recipe);
  const puzzles = Object.keys(recipe.mix).map((kind) => (kind === "own" ? "own examples" : kindName(kind))).join(", ");
  const time = new Date(ended).toLocaleString([], { dateStyle: "short", timeStyle: "short" });
  return `${time}: ${stageOf(recipe).name}, ${plan.preset || "page's"} model, ${puzzles}, ${step} steps`;
}
