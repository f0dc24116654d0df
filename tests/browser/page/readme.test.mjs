/** What the package's README says, beside what the element knows. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { ATTRIBUTES } from "../../../www/attributes.js";
import { words } from "../../../www/lessons/en.js";
import { LESSONS } from "../../../www/lessons/index.js";

const ROOT = new URL("../../../", import.meta.url);
const read = (/** @type {string} */ path) => readFileSync(new URL(path, ROOT), "utf8");

test("every attribute is in its table, and no other", () => {
  const [table] = /\| name \|[^]*?\n\n/.exec(read("pkg/README.md")) ?? [];
  const rows = (table ?? "").split("\n").slice(2);
  const named = rows.flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([\w-]+)`/g)].map(([, name]) => name));
  assert.deepEqual(named.sort(), [...ATTRIBUTES].sort());
});

test("links between the documents lead to files", () => {
  const documents = ["README.md", "pkg/README.md", "examples/README.md", ...readdirSync(new URL("docs/", ROOT)).filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`)];
  for (const document of documents) {
    for (const [, link] of read(document).matchAll(/\]\((?!https?:)([^)#\s]+)(?:#[^)]*)?\)/g)) {
      assert.ok(readFileSync(new URL(link, new URL(document, ROOT))).length > 0, `${document}: ${link}`);
    }
  }
});

test("the models that lessons use are kept for lessons without a network", () => {
  const lessons = readdirSync(new URL("www/lessons/", ROOT)).map((name) => read(`www/lessons/${name}`)).join("\n");
  const used = new Set([...lessons.matchAll(/\.(?:client|model)\("([\w-]+)"\)/g)].map(([, name]) => name));
  const [, kept] = /const LESSONS = (\[.*\]);/.exec(read("www/offline.js")) ?? [];
  used.delete(JSON.parse(read("www/models/index.json")).default);
  assert.deepEqual([...used].sort(), JSON.parse(kept).sort());
});

test("the teachers' table has every lesson, with its minutes", () => {
  const rows = [...read("docs/teaching.md").matchAll(/^\| ([^|\n]+) \| (\d+) \| .+ \|$/gm)].map(([, title, minutes]) => `${title}, ${minutes}`);
  assert.deepEqual(rows, LESSONS.map(({ id, minutes }) => `${words.lessons[id].title}, ${minutes}`));
});
