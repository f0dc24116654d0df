/**
 * Works out a reader's rule for rewards, and can do nothing else: before any rule is heard, this
 * worker gives up everything but the language itself. No network, no storage, no other worker; the
 * constructors that make code out of text go too, and `import`, which is no name but a word of the
 * language, is refused where it is written. What is left can't be changed, so that no rule lasts into
 * the next group. A rule that doesn't end is ended by reward.js.
 */

/** What a rule may use besides the parts of an answer. */
const KEPT = new Set([
  "Array", "Boolean", "Infinity", "JSON", "Map", "Math", "NaN", "Number", "Object", "RangeError", "RegExp", "Set",
  "String", "TypeError", "isFinite", "isNaN", "parseFloat", "parseInt", "undefined",
]);

const { Function: Compile, Error: Failure, Reflect: reflect } = globalThis;
const kept = [...KEPT].map((name) => /** @type {any} */ (globalThis)[name]);
const answer = self.postMessage.bind(self);

self.addEventListener("message", (/** @type {MessageEvent<{rule: string, inputs: object[]}>} */ { data: { rule, inputs } }) => {
  try {
    const rewards = compile(rule, inputs[0]);
    answer({ rewards: inputs.map((input) => rewards(...Object.values(input))) });
  } catch (thrown) {
    answer({ error: `${/** @type {any} */ (thrown)?.message ?? thrown}` });
  }
});

/** @param {string} rule @param {object} input */
function compile(rule, input) {
  if (/\bimport\b/.test(rule)) throw new Failure("a rule can't import anything");
  return new Compile(...Object.keys(input), `"use strict"; return (${rule}\n);`);
}

for (const made of [() => {}, async () => {}, function* () {}, async function* () {}]) {
  Object.defineProperty(Object.getPrototypeOf(made), "constructor", { value: undefined });
}
// The scope's own names, and those that it inherits.
for (let scope = globalThis; scope && scope !== Object.prototype; scope = Object.getPrototypeOf(scope)) {
  for (const name of Object.getOwnPropertyNames(scope)) {
    if (KEPT.has(name)) continue;
    if (!reflect.deleteProperty(scope, name)) reflect.set(scope, name, undefined);
  }
}
/** @type {Set<unknown>} */
const frozen = new Set();
/** Freezes a value, what it has and what it inherits. @param {unknown} value */
function freeze(value) {
  if ((typeof value !== "object" && typeof value !== "function") || value === null || frozen.has(value)) return;
  frozen.add(value);
  for (const key of reflect.ownKeys(value)) {
    const { value: inner, get, set } = /** @type {PropertyDescriptor} */ (reflect.getOwnPropertyDescriptor(value, key));
    [inner, get, set].forEach(freeze);
  }
  freeze(reflect.getPrototypeOf(value));
  Object.freeze(value);
}
kept.forEach(freeze);
/** What has no name of its own. */
const unnamed = [() => {}, async () => {}, function* () {}, async function* () {}, [].keys(), new Map().keys(), new Set().keys(), "".matchAll(/./g)];
for (const made of unnamed) freeze(reflect.getPrototypeOf(made));
answer("ready");
