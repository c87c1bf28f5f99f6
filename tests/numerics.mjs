/**
 * Lets tests/test_numerics.py call lenet/widgets/numerics.js.
 *
 * Each line that comes in is a call, `{"call": name, "arguments": […]}`; each line that goes out is
 * its `{"result": …}` or its `{"error": {"name": …, "message": …}}`. A Float32Array travels as
 * `{"float32": base64}`, a network as the arguments of `sequential`, `{"sequential": […]}`.
 */

import { createInterface } from "node:readline";

import * as numerics from "../lenet/widgets/numerics.js";

const calls = {
  ...numerics,
  /** Run image after image, and only then look at all that came out. */
  forward: (network, images) => images.map((image) => network.forward(image)),
  predict: (network, images) => images.map((image) => network.forward(image).at(-1).data),
};

function decode(key, value) {
  if (typeof value?.float32 === "string") {
    return new Float32Array(Uint8Array.from(Buffer.from(value.float32, "base64")).buffer);
  }
  return value?.sequential ? numerics.sequential(...value.sequential) : value;
}

function encode(key, value) {
  if (!(value instanceof Float32Array)) return value;
  const { buffer, byteOffset, byteLength } = value;
  return { float32: Buffer.from(buffer, byteOffset, byteLength).toString("base64") };
}

function answer(line) {
  try {
    const request = JSON.parse(line, decode);
    return { result: calls[request.call](...request.arguments) };
  } catch (error) {
    return { error: { name: error.name, message: error.message } };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answer(line), encode)}\n`);
}
