/**
 * The reader's own examples, in the worker: the program draws what their actions say and checks them;
 * they are kept in the browser as JSON lines, the form that the native program reads too.
 *
 * @typedef {import("./protocol.js").ExampleOrder} ExampleOrder
 */

import { bytesAt, withAddresses } from "./addresses.js";
import * as store from "./run-store.js";

/** @param {ExampleOrder} order @param {any} wasm @param {(file: Blob) => Promise<Uint8Array>} bytesOf @returns {Promise<any>} */
export async function obey(order, wasm, bytesOf) {
  switch (order.do) {
    case "kept":
      return store.readExamples();
    case "keep":
      if (order.lines) wasm.read_examples(order.lines);
      return store.keepExamples(order.lines);
    case "check":
      return withAddresses(wasm.read_examples(order.lines));
    case "picture":
      return withAddresses(wasm.example_picture(await bytesOf(order.file)));
    case "perform":
      return withAddresses(wasm.perform(bytesAt(order.picture), order.step));
  }
}
