/**
 * Which device the model runs on, and why, in words. A graphics processor that is only simulated
 * in software is 10 to 80 times slower than the WebAssembly code on the CPU, so it does not count.
 * @typedef {import("./protocol.js").Device} Device
 * @typedef {import("./protocol.js").DeviceWish} DeviceWish
 * @typedef {"cpu" | "relaxed" | "webgpu"} Module
 */

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|warp/i;

/** Some drivers never answer; the CPU is a good answer then. Whoever names WebGPU would rather wait. */
const PATIENCE_MS = { auto: 5000, webgpu: 60_000 };

/**
 * @param {DeviceWish} wish
 * @param {string} why said with the device when the wish names one
 * @returns {Promise<Device>}
 */
export async function chooseDevice(wish, why) {
  if (wish === "cpu") return cpu(why || "because this page asks for it");
  if (!self.isSecureContext) return cpu("because WebGPU works on https pages only");
  const gpu = /** @type {any} */ (navigator).gpu;
  if (!gpu) return cpu("because this browser has no WebGPU");
  const adapter = await findAdapter(gpu, PATIENCE_MS[wish]);
  if (adapter === undefined) return cpu("because the graphics processor did not answer");
  if (!adapter) return cpu("because WebGPU found no graphics processor");
  const info = adapter.info ?? {};
  const words = nameOf(info);
  if (wish === "webgpu") return webgpu(words, why || "because this page asks for it");
  if (info.isFallbackAdapter || adapter.isFallbackAdapter || SOFTWARE.test(words)) {
    return cpu("because the graphics processor is only simulated here, which is slower");
  }
  return webgpu(words, "because it is the fastest here");
}

/** Undefined where none came in time, null where there is none. @param {any} gpu @param {number} patience in milliseconds */
async function findAdapter(gpu, patience) {
  const late = new Promise((resolve) => setTimeout(resolve, patience));
  const asked = gpu.requestAdapter({ powerPreference: "high-performance" }).catch(() => null);
  return Promise.race([asked, late]);
}

/** What an adapter says of itself, as far as its browser tells. @param {any} info */
export function nameOf({ vendor, architecture, device, description }) {
  return [vendor, architecture, device, description].filter(Boolean).join(" ");
}

/** @param {string} why @returns {Device} */
export function cpu(why) {
  return { kind: "cpu", name: "processor (CPU)", why };
}

/** @param {string} words @param {string} why @returns {Device} */
function webgpu(words, why) {
  return { kind: "webgpu", name: words ? `graphics processor (WebGPU, ${words})` : "graphics processor (WebGPU)", why };
}

/** A function of one fused multiply-add. */
const FUSED = [
  ...[0, 97, 115, 109, 1, 0, 0, 0], // the header
  ...[1, 5, 1, 96, 0, 1, 123], // a type: nothing to v128
  ...[3, 2, 1, 0], // a function of it
  ...[10, 19, 1, 17, 0, 65, 0, 253, 17, 65, 0, 253, 17, 65, 0, 253, 17, 253, 133, 2, 11], // f32x4.relaxed_madd
];

/**
 * The WebAssembly module for a device: on the CPU, one with fused multiply-adds where the browser has them.
 * @param {"cpu" | "webgpu"} kind
 * @returns {Module}
 */
export function moduleFor(kind) {
  return kind === "cpu" && WebAssembly.validate(new Uint8Array(FUSED)) ? "relaxed" : kind;
}

/**
 * Calls back when a graphics device, which the Rust part opens for itself, is lost: it may be in the
 * middle of a wait that never ends.
 * @param {() => void} onLost
 */
export function watchDevices(onLost) {
  const adapters = /** @type {any} */ (globalThis).GPUAdapter?.prototype;
  if (!adapters) return;
  const requestDevice = adapters.requestDevice;
  adapters.requestDevice = async function (/** @type {any[]} */ ...wishes) {
    const device = await requestDevice.apply(this, wishes);
    device.lost.then(onLost);
    return device;
  };
}
