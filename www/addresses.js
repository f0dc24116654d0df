/** Pictures as data: addresses, which can be shown and kept as JSON. */

/** Whatever the program gives, with its pictures as addresses. @param {any} value @returns {any} */
export function withAddresses(value) {
  if (value instanceof Uint8Array) return `data:image/png;base64,${btoa(Array.from(value, (byte) => String.fromCharCode(byte)).join(""))}`;
  if (Array.isArray(value)) return value.map(withAddresses);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withAddresses(part)]));
}

/** @param {Uint8Array} png */
export function blobOf(png) {
  return new Blob([/** @type {any} */ (png)], { type: "image/png" });
}

/** The bytes behind a data: address. @param {string} address */
export function bytesAt(address) {
  return Uint8Array.from(atob(address.slice(address.indexOf(",") + 1)), (letter) => letter.charCodeAt(0));
}
