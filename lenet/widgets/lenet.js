// Draw a digit and watch every layer of a network answer.

import { centreDrawing, fitDrawing, receptiveField, tensor, windowOf } from "./numerics.js";
import { Figure, format, h, inkColor, pack, unpack } from "./figure.js";
import { MapGrid, NetworkView, largest, networkFrom, percent } from "./network_view.js";

/**
 * @typedef {import("./network_view.js").Network} Network
 * @typedef {import("./network_view.js").Activation} Activation
 * @typedef {import("./network_view.js").Unit} Unit
 * @typedef {import("./figure.js").Tensor} Tensor
 */

const SHEET = 56; // cells of a side of the sheet to draw on: two for each pixel of the network's
// MNIST's strokes are 2.8 pixels wide (the median) on digits of 20 pixels. The pen keeps to that
// whatever size is drawn: its width is this share of the middle lines' extent.
const PEN_SHARE = 2.8 / (20 - 2.8);
const FINEST_PEN = 2.5; // in cells of the sheet

/** @type {(context: any) => () => void} */
function render(context) {
  const figure = new Figure(context, {
    kind: "lenet",
    label: "LeNet: draw a digit and see every layer of the network that reads it",
    state: ["ink", "centred", "unit"],
  });
  figure.require("ink", (value) => {
    const { shape, data } = unpack(value);
    const [side, width] = shape;
    const square = shape.length === 2 && side === width && side >= 28 && side <= 112;
    const inky = data.every((v) => v >= 0 && v <= 1);
    return square && inky ? "" : "a square drawing, 28 to 112 a side, from 0 to 1";
  });
  figure.require("unit", (value) => {
    if (value === null) return "";
    const layer = readNetwork().layers.find(({ name }) => name === value[0]);
    const shape = layer && [1, 1, ...layer.outputShape].slice(-3);
    const inside = value.length === 4 && shape?.every((length, axis) => {
      const place = value[axis + 1];
      return Number.isInteger(place) && place >= 0 && place < length;
    });
    return inside ? "" : "a layer, and a row, a column and a channel of it";
  });

  /** @type {any} */
  let layers;
  /** @type {Network} */
  let network;
  const readNetwork = () => {
    if (layers !== figure.get("layers")) {
      layers = figure.get("layers");
      network = networkFrom(figure.get("input_shape"), layers);
    }
    return network;
  };

  // Controls

  const digits = figure.get("digits");
  const printed = () => {
    const { shape, data } = figure.tensor("ink");
    return Object.keys(digits).find((name) => {
      const digit = unpack(digits[name]);
      return String(digit.shape) === String(shape) && digit.data.every((v, k) => v === data[k]);
    });
  };
  figure.select("Digit", Object.keys(digits), {
    chosen: () => printed() ?? "your drawing",
    pick: (name) => figure.set({ ink: digits[name] }),
  });
  figure.checkbox("centred", "Centre");
  figure.button("Clear", () => figure.set({ ink: pack(tensor([SHEET, SHEET])) }));

  // The drawing

  // What is being drawn: the middle lines of the strokes, over what was there before them.
  /** @type {{under: Tensor, strokes: number[][][], ink: Tensor, waits: boolean}} */
  let own = { under: tensor([1, 1]), strokes: [], ink: tensor([1, 1]), waits: false };
  const same = (/** @type {Tensor} */ a, /** @type {Tensor} */ b) =>
    a.data.length === b.data.length && a.data.every((value, k) => value === b.data[k]);
  const field = figure.map({
    label: "Your drawing: draw here. By keys: the space bar puts the pen down and lifts it, " +
      "the arrow keys move it.",
    ondraw(row, column, first) {
      const ink = figure.tensor("ink");
      if (!own.waits && !same(ink, own.ink)) {
        // It is not what was drawn last. A stroke on a test digit begins a sheet of your own.
        const under = first && printed() ? tensor([SHEET, SHEET]) : ink;
        own = { under, strokes: [], ink, waits: false };
      }
      const [side] = own.under.shape;
      const larger = side / field.rows;
      const point = [row * larger, column * larger];
      if (first || !own.strokes.length) own.strokes.push([]);
      own.strokes[own.strokes.length - 1].push(point);
      if (field.pen) field.pen.at = [field.pen.at[0] * larger, field.pen.at[1] * larger];
      field.rows = field.columns = side;
      if (own.waits) return;
      own.waits = true;
      queueMicrotask(() => { // after all points that the event brings
        own.ink = inkStrokes(own.under, own.strokes);
        own.waits = false;
        figure.set({ ink: pack(own.ink) });
      });
    },
  });
  field.caption.textContent = "draw here";
  const seen = figure.map({ label: "What the network sees" });
  seen.caption.textContent = "the network sees";
  const view = new NetworkView(figure, { onselect: (unit) => choose(unit) });
  const choose = (/** @type {Unit | null} */ unit) => {
    if (String(unit) !== String(figure.get("unit"))) figure.set({ unit });
  };
  figure.listen(figure.stage, "keydown", (event) => {
    if (event.key === "Escape") choose(null);
  });

  // How the chosen unit's number comes about

  const title = h("p", {});
  const terms = Array.from({ length: 3 }, () => {
    const caption = h("p", { class: "lenet-caption" });
    const map = new MapGrid(figure, { label: "" });
    return { caption, map, element: h("div", { class: "lenet-term" }, caption, map.canvas) };
  });
  const termsBox = h("div", { class: "lenet-terms" }, ...terms.map(({ element }) => element));
  const total = h("p", {});
  figure.stage.classList.add("lenet-reader");
  figure.stage.append(
    h("div", { class: "lenet-sheets" }, field.element, seen.element),
    view.element,
    h("div", { class: "lenet-unit" }, title, termsBox, total),
  );
  const showUnit = (/** @type {ReturnType<typeof explain> | null} */ about) => {
    title.replaceChildren(...(about?.title ??
      ["Point at any cell of any layer, tap it, or go there by Tab and the arrow keys."]));
    total.textContent = about?.total ?? "";
    const shape = about?.terms[0]?.volume.shape ?? [1, 1, 1];
    termsBox.classList.toggle("is-single", shape[2] === 1);
    const height = shape[2] === 1 ? 118 : 44;
    for (const [k, { caption, map, element }] of terms.entries()) {
      const term = about?.terms[k];
      element.hidden = !term;
      if (!term) continue;
      caption.textContent = term.name;
      map.canvas.setAttribute("aria-label", term.name);
      map.show(term.volume, { grid: rowGrid(height), values: true, ink: term.ink });
    }
  };

  return figure.start(() => {
    const ink = figure.tensor("ink");
    const centred = figure.get("centred");
    const unit = figure.get("unit");
    const asSeen = centred ? centreDrawing : fitDrawing;
    const image = tensor([28, 28, 1], asSeen(ink.data, ink.shape[0]));
    const activations = readNetwork().forward(image);
    const narrow = figure.stage.clientWidth < 520;
    const about = unit && explain(network, image, activations, unit, narrow);

    const color = (/** @type {number} */ value) => inkColor(value);
    field.show(ink, { color });
    seen.show({ shape: [28, 28], data: image.data }, { color, windows: about ? [about.area] : [] });
    view.show(network, activations, unit);
    showUnit(about);

    const output = /** @type {Activation} */ (activations.at(-1)).data;
    const [best, second] = [...output.keys()].sort((a, b) => output[b] - output[a]);
    const answer = `Looks like a ${best}: ${percent(output[best])}. ` +
      `Then ${second}: ${percent(output[second])}.`;
    figure.say([
      largest(ink.data) ? answer : "The sheet is empty: draw a digit.",
      ...(about ? [about.sentence] : []),
    ].join(" "));
  });
}

