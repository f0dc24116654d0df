/** What the device view advises, by browser. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { advice } from "../../../www/facts.js";

const AGENTS = {
  Firefox: "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
  Chrome: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
  "Chrome and Edge on Linux": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
  Safari: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15",
};

test("each browser gets its own advice, and none where nothing is missing", () => {
  for (const [name, agent] of Object.entries(AGENTS)) {
    const said = advice(agent, false, true);
    assert.ok(said.includes(name) && said.includes("runs on the processor"), said);
    assert.equal(advice(agent, true, true), "");
    assert.match(advice(agent, false, false), /https/);
  }
  assert.match(advice("Lynx/2.9", false, true), /Update this browser/);
});
