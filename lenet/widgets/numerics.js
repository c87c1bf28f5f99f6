/**
 * The arithmetic of a convolutional network, for one image at a time: what the figures compute.
 *
 * The third of the book's three implementations, beside `lenet.functional` (NumPy, to read) and
 * Keras (to use). Tests hold all three equal. It touches no page: Node runs it as it is.
 *
 * An array is a `Tensor`: its shape, and its numbers in C order (the last index runs fastest).
 * Images and maps are `[height, width, channels]`, kernels
 * `[kernel_height, kernel_width, in_channels, filters]`, the kernel of a dense layer
 * `[inputs, units]`, vectors `[units]`. Sums are taken in double precision.
 *
 * @example
 * const image = tensor([4, 4, 1], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
 * const difference = tensor([1, 2, 1, 1], [-1, 1]); // how much the next pixel is brighter
 * conv2d(image, difference, null); // shape [4, 3, 1], all ones
 */

/**
 * @typedef {object} Tensor
 * @property {number[]} shape Length of each axis.
 * @property {Float32Array} data The numbers, in C order.
 */

/**
 * One number for both directions, or `[vertical, horizontal]`.
 * @typedef {number | number[]} Size
 */

/**
 * Zeros around every map: `"valid"` (none), `"same"` (with stride 1 the output is as large as the
 * input), a number for all four sides, or `[vertical, horizontal]`, each a number for both sides or
 * `[before, after]`.
 * @typedef {"valid" | "same" | number | (number | number[])[]} Padding
 */

/**
 * How a window slides over a volume; every pair is vertical first.
 * @typedef {object} Sliding
 * @property {number[]} windowSize Height and width of the window.
 * @property {number[]} strides How far it moves from one place to the next.
 * @property {number[][]} pads `[[top, bottom], [left, right]]`, zeros around the input.
 * @property {number[]} places How many places it has: height and width of the output.
 */

// What every function asks of its arguments. The messages are those of the Python side.

/**
 * @param {unknown} value
 * @returns {string} The value as an error message shows it.
 */