/**
 * Draw strokes with a pen that is as wide for their extent as MNIST's.
 * @param {Tensor} under  What they are drawn over.
 * @param {number[][][]} strokes  The points of each, `[row, column]` in cells.
 * @returns {Tensor}
 */
function inkStrokes({ shape, data }, strokes) {
  const ink = tensor([...shape], data.slice());
  const extent = Math.max(...[0, 1].map((axis) => {
    const places = strokes.flat().map((point) => point[axis]);
    return Math.max(...places) - Math.min(...places);
  }));
  const width = Math.max(FINEST_PEN * (shape[0] / SHEET), PEN_SHARE * extent);
  for (const points of strokes) {
    points.forEach((point, k) => drawLine(ink, points[Math.max(0, k - 1)], point, width / 2));
  }
  return ink;
}

/**
 * Draw a straight line with a round pen; its edge is soft, one cell wide.
 * @param {Tensor} sheet  Changed in place.
 * @param {number[]} from  Row and column, in cells.
 * @param {number[]} to
 * @param {number} radius
 */
function drawLine({ shape: [rows, columns], data }, from, to, radius) {
  const along = [to[0] - from[0], to[1] - from[1]];
  const length = along[0] ** 2 + along[1] ** 2;
  const [top, bottom, left, right] = [0, 1].flatMap((axis) => [
    Math.max(0, Math.floor(Math.min(from[axis], to[axis]) - radius - 1)),
    Math.min([rows, columns][axis], Math.ceil(Math.max(from[axis], to[axis]) + radius + 1)),
  ]);
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const [down, across] = [row + 0.5 - from[0], column + 0.5 - from[1]];
      const share = length ? (down * along[0] + across * along[1]) / length : 0;
      const near = Math.max(0, Math.min(1, share));
      const far = Math.hypot(down - near * along[0], across - near * along[1]);
      const covered = Math.max(0, Math.min(1, radius + 0.5 - far));
      const place = row * columns + column;
      data[place] = Math.max(data[place], Math.round(covered * 255) / 255);
    }
  }
}

