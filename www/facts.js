/**
 * What this browser and this machine have that matters here, as plain lines: for the device view and its report.
 *
 * @typedef {[what: string, found: string][]} Facts
 */

import { moduleFor, nameOf } from "./device.js";

const MODULES = { cpu: "WebAssembly with SIMD", relaxed: "WebAssembly with relaxed SIMD", webgpu: "WebGPU" };
/** Limits of an adapter that the kernels feel. */
const LIMITS = ["maxBufferSize", "maxStorageBufferBindingSize", "maxComputeWorkgroupStorageSize", "maxComputeInvocationsPerWorkgroup"];

/** @returns {Promise<Facts>} */
export async function facts() {
  const { hardwareConcurrency, userAgent } = navigator;
  const memory = /** @type {any} */ (navigator).deviceMemory;
  return [
    ["Browser", userAgent],
    ["Processor", `${hardwareConcurrency ?? "an unknown number of"} threads${memory ? `, at least ${memory} GB of memory` : ""}; ${MODULES[moduleFor("cpu")]}`],
    ["Graphics", await graphics()],
    ["Page", `${location.protocol}//${location.host}, ${isSecureContext ? "a secure context" : "no secure context: WebGPU and storage are closed to it"}`],
  ];
}

/** @type {Promise<any> | undefined} */
let found;

/** The graphics processor as WebGPU gives it, asked for once; null where there is none. @returns {Promise<any>} */
export function adapter() {
  const { gpu } = /** @type {any} */ (navigator);
  found ??= Promise.resolve(gpu?.requestAdapter({ powerPreference: "high-performance" })).then((adapter) => adapter ?? null, () => null);
  return found;
}

/** The adapter, with what the kernels use of it. */
async function graphics() {
  const one = await adapter();
  if (!one) return "gpu" in navigator ? "WebGPU without an adapter" : "no WebGPU";
  const name = nameOf(one.info ?? {}) || "an adapter without a name";
  const has = ["subgroups", "shader-f16", "timestamp-query"].map((feature) => `${feature} ${one.features.has(feature) ? "yes" : "no"}`);
  const limits = LIMITS.map((limit) => `${limit} ${one.limits[limit]}`);
  return [name, ...has, ...limits].join(", ");
}

/**
 * What to do where a browser gives no graphics processor: it is about the reader's own browser, and empty where nothing is missing.
 * @param {string} userAgent @param {boolean} hasAdapter @param {boolean} secure @returns {string}
 */
export function advice(userAgent, hasAdapter, secure) {
  if (!secure) return "Open this page over https, or on this machine as localhost: browsers give WebGPU and storage to such pages alone.";
  if (hasAdapter) return "";
  const way = WAYS.find(([browser]) => browser.test(userAgent))?.[1] ?? "Update this browser, or try Chrome, Edge, Firefox or Safari of this year.";
  return `${way} Without it the model runs on the processor: everything works, drawings and training take longer.`;
}

/** Edge says Chrome too, and Chrome says Safari. @type {[RegExp, string][]} */
const WAYS = [
  [/firefox\/.*|fxios/i, "Firefox has WebGPU on Windows and on Macs with Apple's own processors; elsewhere set dom.webgpu.enabled to true in about:config, and restart it."],
  [/edg\/|chrome\/.*linux|linux.*chrome\//i, "Chrome and Edge on Linux may need a setting: open chrome://flags, enable “Unsafe WebGPU Support” and “Vulkan”, and restart the browser. On other systems, update the graphics driver."],
  [/chrome\//i, "Update Chrome and the graphics driver, and look whether “Use graphics acceleration when available” is on in its settings under System."],
  [/version\/.*safari/i, "Safari has WebGPU from version 26 on; in 18 it can be switched on in Settings under Apps, Safari, Advanced, Feature Flags."],
];
