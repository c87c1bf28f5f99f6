// A whole network at once: every activation map of every layer, every unit, and the answer.

import { sequential, windowOf } from "./numerics.js";
import { format, h, inkColor, signedColor, unpack } from "./figure.js";

/**
 * @typedef {import("./numerics.js").Network} Network
 * @typedef {import("./numerics.js").Activation} Activation
 * @typedef {import("./figure.js").Tensor} Tensor
 * @typedef {import("./figure.js").Window} Window
 * @typedef {[string, number, number, number]} Unit  Layer, row, column and channel. Of a flat layer
 *     the row and the column are 0, and the channel is the unit.
 */

// The colour of each layer of LeNet-5, as in every picture; other layers take theirs in turn.
/** @type {Record<string, string>} */
const LAYER_COLORS = {
  input: "#595959", c1: "#0072B2", s2: "#56B4E9", c3: "#D55E00", s4: "#E69F00", c5: "#009E73",
  f6: "#CC79A7", output: "#000000",
};
const OTHER_COLORS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];
const CHOSEN = "#009E73";

// Colours of values from −1 to 1, as pixels: looking them up is much quicker than mixing them.
const HALF = 255;
/** @type {(color: (value: number, most: number) => number[]) => Uint32Array} */
const pixelsOf = (color) =>
  Uint32Array.from({ length: 2 * HALF + 1 }, (_, k) => {
    const [red, green, blue] = color(k - HALF, HALF).map(Math.round);
    return (255 << 24) | (blue << 16) | (green << 8) | red;
  });
const SIGNED_PIXELS = pixelsOf(signedColor);
const INK_PIXELS = pixelsOf(inkColor);

/**
 * Build a network from what Python's `describe` gives.
 * @param {number[]} inputShape
 * @param {any[]} layers
 * @returns {Network}
 */
export function networkFrom(inputShape, layers) {
  return sequential(inputShape, layers.map((layer) => ({
    ...layer,
    kernel: layer.kernel && unpack(layer.kernel),
    bias: layer.bias && unpack(layer.bias),
  })));
}

/** @type {(probability: number) => string} Write a probability, never as a certainty. */
export function percent(probability) {
  if (probability > 0.999) return "over 99.9%";
  return probability < 0.001 ? "under 0.1%" : `${(100 * probability).toFixed(1)}%`;
}

/** @type {(data: Float32Array) => number} The size of the value that is farthest from zero. */
export function largest(data) {
  let most = 0;
  for (let k = 0; k < data.length; k++) most = Math.max(most, Math.abs(data[k]));
  return most;
}

/**
 * How the channels of a volume lie on a canvas, all lengths in its pixels.
 * @typedef {{across: number, down: number, cell: number, pitch: number[]}} Grid
 */

/** The channels of a volume side by side on one canvas, each cell of which can be chosen. */
export class MapGrid {
  /**
   * @param {import("./figure.js").Figure} figure
   * @param {{
   *   label: string,
   *   color?: string,
   *   onselect?: (row: number, column: number, channel: number) => void,
   * }} options
   */
  constructor(figure, { label, color = "#8a949e", onselect }) {
    this.color = color;
    this.canvas = h("canvas", {
      class: "lenet-maps",
      role: onselect ? "application" : "img",
      "aria-label": onselect ? `${label}. The arrow keys choose a cell.` : label,
      tabindex: onselect ? 0 : null,
    });
    /** @type {number[]} */
    this.shape = [1, 1, 1];
    /** @type {Grid} */
    this.grid = { across: 1, down: 1, cell: 1, pitch: [1, 1] };
    this.cursor = [0, 0, 0];
    if (onselect) this.selectBy(figure, onselect);
  }

