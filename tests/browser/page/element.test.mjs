/** The widget's module outside of a page, and twice in one. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import ts from "typescript";

const WWW = new URL("../../../www/", import.meta.url);

test("it can be imported on a server, where there are no elements", async () => {
  assert.equal(globalThis.HTMLElement, undefined);
  const { OmniR1 } = await import("../../../www/element.js");
  assert.equal(typeof OmniR1, "function");
});

test("a second copy of it leaves the first in place", async () => {
  /** @type {Map<string, unknown>} */
  const defined = new Map();
  const define = (/** @type {string} */ name, /** @type {unknown} */ element) => {
    if (defined.has(name)) throw new DOMException("already defined", "NotSupportedError");
    defined.set(name, element);
  };
  Object.assign(globalThis, { HTMLElement: class {}, customElements: { define, get: (/** @type {string} */ name) => defined.get(name) } });
  const first = await import(new URL("element.js?first", WWW).href);
  await import(new URL("element.js?second", WWW).href);
  assert.equal(defined.get("omni-r1"), first.OmniR1);
});

test("every module that is loaded later is written out, so that bundlers find it", () => {
  const files = ["", "views/", "lessons/"].flatMap((folder) => readdirSync(new URL(folder, WWW)).filter((name) => name.endsWith(".js")).map((name) => folder + name));
  const found = new Set();
  for (const file of files) {
    const source = ts.createSourceFile(file, readFileSync(new URL(file, WWW), "utf8"), ts.ScriptTarget.Latest, true);
    const visit = (/** @type {ts.Node} */ node) => {
      if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
        const [path] = node.arguments;
        assert.ok(ts.isStringLiteral(path), `${file}: ${node.getText()}`);
        found.add(path.text);
      }
      // A worker of another origin is a blob, by the name of `address`.
      if (ts.isNewExpression(node) && node.expression.getText() === "Worker" && node.arguments?.[0].getText() !== "address") {
        const path = /^new URL\("(.*)", import\.meta\.url\)$/.exec(node.arguments?.[0].getText() ?? "");
        assert.ok(path, `${file}: ${node.getText()}`);
        found.add(path[1]);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  for (const path of ["./worker.js", "./reward-worker.js", "./views/train.js", "./views/device.js", "./wasm/cpu/omni_r1.js", "./wasm/relaxed/omni_r1.js", "./wasm/webgpu/omni_r1.js"]) {
    assert.ok(found.has(path), path);
  }
});