/**
 * Lay out a few channels in one row.
 * @param {number} height  In pixels of CSS.
 */
function rowGrid(height) {
  return (/** @type {number[]} */ [rows, columns, channels], /** @type {number} */ width,
    /** @type {number} */ scale) => {
    const gap = rows * columns > 1 ? 5 * scale : 0;
    const room = Math.floor((width - 2) / channels - gap);
    const cell = Math.max(1, Math.floor(Math.min(room / columns, (height * scale - 2) / rows)));
    return { across: channels, down: 1, cell, pitch: [1, columns * cell + gap] };
  };
}

// What a unit computes

/**
 * Say how the number of one unit comes about.
 * @param {Network} network
 * @param {Tensor} image
 * @param {Activation[]} activations
 * @param {Unit} unit
 * @param {boolean} narrow  Whether there is room for fewer of its inputs.
 */
function explain(network, image, activations, [name, row, column, channel], narrow) {
  const index = network.layers.findIndex((layer) => layer.name === name);
  const layer = network.layers[index];
  const { kind, outputShape, activation = "linear" } = layer;
  const input = index ? activations[index - 1] : image;
  const y = activations[index];
  const flat = outputShape.length === 1;
  const place = flat ? channel : (row * outputShape[1] + column) * outputShape[2] + channel;
  const [sum, value] = [y.preactivation.data[place], y.data[place]];
  const area = receptiveField(network, index, row, column);
  const [top, left] = [Math.max(0, area.top), Math.max(0, area.left)];
  const [bottom, right] = [Math.min(28, area.bottom), Math.min(28, area.right)];
  const what = `${name}, ${flat ? "unit" : kind === "conv2d" ? "filter" : "map"} ${channel}` +
    (outputShape.length === 3 && outputShape[0] * outputShape[1] > 1
      ? `, row ${row}, column ${column}`
      : "");
  const title = [h("strong", {}, what), ` sees ${
    (bottom - top) * (right - left) === image.data.length
      ? "the whole image."
      : `rows ${top} to ${bottom - 1} and columns ${left} to ${right - 1} of the image.`}`];
  const about = { title, area: { top, left, bottom, right } };
  const end = activation === "softmax" ? percent(value) : format(value);
  const activated = activation === "linear" ? "" : `, after ${NAMES[activation]} ${end}`;
  const sentence = `${what}: ${format(sum)}${activated}.`;

  if (kind === "activation") {
    return { ...about, terms: [], total: "", sentence };
  }
  if (kind === "max_pool2d" || kind === "avg_pool2d") {
    const patch = cutChannels(input, windowOf(network, index, row, column), [channel], true);
    const verb = kind === "max_pool2d" ? "largest" : "mean";
    const from = index ? network.layers[index - 1].name : "the image";
    return { ...about, terms: [{ name: `window on ${from}`, volume: patch, ink: !index }],
      sentence,
      total: `The ${verb} of these ${patch.data.length} values is ${format(sum)}.` };
  }

  const { bias } = layer;
  const kernel = /** @type {Tensor} */ (layer.kernel);
  const units = kernel.shape[kernel.shape.length - 1];
  const every = kind === "dense"
    ? tensor([1, 1, input.shape[0]], input.data)
    : cutChannels(input, windowOf(network, index, row, column));
  const weights = every.data.map((_, k) => kernel.data[k * units + channel]);
  const products = every.data.map((v, k) => v * weights[k]);
  const channels = every.shape[2];
  const parts = new Float64Array(channels);
  products.forEach((product, k) => (parts[k % channels] += product));
  const most = narrow ? 8 : kind === "dense" ? 12 : 16;
  const strongest = [...parts.keys()]
    .sort((a, b) => Math.abs(parts[b]) - Math.abs(parts[a])).slice(0, most);
  const shown = kind === "dense" ? strongest : strongest.sort((a, b) => a - b);
  const pick = (/** @type {Float32Array} */ data) =>
    cutChannels({ shape: every.shape, data }, { top: 0, left: 0, bottom: every.shape[0],
      right: every.shape[1] }, shown);
  const offset = bias?.data[channel] ?? 0;
  const rest = channels <= most ? "" : kind === "dense"
    ? ` Above are the ${most} largest of them.`
    : ` Above are the ${most} channels that add most, of ${channels}.`;
  return {
    ...about,
    sentence,
    terms: [
      { name: "inputs", volume: pick(every.data), ink: index === 0 },
      { name: "× weights", volume: pick(weights), ink: false },
      { name: "= products", volume: pick(products), ink: false },
    ],
    total: `${products.length} products add up to ${format(sum - offset)}${
      bias ? `, with the bias of ${format(offset)} to ${format(sum)}` : ""}${activated}.${rest}`,
  };
}

/** @type {Record<string, string>} */
const NAMES = { relu: "ReLU", sigmoid: "sigmoid", tanh: "tanh", softmax: "softmax" };

/**
 * Cut a window, which may reach into the padding, out of some channels of a volume.
 * @param {Tensor} volume
 * @param {import("./figure.js").Window} window
 * @param {number[]} [chosen]  All, when not given.
 * @param {boolean} [inside]  Leave the padding out.
 * @returns {Tensor}
 */
function cutChannels({ shape: [rows, columns, channels], data }, window, chosen, inside = false) {
  const own = chosen ?? Array.from({ length: channels }, (_, channel) => channel);
  const values = [];
  const clip = (/** @type {number} */ place, /** @type {number} */ most) =>
    inside ? Math.max(0, Math.min(most, place)) : place;
  const [top, bottom] = [clip(window.top, rows), clip(window.bottom, rows)];
  const [left, right] = [clip(window.left, columns), clip(window.right, columns)];
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const known = row >= 0 && row < rows && column >= 0 && column < columns;
      const first = (row * columns + column) * channels;
      for (const channel of own) values.push(known ? data[first + channel] : 0);
    }
  }
  return tensor([bottom - top, right - left, own.length], Float32Array.from(values));
}

export default { render };
