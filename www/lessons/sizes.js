/**
 * How large the pictures of the model that is loaded are, for texts that tell it.
 *
 * @typedef {import("../client.js").Client} Client
 * @typedef {{side: number, grid: number, codes: number, known: number}} Sizes pixels and codes along a side, codes of a
 *   whole picture, and all that the codebook has
 */

/** Where the width stands in a PNG file, in four bytes. */
const WIDTH_AT = 16;

/** @param {Client} client @param {import("../protocol.js").Coded} coded any picture @returns {Promise<Sizes>} */
export async function sizesOf(client, { grid, codes, known }) {
  /** @type {Uint8Array} */
  const png = await client.look({ do: "picture", codes });
  const side = new DataView(png.buffer, png.byteOffset).getUint32(WIDTH_AT);
  return { side, grid, codes: codes.length, known };
}