function describeValue(value) {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(describeValue).join(", ")}]`;
  if (typeof value === "object" && value !== null) return value.constructor?.name ?? "object";
  return String(value);
}

/**
 * @param {unknown} value
 * @param {string} name
 * @param {number} least
 * @returns {number} The value, when it is a whole number that is not below `least`.
 */
function checkWhole(value, name, least) {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least) {
    throw new RangeError(
      `${name} must be an integer, ${least} or more. Received: ${describeValue(value)}.`,
    );
  }
  return value;
}

/**
 * @param {unknown} value
 * @param {string} name
 * @returns {number[]} `[vertical, horizontal]`, from one number for both or from two.
 */
function checkPair(value, name) {
  const values = Array.isArray(value) ? value : [value, value];
  if (values.length !== 2) {
    throw new RangeError(
      `${name} must be an integer or a pair (vertical, horizontal). ` +
        `Received: ${describeValue(value)}.`,
    );
  }
  return values.map((number) => checkWhole(number, name, 1));
}

/**
 * @param {unknown} shape
 * @param {string} name
 * @returns {number} How many numbers an array of this shape holds.
 */
function checkShape(shape, name) {
  if (!Array.isArray(shape)) {
    throw new TypeError(`${name} must be an array of integers. Received: ${describeValue(shape)}.`);
  }
  return shape.reduce((product, length) => product * checkWhole(length, name, 1), 1);
}

/**
 * Refuse what is not a tensor of finite numbers with these axes. An axis is a name, where any
 * length will do, or the length that it must have.
 *
 * @param {Tensor} value
 * @param {string} name
 * @param {(string | number)[]} [axes]
 */
function checkTensor(value, name, axes) {
  if (!(value?.data instanceof Float32Array)) {
    throw new TypeError(
      `${name} must be a tensor, {shape, data: Float32Array}. Received: ${describeValue(value)}.`,
    );
  }
  const { shape, data } = value;
  const expected = checkShape(shape, `The shape of ${name}`);
  const fits = (/** @type {number} */ length, /** @type {number} */ axis) =>
    typeof axes?.[axis] !== "number" || axes[axis] === length;
  if (axes && !(shape.length === axes.length && shape.every(fits))) {
    throw new RangeError(
      `${name} must have shape (${axes.join(", ")}). Received: shape (${shape.join(", ")}).`,
    );
  }
  if (data.length !== expected) {
    throw new RangeError(
      `${name} must hold ${expected} numbers, as its shape (${shape.join(", ")}) says. ` +
        `Received: ${data.length}.`,
    );
  }
  checkFinite(data, name);
}

/**
 * @param {Float32Array} data
 * @param {string} name
 */
function checkFinite(data, name) {
  for (let n = 0; n < data.length; n++) {
    if (!Number.isFinite(data[n])) {
      throw new RangeError(`${name} must be finite. Received: ${data[n]} at position ${n}.`);
    }
  }
}

/**
 * Make an array.
 *
 * @param {number[]} shape Length of each axis.
 * @param {Float32Array | number[]} [data] The numbers, in C order; zeros when not given. A
 *   `Float32Array` is kept, not copied.
 * @returns {Tensor}
 * @throws {RangeError} If the shape does not hold as many numbers.
 * @throws {TypeError} If `shape` is no array, or `data` holds anything but numbers.
 *
 * @example
 * tensor([2, 3]).data; // six zeros
 */
export function tensor(shape, data) {
  const length = checkShape(shape, "shape");
  if (data === undefined) return { shape, data: new Float32Array(length) };
  const isArray = Array.isArray(data) && data.every((value) => typeof value === "number");
  if (!(isArray || data instanceof Float32Array)) {
    throw new TypeError(
      `data must be a Float32Array or an array of numbers. Received: ${describeValue(data)}.`,
    );
  }
  if (data.length !== length) {
    throw new RangeError(
      `data must hold ${length} numbers for shape (${shape.join(", ")}). ` +
        `Received: ${data.length}.`,
    );
  }
  return { shape, data: Array.isArray(data) ? Float32Array.from(data) : data };
}

// Where a window looks.

/**
 * Count the places where a window fits: `⌊(n + 2p − k) / s⌋ + 1`.
 *
 * What is left over when `s` does not divide `n + 2p − k` is not seen by any window.
 *
 * @param {number} size Length of the input in one direction, `n`.
 * @param {number} kernelSize Length of the window, `k`.
 * @param {number} [strides] How far the window moves from one place to the next, `s`.
 * @param {number} [padding] Zeros added on each of the two sides, `p`.
 * @returns {number} Length of the output.
 * @throws {RangeError} If the window is longer than the padded input, or a number is not a whole
 *   number in its range.
 *
 * @example
 * outputSize(32, 5); // 28
 * outputSize(28, 5, 1, 2); // 28
 * outputSize(28, 2, 2); // 14
 */
export function outputSize(size, kernelSize, strides = 1, padding = 0) {
  const [before, after] = padAmounts(size, kernelSize, strides, checkWhole(padding, "padding", 0));
  return Math.floor((size + before + after - kernelSize) / strides) + 1;
}

/**
 * Give the zeros that `padding` means in one direction.
 *
 * `"same"` makes the output `⌈n / s⌉` long, as Keras does; an odd zero goes after.
 *
 * @param {number} size Length of the input in this direction.
 * @param {number} kernelSize Length of the window.
 * @param {number} strides How far the window moves.
 * @param {"valid" | "same" | number | number[]} padding Also a number for both sides, or
 *   `[before, after]`.
 * @returns {number[]} `[before, after]`.
 * @throws {RangeError} If `padding` is none of these, or the padded input is shorter than the
 *   window.
 *
 * @example
 * padAmounts(28, 5, 1, "same"); // [2, 2]
 * padAmounts(28, 3, 2, "same"); // [0, 1]
 */
export function padAmounts(size, kernelSize, strides, padding) {
  const n = checkWhole(size, "size", 1);
  const k = checkWhole(kernelSize, "kernel_size", 1);
  const s = checkWhole(strides, "strides", 1);
  if (padding === "same") {
    const total = Math.max((Math.ceil(n / s) - 1) * s + k - n, 0);
    return [Math.floor(total / 2), Math.ceil(total / 2)];
  }
  if (typeof padding === "string" && padding !== "valid") {
    throw new RangeError(
      `padding must be "valid", "same", an integer or a pair. Received: ${describeValue(padding)}.`,
    );
  }
  const amount = padding === "valid" ? 0 : padding;
  const sides = Array.isArray(amount) ? amount : [amount, amount];
  if (sides.length !== 2) {
    throw new RangeError(
      `padding must have two sides (before, after). Received: ${describeValue(padding)}.`,
    );
  }
  const [before, after] = sides.map((zeros) => checkWhole(zeros, "padding", 0));
  if (k > n + before + after) {
    throw new RangeError(
      "kernel_size must not be larger than the padded input. " +
        `Received: kernel_size ${k}, input ${n}, padded ${n + before + after}.`,
    );
  }
  return [before, after];
}

/**
 * Say how a window slides over a volume.
 *
 * @param {number[]} inputShape `[height, width, channels]`.
 * @param {number[]} windowSize
 * @param {Size} strides
 * @param {Padding} padding
 * @returns {Sliding}
 */
function slideWindow(inputShape, windowSize, strides, padding) {
  const steps = checkPair(strides, "strides");
  if (Array.isArray(padding) && padding.length !== 2) {
    throw new RangeError(
      "padding must be an integer or a pair (vertical, horizontal). " +
        `Received: ${describeValue(padding)}.`,
    );
  }
  const pads = [0, 1].map((axis) => {
    const along = Array.isArray(padding) ? padding[axis] : padding;
    return padAmounts(inputShape[axis], windowSize[axis], steps[axis], along);
  });
  const places = pads.map(([before, after], axis) =>
    outputSize(inputShape[axis] + before + after, windowSize[axis], steps[axis]),
  );
  return { windowSize, strides: steps, pads, places };
}

// Convolution, pooling, dense layers.

/**
 * Add to each unit's sum the products of some inputs with that unit's weights.
 *
 * One row of weights belongs to each input: its weight for every unit. All that multiplies and adds
 * in this module goes through here, so it is what must be quick. It walks through memory in order,
 * and leaves out inputs that are zero: most of a digit, and half of what ReLU lets through.
 *
 * @param {Float64Array} sums One a unit.
 * @param {Float32Array} inputs
 * @param {number} first Where in `inputs` to begin.
 * @param {number} count How many to take.
 * @param {Float32Array} weights
 * @param {number} row Where in `weights` the row of the first input begins.
 */
function addProducts(sums, inputs, first, count, weights, row) {
  const units = sums.length;
  for (let n = first; n < first + count; n++, row += units) {
    const value = inputs[n];
    if (value === 0) continue;
    for (let unit = 0; unit < units; unit++) sums[unit] += value * weights[row + unit];
  }
}

/**
 * Slide a bank of filters over a volume (cross-correlation).
 *
 * `y[r, q, f] = Σ_i,j,c x[r·s + i, q·s + j, c] · kernel[i, j, c, f] + bias[f]`, `x` padded
 *
 * @param {Tensor} x A volume, `[height, width, in_channels]`.
 * @param {Tensor} kernel Filters, `[kernel_height, kernel_width, in_channels, filters]`.
 * @param {Tensor | null} [bias] One number a filter, `[filters]`.
 * @param {{strides?: Size, padding?: Padding}} [options]
 * @returns {Tensor} Feature maps, `[out_height, out_width, filters]`.
 * @throws {RangeError} If a shape does not fit, the kernel is larger than the padded input, strides
 *   or padding are unknown, or a value is not finite.
 * @throws {TypeError} If an argument is not a tensor.
 */
export function conv2d(x, kernel, bias = null, { strides = 1, padding = "valid" } = {}) {
  checkTensor(x, "x", ["height", "width", "channels"]);
  const sliding = slideKernel(x.shape, kernel, bias, strides, padding);
  return convolveUnchecked(x, kernel, bias, sliding);
}

/**
 * Check a convolution's weights against its input, and say how its kernel slides.
 *
 * @param {number[]} inputShape
 * @param {Tensor} kernel
 * @param {Tensor | null} bias
 * @param {Size} strides
 * @param {Padding} padding
 * @returns {Sliding}
 */
function slideKernel(inputShape, kernel, bias, strides, padding) {
  checkTensor(kernel, "kernel", ["kernel_height", "kernel_width", inputShape[2], "filters"]);
  if (bias !== null) checkTensor(bias, "bias", [kernel.shape[3]]);
  return slideWindow(inputShape, kernel.shape.slice(0, 2), strides, padding);
}

/**
 * `conv2d`, unchecked.
 *
 * @param {Tensor} x
 * @param {Tensor} kernel
 * @param {Tensor | null} bias
 * @param {Sliding} sliding
 * @returns {Tensor}
 */
function convolveUnchecked(x, kernel, bias, { strides, pads, places }) {
  const [height, width, channels] = x.shape;
  const [kernelHeight, kernelWidth, , filters] = kernel.shape;
  const y = tensor([...places, filters]);
  const start = bias?.data ?? new Float32Array(filters);
  const sums = new Float64Array(filters);
  for (let r = 0, place = 0; r < places[0]; r++) {
    for (let q = 0; q < places[1]; q++, place += filters) {
      // Only the part of the window that lies on the input counts: padding adds nothing.
      const top = r * strides[0] - pads[0][0];
      const left = q * strides[1] - pads[1][0];
      const lastRow = Math.min(kernelHeight, height - top);
      const firstColumn = Math.max(0, -left);
      const columns = Math.min(kernelWidth, width - left) - firstColumn;
      for (let f = 0; f < filters; f++) sums[f] = start[f];
      for (let i = Math.max(0, -top); i < lastRow; i++) {
        // A row of the window, all channels, lies in one piece in `x` and in `kernel`.
        const seen = ((top + i) * width + left + firstColumn) * channels;
        const weights = (i * kernelWidth + firstColumn) * channels * filters;
        addProducts(sums, x.data, seen, columns * channels, kernel.data, weights);
      }
      for (let f = 0; f < filters; f++) y.data[place + f] = sums[f];
    }
  }
  return y;
}

/**
 * Keep the largest value of every window, in each channel for itself.
 *
 * @param {Tensor} x A volume, `[height, width, channels]`.
 * @param {Size} [poolSize] Height and width of a window.
 * @param {{strides?: Size, padding?: Padding}} [options] Strides are `poolSize` when not given.
 *   Padding must be smaller than the window; it never wins.
 * @returns {Tensor} `[out_height, out_width, channels]`.
 * @throws {RangeError} As `conv2d`, and if a window could lie on padding alone.
 * @throws {TypeError} If `x` is not a tensor.
 */
export function maxPool2d(x, poolSize = 2, { strides = poolSize, padding = "valid" } = {}) {
  checkTensor(x, "x", ["height", "width", "channels"]);
  return poolUnchecked(x, slidePool(x.shape, poolSize, strides, padding), false);
}

/**
 * Average every window, in each channel for itself.
 *
 * @param {Tensor} x A volume, `[height, width, channels]`.
 * @param {Size} [poolSize] Height and width of a window.
 * @param {{strides?: Size, padding?: Padding}} [options] As for `maxPool2d`, but padding is not
 *   counted.
 * @returns {Tensor} `[out_height, out_width, channels]`.
 * @throws {RangeError} As `maxPool2d`.
 * @throws {TypeError} If `x` is not a tensor.
 */
export function avgPool2d(x, poolSize = 2, { strides = poolSize, padding = "valid" } = {}) {
  checkTensor(x, "x", ["height", "width", "channels"]);
  return poolUnchecked(x, slidePool(x.shape, poolSize, strides, padding), true);
}

/**
 * @param {number[]} inputShape
 * @param {Size} poolSize
 * @param {Size} strides
 * @param {Padding} padding
 * @returns {Sliding}
 */
function slidePool(inputShape, poolSize, strides, padding) {
  const windowSize = checkPair(poolSize, "pool_size");
  const sliding = slideWindow(inputShape, windowSize, strides, padding);
  if (sliding.pads.some((sides, axis) => Math.max(...sides) >= windowSize[axis])) {
    throw new RangeError(
      "padding must be smaller than pool_size, or a window would hold nothing else. " +
        `Received: padding ${describeValue(padding)}, pool_size ${describeValue(windowSize)}.`,
    );
  }
  return sliding;
}

/**
 * `maxPool2d` or `avgPool2d`, unchecked.
 *
 * @param {Tensor} x
 * @param {Sliding} sliding
 * @param {boolean} average
 * @returns {Tensor}
 */
function poolUnchecked(x, { windowSize, strides, pads, places }, average) {
  const [height, width, channels] = x.shape;
  const y = tensor([...places, channels]);
  const kept = new Float64Array(channels);
  for (let r = 0, place = 0; r < places[0]; r++) {
    const top = r * strides[0] - pads[0][0];
    const bottom = Math.min(top + windowSize[0], height);
    for (let q = 0; q < places[1]; q++, place += channels) {
      const left = q * strides[1] - pads[1][0];
      const right = Math.min(left + windowSize[1], width);
      let count = 0;
      kept.fill(average ? 0 : -Infinity);
      for (let row = Math.max(top, 0); row < bottom; row++) {
        for (let column = Math.max(left, 0); column < right; column++, count++) {
          const seen = (row * width + column) * channels;
          for (let c = 0; c < channels; c++) {
            const value = x.data[seen + c];
            kept[c] = average ? kept[c] + value : Math.max(kept[c], value);
          }
        }
      }
      for (let c = 0; c < channels; c++) y.data[place + c] = average ? kept[c] / count : kept[c];
    }
  }
  return y;
}

/**
 * Join every input to every unit: `y[u] = Σ_n x[n] · kernel[n, u] + bias[u]`.
 *
 * @param {Tensor} x `[inputs]`.
 * @param {Tensor} kernel `[inputs, units]`.
 * @param {Tensor | null} [bias] `[units]`.
 * @returns {Tensor} `[units]`.
 * @throws {RangeError} If a shape does not fit or a value is not finite.
 * @throws {TypeError} If an argument is not a tensor.
 */
export function dense(x, kernel, bias = null) {
  checkTensor(x, "x", ["inputs"]);
  checkDense(x.shape, kernel, bias);
  return denseUnchecked(x, kernel, bias);
}

/**
 * @param {number[]} inputShape
 * @param {Tensor} kernel
 * @param {Tensor | null} bias
 */
function checkDense(inputShape, kernel, bias) {
  checkTensor(kernel, "kernel", [inputShape[0], "units"]);
  if (bias !== null) checkTensor(bias, "bias", [kernel.shape[1]]);
}

/**
 * `dense`, unchecked.
 *
 * @param {Tensor} x
 * @param {Tensor} kernel
 * @param {Tensor | null} bias
 * @returns {Tensor}
 */
function denseUnchecked(x, kernel, bias) {
  const [inputs, units] = kernel.shape;
  const sums = bias ? Float64Array.from(bias.data) : new Float64Array(units);
  addProducts(sums, x.data, 0, inputs, kernel.data, 0);
  return tensor([units], Float32Array.from(sums));
}

// Activations, of tensors of any shape.

/**
 * Keep what is positive: `max(x, 0)`.
 *
 * @param {Tensor} x
 * @returns {Tensor}
 */
export function relu(x) {
  const y = tensor(x.shape);
  // On thousands of values a loop is several times quicker than `map`.
  for (let n = 0; n < y.data.length; n++) y.data[n] = Math.max(x.data[n], 0);
  return y;
}

/**
 * Squash to between 0 and 1: `1 / (1 + exp(−x))`.
 *
 * @param {Tensor} x
 * @returns {Tensor}
 */
export function sigmoid(x) {
  return { shape: x.shape, data: x.data.map((value) => 1 / (1 + Math.exp(-value))) };
}

/**
 * Squash to between −1 and 1.
 *
 * @param {Tensor} x
 * @returns {Tensor}
 */
export function tanh(x) {
  return { shape: x.shape, data: x.data.map(Math.tanh) };
}

/**
 * Turn logits into probabilities: `p[u] = exp(z[u] / T) / Σ_v exp(z[v] / T)`, along the last axis.
 *
 * The largest logit is subtracted from all first. That changes no probability, and no exponential
 * overflows.
 *
 * @param {Tensor} logits
 * @param {number} [temperature] Above 1 the probabilities become more equal, below 1 less so.
 * @returns {Tensor}
 * @throws {RangeError} If the temperature is not a positive number.
 *
 * @example
 * softmax(tensor([2], [1000, 1000])).data; // 0.5, 0.5
 */
export function softmax(logits, temperature = 1) {
  if (!(temperature > 0 && temperature < Infinity)) {
    throw new RangeError(
      `temperature must be a positive number. Received: ${describeValue(temperature)}.`,
    );
  }
  const units = /** @type {number} */ (logits.shape.at(-1));
  const p = new Float32Array(logits.data.length);
  for (let start = 0; start < p.length; start += units) {
    const z = logits.data.subarray(start, start + units);
    const largest = z.reduce((most, value) => Math.max(most, value), -Infinity);
    const exponentials = Array.from(z, (value) => Math.exp((value - largest) / temperature));
    const sum = exponentials.reduce((total, value) => total + value, 0);
    exponentials.forEach((value, unit) => {
      p[start + unit] = value / sum;
    });
  }
  return { shape: logits.shape, data: p };
}

// A network.

/**
 * A layer, as Python describes it.
 * @typedef {object} Layer
 * @property {"conv2d" | "max_pool2d" | "avg_pool2d" | "flatten" | "dense" | "activation"} kind
 * @property {string} name
 * @property {"linear" | "relu" | "sigmoid" | "tanh" | "softmax"} [activation] `"linear"` when not
 *   given.
 * @property {Tensor} [kernel] Of `conv2d` and `dense`.
 * @property {Tensor | null} [bias] Of `conv2d` and `dense`.
 * @property {Size} [pool_size] Of a pool.
 * @property {Size | null} [strides] Of `conv2d` (1 when not given) and of a pool (`pool_size`).
 * @property {Padding} [padding] Of `conv2d` and of a pool; `"valid"` when not given.
 */

/**
 * What `sequential` makes of a layer.
 * @typedef {object} Built
 * @property {number[]} inputShape
 * @property {number[]} outputShape
 * @property {Sliding | null} sliding How its window slides; null for a flat layer, which has none.
 * @property {(x: Tensor) => Tensor} compute Everything but the activation.
 * @property {(x: Tensor) => Tensor} activate
 */

/**
 * The output of a layer, and what it was before the activation function: feature maps, or logits.
 * @typedef {Tensor & {preactivation: Tensor}} Activation
 */

/**
 * @typedef {object} Network
 * @property {number[]} inputShape `[height, width, channels]`, or `[inputs]`.
 * @property {(Layer & Built)[]} layers
 * @property {number[][]} outputShapes One a layer.
 * @property {(image: Tensor) => Activation[]} forward Compute every layer's output for one image.
 *   Every call makes new arrays, so earlier results stay as they are.
 */

/** @type {Record<string, (x: Tensor) => Tensor>} */
const ACTIVATION_FUNCTIONS = {
  linear: (x) => x,
  relu,
  sigmoid,
  tanh,
  softmax: (x) => softmax(x),
};

/**
 * What each kind of layer is: from the shape of its input to how it slides (if it does) and what it
 * computes.
 * @type {Record<string, (layer: any, inputShape: number[]) => Pick<Built, "outputShape" | "sliding"
 *   | "compute">>}
 */
const LAYER_KINDS = {
  conv2d({ kernel, bias = null, strides, padding = "valid" }, inputShape) {
    checkRank(inputShape, ["height", "width", "channels"]);
    const sliding = slideKernel(inputShape, kernel, bias, strides ?? 1, padding);
    const outputShape = [...sliding.places, kernel.shape[3]];
    return { outputShape, sliding, compute: (x) => convolveUnchecked(x, kernel, bias, sliding) };
  },
  max_pool2d: (layer, inputShape) => poolingLayer(layer, inputShape, false),
  avg_pool2d: (layer, inputShape) => poolingLayer(layer, inputShape, true),
  flatten(_, inputShape) {
    const outputShape = [inputShape.reduce((product, length) => product * length, 1)];
    return { outputShape, sliding: null, compute: (x) => ({ shape: outputShape, data: x.data }) };
  },
  dense({ kernel, bias = null }, inputShape) {
    checkRank(inputShape, ["inputs"]);
    checkDense(inputShape, kernel, bias);
    const outputShape = [kernel.shape[1]];
    return { outputShape, sliding: null, compute: (x) => denseUnchecked(x, kernel, bias) };
  },
  activation(_, inputShape) {
    const sliding = inputShape.length === 3 ? slideWindow(inputShape, [1, 1], 1, 0) : null;
    return { outputShape: inputShape, sliding, compute: (x) => x };
  },
};

/**
 * @param {Layer} layer
 * @param {number[]} inputShape
 * @param {boolean} average
 */
function poolingLayer(layer, inputShape, average) {
  const { pool_size: poolSize = 2, strides, padding = "valid" } = layer;
  checkRank(inputShape, ["height", "width", "channels"]);
  const sliding = slidePool(inputShape, poolSize, strides ?? poolSize, padding);
  const outputShape = [...sliding.places, inputShape[2]];
  const compute = (/** @type {Tensor} */ x) => poolUnchecked(x, sliding, average);
  return { outputShape, sliding, compute };
}

/**
 * @param {number[]} inputShape
 * @param {string[]} axes
 */
function checkRank(inputShape, axes) {
  if (inputShape.length !== axes.length) {
    throw new RangeError(
      `Its input must have shape (${axes.join(", ")}). Received: (${inputShape.join(", ")}).`,
    );
  }
}

/**
 * @template T
 * @param {Record<string, T>} table
 * @param {unknown} key
 * @param {string} name
 * @returns {T} What the table holds under this key.
 */
function checkKnown(table, key, name) {
  if (typeof key !== "string" || !Object.hasOwn(table, key)) {
    const known = Object.keys(table).join(", ");
    throw new RangeError(`${name} must be one of ${known}. Received: ${describeValue(key)}.`);
  }
  return table[key];
}

/**
 * Build a network from layers, each fed by the one before. All is checked here, once.
 *
 * @param {number[]} inputShape `[height, width, channels]`, or `[inputs]`.
 * @param {Layer[]} layers First to last.
 * @returns {Network}
 * @throws {RangeError} If there is no layer, a layer's kind or activation is unknown, a layer
 *   cannot take what the one before gives, or a weight is not finite. The message names the layer.
 * @throws {TypeError} If a layer lacks its kernel.
 *
 * @example
 * const identity = tensor([2, 2], [1, 0, 0, 1]);
 * const layer = { kind: "dense", name: "output", kernel: identity, activation: "relu" };
 * const [output] = sequential([2], [layer]).forward(tensor([2], [3, -3]));
 * output.data; // 3, 0
 * output.preactivation.data; // 3, -3
 */
export function sequential(inputShape, layers) {
  checkShape(inputShape, "inputShape");
  if (!Array.isArray(layers) || layers.length === 0) {
    throw new RangeError(
      `layers must be an array of at least one layer. Received: ${describeValue(layers)}.`,
    );
  }
  let shape = inputShape;
  const built = layers.map((layer, index) => {
    const name = layer?.name || `${layer?.kind ?? "layer"}_${index}`;
    try {
      const build = checkKnown(LAYER_KINDS, layer?.kind, "kind");
      const activate = checkKnown(ACTIVATION_FUNCTIONS, layer.activation ?? "linear", "activation");
      const result = { ...layer, name, inputShape: shape, activate, ...build(layer, shape) };
      shape = result.outputShape;
      return result;
    } catch (error) {
      if (error instanceof Error) error.message = `Layer ${name}: ${error.message}`;
      throw error;
    }
  });

  return {
    inputShape,
    layers: built,
    outputShapes: built.map((layer) => layer.outputShape),
    forward(image) {
      checkTensor(image, "image", inputShape);
      /** @type {Tensor} */
      let x = image;
      return built.map(({ compute, activate }) => {
        const preactivation = compute(x);
        x = activate(preactivation);
        return { shape: x.shape, data: x.data, preactivation };
      });
    },
  };
}

/**
 * A rectangle of pixels, half-open: rows `top` to `bottom − 1`, columns `left` to `right − 1`.
 * @typedef {object} Area
 * @property {number} top
 * @property {number} left
 * @property {number} bottom
 * @property {number} right
 */

/**
 * Find the window on a layer's own input from which one place of its maps is computed.
 *
 * @param {Network} network
 * @param {number} layerIndex
 * @param {number} row The place on the layer's maps.
 * @param {number} column
 * @returns {Area} It reaches outside the input where there is padding.
 * @throws {RangeError} If there is no such layer or place, or the layer has no window: only
 *   convolutions, pools, and activations of maps do.
 */
export function windowOf(network, layerIndex, row, column) {
  const { name, sliding } = checkLayerIndex(network, layerIndex);
  const place = unitArea(network, layerIndex, row, column);
  if (!sliding || !place) {
    throw new RangeError(`The layer must have maps. Received: layer ${name}, which is flat.`);
  }
  return traceBack(place, sliding);
}

/**
 * Find the patch of the image that one unit sees.
 *
 * Goes back from the unit, layer by layer: the rows `a` to `b` of an output come from the rows
 * `a · s − p` to `b · s − p + k − 1` of its input. Zeros around the maps between layers come from
 * no pixel, so they do not widen the patch.
 *
 * @param {Network} network Its input must be an image.
 * @param {number} layerIndex
 * @param {number} [row] The unit's row on its map; not used for a flat layer, which sees all.
 * @param {number} [column]
 * @returns {Area} For a unit on a map, it reaches outside the image where the first layer pads. For
 *   a flat layer, all of the image that the last maps see: the whole, save for what strides leave
 *   over.
 * @throws {RangeError} If there is no such layer or unit, or the input is not an image.
 */
export function receptiveField(network, layerIndex, row = 0, column = 0) {
  checkLayerIndex(network, layerIndex);
  checkRank(network.inputShape, ["height", "width", "channels"]);
  const place = unitArea(network, layerIndex, row, column);
  // Flat layers see all of the maps that came last before them.
  const shapes = [network.inputShape, ...network.outputShapes.slice(0, layerIndex + 1)];
  const maps = shapes.findLastIndex((shape) => shape.length === 3);
  let area = place ?? { top: 0, left: 0, bottom: shapes[maps][0], right: shapes[maps][1] };
  for (let index = maps - 1; index >= 0; index--) {
    const { sliding, outputShape } = network.layers[index];
    area = clipArea(area, outputShape);
    if (area.top === area.bottom || area.left === area.right) return area; // padding alone
    area = traceBack(area, /** @type {Sliding} */ (sliding));
  }
  return place ? area : clipArea(area, network.inputShape);
}

/**
 * @param {Network} network
 * @param {number} layerIndex
 */
function checkLayerIndex({ layers }, layerIndex) {
  if (!Object.hasOwn(layers, checkWhole(layerIndex, "layerIndex", 0))) {
    throw new RangeError(
      `layerIndex must be below ${layers.length}, the number of layers. Received: ${layerIndex}.`,
    );
  }
  return layers[layerIndex];
}

/**
 * @param {Network} network
 * @param {number} layerIndex
 * @param {number} row
 * @param {number} column
 * @returns {Area | null} One place of a layer's maps; null if the layer is flat.
 */
function unitArea({ layers }, layerIndex, row, column) {
  const { name, outputShape } = layers[layerIndex];
  if (outputShape.length !== 3) return null;
  const [height, width] = outputShape;
  const isOn = (/** @type {number} */ n, /** @type {number} */ length) =>
    Number.isInteger(n) && n >= 0 && n < length;
  if (!(isOn(row, height) && isOn(column, width))) {
    throw new RangeError(
      `row and column must lie on the ${height}×${width} maps of layer ${name}. ` +
        `Received: (${describeValue(row)}, ${describeValue(column)}).`,
    );
  }
  return { top: row, left: column, bottom: row + 1, right: column + 1 };
}

/**
 * @param {Area} area Part of an output.
 * @param {Sliding} sliding
 * @returns {Area} The part of the input that it was computed from.
 */
function traceBack(area, { windowSize, strides, pads }) {
  return {
    top: area.top * strides[0] - pads[0][0],
    left: area.left * strides[1] - pads[1][0],
    bottom: (area.bottom - 1) * strides[0] - pads[0][0] + windowSize[0],
    right: (area.right - 1) * strides[1] - pads[1][0] + windowSize[1],
  };
}

/**
 * @param {Area} area
 * @param {number[]} shape
 * @returns {Area} What of the area lies on maps of this shape.
 */
function clipArea(area, [height, width]) {
  const clip = (/** @type {number} */ n, /** @type {number} */ most) =>
    Math.min(Math.max(n, 0), most);
  return {
    top: clip(area.top, height),
    left: clip(area.left, width),
    bottom: clip(area.bottom, height),
    right: clip(area.right, width),
  };
}

// A drawing becomes an image like those of MNIST.

const DIGIT_SIZE = 28; // of the image
const DIGIT_BOX = 20; // of the digit in it

/**
 * Scale a drawing, its aspect kept, into a box of 20×20 pixels and place it so that its centre of
 * mass is the centre of 28×28 pixels: what was done to every digit of MNIST.
 *
 * The same as `centre_drawing` in `lenet/data.py`.
 *
 * @param {Float32Array} ink `size · size` values from 0 (paper) to 1 (ink), row by row.
 * @param {number} size
 * @returns {Float32Array} 28 · 28 values, the darkest ink 1; all zero for an empty drawing.
 * @throws {RangeError} If there are not `size · size` values, or one is not in [0, 1].
 * @throws {TypeError} If `ink` is not a `Float32Array`.
 *
 * Source: LeCun et al. (1998), section III.A.
 */
export function centreDrawing(ink, size) {
  const peak = checkInk(ink, size);
  if (peak === 0) return new Float32Array(DIGIT_SIZE * DIGIT_SIZE);
  const rows = inkAlong(ink, size, peak, size, 1);
  const columns = inkAlong(ink, size, peak, 1, size);
  const step = Math.max(rows.last - rows.first, columns.last - columns.first) / DIGIT_BOX;
  const [top, left] = [rows, columns].map(({ first, last, centre }) => {
    // In MNIST the centre of mass is pixel 14, whose middle is 14.5 from the edge. Yet no part of
    // the digit is cut off, however far from the middle its mass is.
    const wanted = centre - (DIGIT_SIZE / 2 + 0.5) * step;
    return Math.min(Math.max(wanted, last - DIGIT_SIZE * step), first);
  });
  const digit = resampleInk(ink, size, top, left, step);
  const darkest = digit.reduce((most, value) => Math.max(most, value), 0);
  return digit.map((value) => value / darkest);
}

/**
 * Scale a whole drawing to 28×28 pixels, whatever is where on it.
 *
 * @param {Float32Array} ink As for `centreDrawing`.
 * @param {number} size
 * @returns {Float32Array} 28 · 28 values from 0 to 1.
 * @throws {RangeError} As `centreDrawing`.
 * @throws {TypeError} As `centreDrawing`.
 */
export function fitDrawing(ink, size) {
  checkInk(ink, size);
  return resampleInk(ink, size, 0, 0, size / DIGIT_SIZE);
}

/**
 * @param {Float32Array} ink
 * @param {number} size
 * @returns {number} The darkest value.
 */
function checkInk(ink, size) {
  if (!(ink instanceof Float32Array)) {
    throw new TypeError(`ink must be a Float32Array. Received: ${describeValue(ink)}.`);
  }
  checkWhole(size, "size", 1);
  if (ink.length !== size * size) {
    throw new RangeError(
      `ink must hold ${size} · ${size} = ${size * size} values. Received: ${ink.length}.`,
    );
  }
  let peak = 0;
  for (const value of ink) {
    if (!(value >= 0 && value <= 1)) {
      throw new RangeError(`ink must be in [0, 1]. Received: ${value}.`);
    }
    peak = Math.max(peak, value);
  }
  return peak;
}

/**
 * Look along one axis of a drawing: where does the digit begin and end, where is its middle?
 *
 * @param {Float32Array} ink
 * @param {number} size
 * @param {number} peak What is darker than half of this belongs to the digit.
 * @param {number} along From one line to the next, in `ink`.
 * @param {number} across From one pixel of a line to the next.
 * @returns {{first: number, last: number, centre: number}} Distances from the edge: `first` and
 *   `last` of the digit (half-open), `centre` of the mass.
 */
function inkAlong(ink, size, peak, along, across) {
  let first = size;
  let last = 0;
  let mass = 0;
  let moment = 0;
  for (let line = 0; line < size; line++) {
    for (let n = 0; n < size; n++) {
      const value = ink[line * along + n * across];
      mass += value;
      moment += value * (line + 0.5);
      if (value > peak / 2) {
        first = Math.min(first, line);
        last = line + 1;
      }
    }
  }
  return { first, last, centre: moment / mass };
}

/**
 * Cut 28×28 squares, each `step` wide, from a drawing; beyond its edges is paper.
 *
 * A new pixel averages the drawing around its square, near values most (a Hamming window, as
 * `Image.resize` of Pillow has it): first along the rows, then along the columns.
 *
 * @param {Float32Array} ink
 * @param {number} size
 * @param {number} top Where the squares begin, in pixels of the drawing.
 * @param {number} left
 * @param {number} step
 * @returns {Float32Array}
 */
function resampleInk(ink, size, top, left, step) {
  const columns = averagingWeights(size, left, step);
  const narrow = new Float64Array(size * DIGIT_SIZE);
  for (let row = 0; row < size; row++) {
    columns.forEach(({ first, weights }, column) => {
      let sum = 0;
      for (let n = 0; n < weights.length; n++) sum += weights[n] * ink[row * size + first + n];
      narrow[row * DIGIT_SIZE + column] = sum;
    });
  }
  const image = new Float32Array(DIGIT_SIZE * DIGIT_SIZE);
  averagingWeights(size, top, step).forEach(({ first, weights }, row) => {
    for (let column = 0; column < DIGIT_SIZE; column++) {
      let sum = 0;
      weights.forEach((weight, n) => {
        sum += weight * narrow[(first + n) * DIGIT_SIZE + column];
      });
      image[row * DIGIT_SIZE + column] = sum;
    }
  });
  return image;
}

/**
 * Say how each of 28 new pixels in a line averages the old ones.
 *
 * @param {number} size How many old pixels there are.
 * @param {number} start Where the new ones begin.
 * @param {number} step How many old ones each is wide.
 * @returns {{first: number, weights: number[]}[]} The weights of the old pixels from `first` on.
 */
function averagingWeights(size, start, step) {
  const reach = Math.max(step, 1);
  return Array.from({ length: DIGIT_SIZE }, (_, target) => {
    const centre = start + (target + 0.5) * step;
    const first = Math.floor(centre - reach + 0.5);
    const length = Math.floor(centre + reach + 0.5) - first;
    const weights = Array.from({ length }, (_, n) =>
      hammingWindow((first + n + 0.5 - centre) / reach),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const onDrawing = weights.slice(Math.max(0, -first), Math.max(0, size - first));
    return { first: Math.max(first, 0), weights: onDrawing.map((weight) => weight / sum) };
  });
}

/**
 * A bump: 1 in the middle, falling to 0 at a distance of 1.
 *
 * @param {number} distance
 * @returns {number}
 */
function hammingWindow(distance) {
  if (distance === 0) return 1;
  if (Math.abs(distance) >= 1) return 0;
  const angle = Math.PI * distance;
  return (Math.sin(angle) / angle) * (0.54 + 0.46 * Math.cos(angle));
}
