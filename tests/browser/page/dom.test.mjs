/** Files for the reader, and pictures in pages with policies of their own. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { download, show } from "../../../www/views/dom.js";

/** Addresses that are given back. @type {string[]} */
const revoked = [];
URL.revokeObjectURL = (address) => void revoked.push(address);

test("a file can be read for as long as a browser may ask whether to save it", (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const link = { append() {}, click() {} };
  Object.assign(globalThis, { document: { createElement: () => link } });
  download("model.zip", "application/zip", "weights");
  context.mock.timers.tick(10 * 60_000);
  assert.deepEqual(revoked, []);
  context.mock.timers.tick(60 * 60_000);
  assert.equal(revoked.length, 1, "and is given back in the end");
});

test("a page that allows no blob: addresses is given the picture as a data: address", async () => {
  Object.assign(globalThis, {
    FileReader: class {
      onload = () => {};
      result = "";
      /** @param {Blob} blob */
      async readAsDataURL(blob) {
        this.result = `data:image/png;base64,${Buffer.from(await blob.arrayBuffer()).toString("base64")}`;
        this.onload();
      }
    },
  });
  const image = /** @type {any} */ ({});
  const address = show(image, new Blob(["p"]));
  assert.equal(image.src, address);
  image.onerror();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(image.src, "data:image/png;base64,cA==");
  show(image, new Blob(["first"]));
  const { onerror } = image;
  onerror();
  const second = show(image, new Blob(["second"]));
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(image.src, second, "a picture that came since stays");
});
