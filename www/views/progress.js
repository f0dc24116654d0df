/**
 * How far a run is, in words.
 * @typedef {import("../protocol.js").SavedRun} SavedRun
 */

import { CHECK_EVERY } from "../checks.js";
import { spoken, timeLeft } from "../pace.js";

/** "Step 51 of 300, about 4 minutes left. 52,224 tokens seen."; empty before the first step. @param {SavedRun} run @param {boolean} going */
export function progressOf({ plan, rows, probes }, going) {
  const last = rows.at(-1);
  if (!last) return "";
  const recipe = /** @type {any} */ (plan.recipe);
  const { steps } = recipe.schedule;
  const taken = rows.map(({ seconds }) => seconds);
  const due = last.step === steps ? Math.ceil(steps / CHECK_EVERY) : Math.floor(last.step / CHECK_EVERY);
  const isDue = (last.step === steps || last.step % CHECK_EVERY === 0) && probes.at(-1)?.step !== last.step;
  // Earlier versions of the page didn't measure them.
  const checks = { taken: probes.map(({ seconds }) => seconds).filter(Boolean), left: Math.ceil(steps / CHECK_EVERY) - due + Number(isDue) };
  const left = going ? timeLeft({ taken, left: steps - last.step }, checks) : null;
  const besides = checks.left && !checks.taken.length ? " besides the checks" : "";
  const time = left === null ? "" : `, about ${spoken(left)} left${besides}`;
  return `Step ${last.step} of ${steps}${time}. ${last.seen.toLocaleString("en")} ${"tokenizer" in recipe ? "pictures" : "tokens"} seen.`;
}

/** What checks ask, where the run practises the reader's own examples; else empty. @param {SavedRun | null} run */
export function askedOf(run) {
  if (!run?.own) return "";
  const { practised, heldOut } = run.own;
  if (heldOut) return `Checks ask about ${heldOut} of your ${practised + heldOut} examples: those are never practised.`;
  return "Checks ask about examples that were seen in training: you have fewer than 10 of your own.";
}