  /**
   * @param {import("./figure.js").Figure} figure
   * @param {(row: number, column: number, channel: number) => void} onselect
   */
  selectBy(figure, onselect) {
    const point = (/** @type {PointerEvent} */ event) => {
      const box = this.canvas.getBoundingClientRect();
      const { across, cell, pitch } = this.grid;
      const scale = this.canvas.width / box.width;
      const at = [event.clientY - box.top, event.clientX - box.left].map((place) => place * scale);
      const [down, right] = at.map((place, axis) => Math.max(0, Math.floor(place / pitch[axis])));
      const channel = down * across + right;
      if (right >= across || channel >= this.shape[2]) return;
      const [row, column] = at.map((place, axis) => {
        const inside = Math.floor((place - [down, right][axis] * pitch[axis]) / cell);
        return Math.max(0, Math.min(this.shape[axis] - 1, inside));
      });
      onselect(row, column, channel);
    };
    figure.listen(this.canvas, "pointermove", point);
    figure.listen(this.canvas, "pointerdown", point);
    figure.listen(this.canvas, "keydown", (event) => {
      const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
      const by = move[/** @type {keyof typeof move} */ (event.key)];
      if (!by) return;
      event.preventDefault();
      // From the last cell of a map it goes on to the first of the map beside it.
      const { across } = this.grid;
      const [row, column, channel] = this.cursor;
      const map = [Math.floor(channel / across), channel % across];
      const places = [row, column].map(
        (place, axis) => map[axis] * this.shape[axis] + place + by[axis]);
      const [down, right] = places.map((place, axis) => Math.floor(place / this.shape[axis]));
      const next = down * across + right;
      if (Math.min(...places) < 0 || right >= across || next >= this.shape[2]) return;
      const [lower, further] = [places[0] % this.shape[0], places[1] % this.shape[1]];
      this.cursor = [lower, further, next]; // the next key may come before the next drawing
      onselect(lower, further, next);
    });
  }

  /**
   * Draw the channels.
   * @param {Tensor} volume  `[height, width, channels]`.
   * @param {{
   *   grid: (shape: number[], width: number, scale: number) => Grid,
   *   most?: number,
   *   cursor?: number[] | null,
   *   window?: Window | null,
   *   values?: boolean,
   *   ink?: boolean,
   * }} view
   *     `grid` lays the channels out on a width in pixels, of which `scale` are one of CSS. `most`
   *     is the value of the strongest colour, `cursor` the chosen row, column and channel,
   *     `window` what is outlined on every channel, `values` writes the numbers where there is
   *     room, and `ink` draws in black on white.
   */
  show({ shape, data }, view) {
    const { grid, most = largest(data), cursor = null, window: seen = null, values, ink } = view;
    this.shape = shape;
    this.cursor = cursor ?? [0, 0, 0];
    const scale = globalThis.devicePixelRatio || 1;
    const width = Math.round(this.canvas.clientWidth * scale);
    if (!width) return;
    this.grid = grid(shape, width, scale);
    const [rows, columns, channels] = shape;
    const { across, down, cell, pitch } = this.grid;
    const height = Math.ceil((down - 1) * pitch[0]) + rows * cell + 2;
    if (this.canvas.width !== width || this.canvas.height !== height) {
      Object.assign(this.canvas, { width, height });
      this.canvas.style.height = `${height / scale}px`;
      this.image = new ImageData(width, height);
    }
    const image = /** @type {ImageData} */ (this.image);
    const pixels = new Uint32Array(image.data.buffer).fill(0);
    const corner = (/** @type {number} */ channel) => [
      Math.round(Math.floor(channel / across) * pitch[0]) + 1,
      Math.round((channel % across) * pitch[1]) + 1,
    ];
    const strength = most ? HALF / most : 0;
    const colors = ink ? INK_PIXELS : SIGNED_PIXELS;
    const edges = Array.from({ length: Math.max(rows, columns) + 1 }, (_, k) =>
      Math.round(k * cell));
    for (let channel = 0; channel < channels; channel++) {
      const [top, left] = corner(channel);
      for (let row = 0, k = channel; row < rows; row++) {
        const first = (top + edges[row]) * width + left;
        for (let column = 0, x = 0; column < columns; column++, k += channels) {
          const color = colors[HALF + Math.round(data[k] * strength)];
          for (const end = edges[column + 1]; x < end; x++) pixels[first + x] = color;
        }
        for (let line = edges[row + 1] - edges[row] - 1; line > 0; line--) {
          pixels.copyWithin(first + line * width, first, first + edges[columns]);
        }
      }
    }
    const pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    pen.putImageData(image, 0, 0);
    /** @type {(channel: number, area: Window, out: number) => void} */
    const box = (channel, area, out) => {
      const [top, left] = corner(channel);
      pen.strokeRect(
        left + area.left * cell - out,
        top + area.top * cell - out,
        (area.right - area.left) * cell + 2 * out,
        (area.bottom - area.top) * cell + 2 * out,
      );
    };
    const all = { top: 0, left: 0, bottom: rows, right: columns };
    pen.lineWidth = 1;
    pen.strokeStyle = this.color;
    pen.globalAlpha = rows * columns > 1 ? 1 : 0.4; // so many single cells need no strong frames
    for (let channel = 0; channel < channels; channel++) box(channel, all, 0.5);
    pen.globalAlpha = 1;
    if (values && cell / scale >= 21) {
      data.forEach((value, k) => {
        const [top, left] = corner(k % channels);
        const place = Math.floor(k / channels);
        const text = format(value);
        const size = Math.min(cell * 0.4, (cell * 1.45) / text.length);
        pen.font = `${Math.round(size)}px system-ui, sans-serif`;
        pen.textAlign = "center";
        pen.textBaseline = "middle";
        pen.fillStyle = Math.abs(value * strength) > 0.6 * HALF ? "#fff" : "#222";
        const middle = [Math.floor(place / columns) + 0.5, (place % columns) + 0.5];
        pen.fillText(text, left + middle[1] * cell, top + middle[0] * cell);
      });
    }
    pen.strokeStyle = CHOSEN;
    if (seen) {
      const area = {
        top: Math.max(0, seen.top),
        left: Math.max(0, seen.left),
        bottom: Math.min(rows, seen.bottom),
        right: Math.min(columns, seen.right),
      };
      pen.lineWidth = 1.5 * scale;
      for (let channel = 0; channel < channels; channel++) box(channel, area, 0);
    }
    if (cursor) {
      const [row, column, channel] = cursor;
      pen.lineWidth = 2.5 * scale;
      const out = Math.max(1, (9 * scale - cell) / 2); // a cell of two pixels is seen, too
      box(channel, { top: row, left: column, bottom: row + 1, right: column + 1 }, out);
    }
  }
}

