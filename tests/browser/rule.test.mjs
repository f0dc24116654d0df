/** The worker of reward rules, without a browser: what a rule changes is gone with its group. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const SOURCE = readFileSync(new URL("../../www/reward-worker.js", import.meta.url), "utf8");

/** A worker: what it answers to a rule about one answer with these parts. */
function worker() {
  const said = [];
  let hear = (_) => {};
  const context = vm.createContext({});
  Object.assign(context, {
    postMessage: (message) => said.push(message),
    addEventListener: (name, listener) => name === "message" && (hear = listener),
  });
  vm.runInContext("globalThis.self = globalThis", context);
  // As in a module, names are not the scope's.
  vm.runInContext(`(() => { "use strict"; ${SOURCE} })()`, context);
  assert.equal(said.pop(), "ready");
  return (rule, parts = { accuracy: 1, text: "up up" }) => {
    hear({ data: { rule, inputs: [parts, parts] } });
    const { rewards, error } = said.pop();
    return error ?? [...rewards];
  };
}

test("a rule is worked out for each answer of a group", () => {
  const ask = worker();
  assert.deepEqual(ask("accuracy + text.split(' ').length + Math.max(1, 2)"), [5, 5]);
  assert.match(ask("nobody.knows"), /nobody is not defined/);
  assert.match(ask("fetch('/')"), /fetch is not/);
  assert.match(ask("(() => {}).constructor('return 1')()"), /is not a function/);
  assert.deepEqual(ask("new Map([[1, 2]]).get(1) + [3, 1].sort().at(0) + Number(/u/.test(text))"), [4, 4]);
});

test("what a rule changes does not last into the next group", () => {
  const changes = [
    "Math.max = () => 9",
    "Math.mine = 7",
    "Array.prototype.map = () => [9, 9]",
    "Object.prototype.accuracy = 9",
    "Object.getPrototypeOf([][Symbol.iterator]()).next = () => ({ done: true })",
    "String.prototype.split = () => []",
    "Object.defineProperty(Number, 'mine', { value: 1 })",
    "JSON.parse = null",
    "delete Math.max",
  ];
  const ask = worker();
  for (const change of changes) {
    assert.equal(typeof ask(`(${change}, 1)`), "string", `${change} is allowed`);
    assert.deepEqual(ask("accuracy + Math.max(1, 2) + text.split(' ').length + [1, 2].map((x) => x)[1]"), [7, 7], change);
  }
});
