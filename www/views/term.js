/**
 * Words of the field in the page's own texts: each is a button that explains it while it has the focus, as a
 * click gives it. What they mean: words.js.
 */

import { field, h } from "./dom.js";
import { MEANINGS } from "./words.js";

/** Longer words come first: "perception loss" is more than "loss". */
const KNOWN = new RegExp(`\\b(${Object.keys(MEANINGS).sort((a, b) => b.length - a.length).join("|")})\\b`, "i");
let terms = 0;

/**
 * A text with its words explained.
 * @param {string} text @param {HTMLElement} place that the explanations are as wide as
 * @returns {(Node | string)[]}
 */
export function explained(text, place) {
  place.classList.add("explains");
  return text.split(KNOWN).filter(Boolean).map((part) => {
    const meaning = MEANINGS[part.toLowerCase()];
    return meaning ? term(part, meaning, place) : part;
  });
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

/** @param {string} word @param {string} meaning @param {HTMLElement} place */
function term(word, meaning, place) {
  const tip = h("span", { class: "tip", role: "tooltip", id: `term-${++terms}` }, meaning);
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