/**
 * Lay out the maps of a layer: in full rows, smaller maps smaller, though not to scale.
 * @param {number} widest  How wide the widest maps of the network are, in cells.
 * @returns {(shape: number[], width: number, scale: number) => Grid}
 */
function layerGrid(widest) {
  return ([rows, columns, channels], width, scale) => {
    const room = width - 2;
    if (rows * columns === 1) {
      const down = Math.ceil(channels / Math.floor(room / (8.3 * scale)));
      const across = Math.ceil(channels / down);
      const cell = Math.floor(Math.min(room / across, 14 * scale));
      return { across, down, cell, pitch: [cell, cell] };
    }
    const gap = 2 * scale;
    const wanted = (width / 6) * Math.sqrt(columns / widest);
    const down = Math.max(1, Math.min(4, Math.ceil((channels * wanted) / width - 0.2)));
    const across = Math.ceil(channels / down);
    const pitch = room / Math.max(across, 3);
    // Whole pixels make equal cells, but where there are few they would waste too many.
    const exact = Math.max(1, Math.min(pitch - gap, 1.25 * wanted) / columns);
    const cell = exact < 2 ? exact : Math.floor(exact);
    return { across, down, cell, pitch: [rows * cell + 2 * gap, pitch] };
  };
}

/** All layers of a network, one below the other; any unit can be chosen. */
export class NetworkView {
  /**
   * @param {import("./figure.js").Figure} figure
   * @param {{onselect?: (unit: Unit) => void}} [options]  What a choice of a unit does, if one
   *     can be chosen.
   */
  constructor(figure, { onselect } = {}) {
    this.figure = figure;
    this.onselect = onselect;
    this.element = h("div", { class: "lenet-network" });
    /** @type {Network | null} */
    this.network = null;
    /** @type {{show(y: Tensor, cursor: number[] | null, seen: Window | null): void}[]} */
    this.rows = [];
  }

  /**
   * Draw what a network makes of an image.
   * @param {Network} network  Built by `sequential`; its last layer gives one number a class.
   * @param {Activation[]} activations  What its `forward` gave.
   * @param {Unit | null} [selected]  The chosen unit; what it looks at is outlined, too.
   */
  show(network, activations, selected = null) {
    if (network !== this.network) this.build(network);
    const chosen = network.layers.findIndex((layer) => layer.name === selected?.[0]);
    const cursor = selected ? selected.slice(1).map(Number) : null;
    // Flat layers see all that is before them; only a window is worth an outline.
    const before = chosen > 0 && network.layers[chosen].sliding ? chosen - 1 : -1;
    for (const [index, row] of this.rows.entries()) {
      const seen = index === before && cursor
        ? windowOf(network, chosen, cursor[0], cursor[1])
        : null;
      row?.show(activations[index], index === chosen ? cursor : null, seen);
    }
  }

