/** Addresses in browsers that are older than `URL.canParse`. */

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { parsed } from "../../../www/url.js";

test("an address is read as seen from another, and what is none is none", () => {
  assert.equal(parsed("a/b.png", "https://host.example/page/")?.href, "https://host.example/page/a/b.png");
  assert.equal(parsed("https://", "https://host.example/"), null);
});

test("no file of the page needs a newer browser than its README says", () => {
  const www = new URL("../../../www/", import.meta.url);
  const files = ["", "views/", "lessons/"].flatMap((folder) => readdirSync(new URL(folder, www)).filter((name) => name.endsWith(".js")).map((name) => folder + name));
  // Of 2023 and later.
  const newer = /URL\.canParse\(|Object\.groupBy|Promise\.withResolvers|\.toSorted\(|\.toReversed\(|Array\.fromAsync/;
  for (const file of files) assert.doesNotMatch(readFileSync(new URL(file, www), "utf8"), newer, file);
});
