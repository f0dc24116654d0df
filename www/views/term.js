/**
 * Words of the field in the page's own texts: each is a button that explains it while it has the focus, as a
 * click gives it. What they mean: words.js.
 */

import { field, h } from "./dom.js";
import { MEANINGS } from "./words.js";

/** With its brackets, which stay on its line. Longer words come first: "perception loss" is more than "loss". */
const KNOWN = new RegExp(`(\\(?)\\b(${Object.keys(MEANINGS).sort((a, b) => b.length - a.length).join("|")})\\b(\\)?)`, "i");
let terms = 0;

/**
 * A text with its words explained.
 * @param {string} text @param {HTMLElement} place that the explanations are as wide as
 * @returns {(Node | string)[]}
 */
export function explained(text, place) {
  place.classList.add("explains");
  const found = KNOWN.exec(text);
  if (!found) return [text];
  const [all, open, word, close] = found;
  const whole = h("span", { class: "unbroken" }, open, term(word, place), close);
  return [text.slice(0, found.index), whole, ...explained(text.slice(found.index + all.length), place)];
}

/** A field whose name may need an explanation: its name is then no label that could be pressed. @param {string} name @param {HTMLElement} control @param {string} [hint] */
export function explainedField(name, control, hint) {
  const whole = field(name, control, hint);
  const label = whole.querySelector("label");
  if (!label || !KNOWN.test(name)) return whole;
  const named = h("span", { id: `${control.id}-name` });
  named.append(...explained(name, whole));
  control.setAttribute("aria-labelledby", named.id);
  label.replaceWith(named);
  return whole;
}

/** @param {string} word @param {HTMLElement} place */
function term(word, place) {
  const tip = h("span", { class: "tip", role: "tooltip", id: `term-${++terms}` }, MEANINGS[word.toLowerCase()]);
  const show = () => {
    place.append(tip);
    tip.style.top = `${button.offsetTop + button.offsetHeight + 4}px`;
    button.setAttribute("aria-describedby", tip.id);
  };
  const hide = () => {
    tip.remove();
    button.removeAttribute("aria-describedby");
  };
  const button = h("button", {
    type: "button",
    class: "term",
    onfocus: show,
    onblur: hide,
    // Safari gives no focus to a button that is pressed.
    onclick: () => button.focus(),
    onkeydown: (/** @type {KeyboardEvent} */ { key }) => key === "Escape" && hide(),
  }, word);
  return button;
}
