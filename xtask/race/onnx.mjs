/** Models of one node for onnxruntime, written as ONNX's protocol buffers (onnx.proto3). */

/** A number in as many groups of seven bits as it needs. @param {number} value */
function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return [...bytes, value];
}

/** @param {number} field @param {number} value */
const int = (field, value) => [...varint(field << 3), ...varint(value)];
/** @param {number} field @param {number[]} bytes */
const block = (field, bytes) => [...varint((field << 3) | 2), ...varint(bytes.length), ...bytes];
/** @param {number} field @param {string} words */
const text = (field, words) => block(field, [...new TextEncoder().encode(words)]);

const FLOAT = 1;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;

/** A named tensor of floats. @param {string} name @param {number[]} dims */
function value(name, dims) {
  const shape = block(2, dims.flatMap((dim) => block(1, int(1, dim))));
  return [...text(1, name), ...block(2, block(1, [...int(1, FLOAT), ...shape]))];
}

/** @param {string} name @param {number | number[]} value */
function attribute(name, value) {
  const body = Array.isArray(value)
    ? [...value.flatMap((item) => int(8, item)), ...int(20, ATTRIBUTE_INTS)]
    : [...int(3, value), ...int(20, ATTRIBUTE_INT)];
  return block(5, [...text(1, name), ...body]);
}

/**
 * @param {string} op
 * @param {Record<string, number[]>} inputs names and shapes
 * @param {number[]} output its shape; its name is "out"
 * @param {Record<string, number | number[]>} [attributes]
 * @param {string} [domain]
 */
export function model(op, inputs, output, attributes = {}, domain = "") {
  const names = Object.keys(inputs);
  const node = [
    ...names.flatMap((name) => text(1, name)),
    ...text(2, "out"),
    ...text(3, "node"),
    ...text(4, op),
    ...Object.entries(attributes).flatMap(([name, value]) => attribute(name, value)),
    ...(domain ? text(7, domain) : []),
  ];
  const graph = [
    ...block(1, node),
    ...text(2, "graph"),
    ...names.flatMap((name) => block(11, value(name, inputs[name]))),
    ...block(12, value("out", output)),
  ];
  const sets = [["", 14], ...(domain ? [[domain, 1]] : [])];
  const imports = sets.flatMap(([name, version]) => block(8, [...text(1, String(name)), ...int(2, Number(version))]));
  return new Uint8Array([...int(1, 8), ...block(7, graph), ...imports]);
}
