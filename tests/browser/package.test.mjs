/** The npm package as it is published: its size, what is in it, and its types. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { ARTIFACTS, ROOT } from "./harness.mjs";
import { packed } from "./packed.mjs";

const TSC = new URL("./node_modules/typescript/bin/tsc", import.meta.url).pathname;

test("it is small enough, and holds the licences, the types and the default model alone", () => {
  const { size, files } = packed();
  assert.ok(size <= 12 << 20, `${(size / (1 << 20)).toFixed(2)} MiB`);
  for (const name of ["element.js", "index.d.ts", "types/element.d.ts", "README.md", "LICENSE-MIT", "LICENSE-APACHE"]) assert.ok(files.includes(name), name);
  const { default: model } = JSON.parse(readFileSync(`${ROOT}www/models/index.json`, "utf8"));
  assert.deepEqual(files.filter((name) => /model\.(safetensors|planes)$/.test(name)), [`models/${model}/model.planes`]);
  assert.deepEqual(files.filter((name) => /^(main|offline|sw|kernels)\./.test(name)), [], "nothing of the page alone");
});

test("its types are those of the page", () => {
  rmSync(`${ARTIFACTS}types`, { recursive: true, force: true });
  execFileSync(process.execPath, [TSC, "--project", "declarations.json"], { cwd: new URL(".", import.meta.url) });
  for (const name of ["element.d.ts", "protocol.d.ts", "program.d.ts"]) {
    const now = readFileSync(`${ARTIFACTS}types/${name}`, "utf8");
    assert.equal(readFileSync(`${ROOT}pkg/types/${name}`, "utf8"), now, `pkg/types/${name} is old: run \`npm run declarations\` in tests/browser`);
  }
});

test("a TypeScript program is checked against them", () => {
  const { folder } = packed();
  writeFileSync(`${folder}/typed.ts`, readFileSync(new URL("./typed.ts", import.meta.url)));
  const options = ["--noEmit", "--strict", "--target", "ES2023", "--module", "ESNext", "--moduleResolution", "Bundler", "--lib", "ES2023,DOM,DOM.Iterable,DOM.AsyncIterable"];
  const check = (/** @type {string} */ file) => execFileSync(process.execPath, [TSC, ...options, file], { cwd: folder, encoding: "utf8", stdio: "pipe" });
  assert.equal(check("typed.ts"), "");
  assert.equal(check("vite/main.ts"), "");
});