  /** @param {Network} network */
  build(network) {
    this.network = network;
    this.element.replaceChildren();
    const widest = Math.max(...network.outputShapes.map((shape) => shape[1] ?? 1));
    const grid = layerGrid(widest);
    let others = 0;
    this.rows = network.layers.map(({ kind, name, outputShape }, index) => {
      if (kind === "flatten") return { show() {} }; // the same numbers again
      const color = LAYER_COLORS[name] ?? OTHER_COLORS[others++ % OTHER_COLORS.length];
      const size = outputShape.join("×");
      const last = index === network.layers.length - 1;
      const { onselect } = this;
      const select = onselect && (
        (/** @type {number} */ row, /** @type {number} */ column, /** @type {number} */ channel) =>
          onselect([name, row, column, channel])
      );
      const part = last
        ? new Bars(this.figure, {
            name,
            units: outputShape[0],
            onselect: select && ((k) => select(0, 0, k)),
          })
        : new MapGrid(this.figure, { label: `${name}, ${size}`, color, onselect: select });
      const label = h("p", { class: "lenet-layer-name" },
        h("strong", {}, name), h("span", {}, size));
      label.style.borderColor = color;
      this.element.append(label, part instanceof Bars ? part.element : part.canvas);
      if (part instanceof Bars) return part;
      const shape = outputShape.length === 3 ? outputShape : [1, 1, outputShape[0]];
      return {
        show: (y, cursor, window) => part.show({ shape, data: y.data }, { grid, cursor, window }),
      };
    });
  }
}

/** What the last layer gives, one bar a class with its number. */
export class Bars {
  /**
   * @param {import("./figure.js").Figure} figure
   * @param {{name: string, units: number, onselect?: (unit: number) => void}} options
   */
  constructor(figure, { name, units, onselect }) {
    this.bars = Array.from({ length: units }, (_, k) => {
      const bar = h("span", { class: "lenet-bar" });
      const number = h("span", { class: "lenet-bar-number" });
      const id = `${figure.id}-${name}-${k}`;
      const column = h("span", { class: "lenet-class", role: onselect ? "option" : null, id }, number,
        h("span", { class: "lenet-bar-room" }, bar), h("strong", {}, String(k)));
      if (onselect) {
        figure.listen(column, "pointermove", () => onselect(k));
        figure.listen(column, "pointerdown", () => onselect(k));
      }
      return { column, bar, number };
    });
    this.element = h("div", {
      class: "lenet-bars",
      role: onselect ? "listbox" : "img",
      tabindex: onselect ? 0 : null,
      "aria-label": `${name}: a probability for each class.` +
        `${onselect ? " The arrow keys choose one." : ""}`,
    }, ...this.bars.map(({ column }) => column));
    this.chosen = 0;
    figure.listen(this.element, "keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };
      const step = by[/** @type {keyof typeof by} */ (event.key)];
      if (!step || !onselect) return;
      event.preventDefault();
      onselect(Math.max(0, Math.min(units - 1, this.chosen + step)));
    });
  }

  /** @type {(y: Tensor, cursor: number[] | null) => void} */
  show({ data }, cursor) {
    const best = data.indexOf(Math.max(...data));
    this.chosen = cursor ? cursor[2] : best;
    for (const [k, { column, bar, number }] of this.bars.entries()) {
      bar.style.height = `${Math.max(0, Math.min(100, 100 * data[k]))}%`;
      const digits = data[k] < 0.0005 || data[k] >= 0.9995 ? 0 : 1;
      number.textContent = (100 * data[k]).toFixed(digits);
      column.classList.toggle("is-best", k === best);
      column.classList.toggle("is-chosen", k === cursor?.[2]);
      if (column.role) column.setAttribute("aria-selected", String(k === cursor?.[2]));
    }
    if (this.element.tabIndex === 0) {
      this.element.setAttribute("aria-activedescendant", this.bars[this.chosen].column.id);
    }
  }
}
