/** The program's WebAssembly modules, one for each kind of device (`cargo xtask build`). */

import { moduleFor } from "./device.js";
import { OmniError } from "./errors.js";

/** Written out one by one: that is the form that bundlers look for. @type {Record<string, {code: () => Promise<any>, binary: URL}>} */
const MODULES = {
  cpu: {
    code: () => import("./wasm/cpu/omni_r1.js"),
    binary: new URL("./wasm/cpu/omni_r1_bg.wasm", import.meta.url),
  },
  relaxed: {
    code: () => import("./wasm/relaxed/omni_r1.js"),
    binary: new URL("./wasm/relaxed/omni_r1_bg.wasm", import.meta.url),
  },
  webgpu: {
    code: () => import("./wasm/webgpu/omni_r1.js"),
    binary: new URL("./wasm/webgpu/omni_r1_bg.wasm", import.meta.url),
  },
};

const UNREACHABLE = new OmniError("download", "The program can't be reached.", "Check the connection, then press Try again.");
const UNFIT = new OmniError(
  "browser",
  "The program arrived damaged, or this browser is too old for it.",
  "Reload the page; if that doesn't help, update the browser or try another one.",
);

/** The module for a device, and the memory that it takes. @param {"cpu" | "webgpu"} kind @returns {Promise<{wasm: any, memory: WebAssembly.Memory}>} */
export async function loadWasm(kind) {
  const { code, binary } = MODULES[moduleFor(kind)];
  const wasm = await code().catch((thrown) => {
    throw thrown instanceof SyntaxError ? UNFIT : UNREACHABLE;
  });
  const response = await fetch(binary).catch(() => null);
  if (!response?.ok) throw UNREACHABLE;
  try {
    const { memory } = await wasm.default({ module_or_path: response });
    return { wasm, memory };
  } catch (thrown) {
    // What can't be compiled or linked won't get better with the connection.
    if (thrown instanceof WebAssembly.CompileError || thrown instanceof WebAssembly.LinkError) throw UNFIT;
    throw thrown instanceof TypeError ? UNREACHABLE : thrown;
  }
}
