/** An address as seen from another one; null where it is none. `URL.canParse` would say so, but browsers of early 2023 lack it. @param {string} address @param {string} base */
export function parsed(address, base) {
  try {
    return new URL(address, base);
  } catch {
    return null;
  }
}
