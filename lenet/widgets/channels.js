// A colour picture is three channels, and a filter looks through all of them.

import { conv2d, outputSize } from "./numerics.js";
import { Figure, channelOf, format, h, signedColor } from "./figure.js";

const NAMES = ["red", "green", "blue"];
const MOST_FILTERS = 4;

/** @type {(context: any) => () => void} */
function render(context) {
  const figure = new Figure(context, {
    kind: "channels",
    label: "Channels: a colour picture is three channels",
    state: ["shown", "filter", "cell"],
  });
  figure.require("shown", (/** @type {any[]} */ shown) =>
    shown.length === 3 && shown.every((on) => typeof on === "boolean")
      ? ""
      : "true or false for each of three channels");
  figure.require("filter", (filter) => (Number.isInteger(filter) && filter >= 0 ? "" : "an index"));
  figure.require("cell", (/** @type {number[]} */ cell) =>
    cell.length === 2 && cell.every((place) => Number.isInteger(place) && place >= 0)
      ? ""
      : "a row and a column");

  // The channels, each with its switch, its window and its slice of the filter; then the picture

  let taps = [1, 1]; // height and width of the window
  let size = [1, 1]; // of the output
  const lead = (/** @type {number} */ axis) => (taps[axis] - 1) >> 1; // from corner to middle
  /** @type {(row: number, column: number) => void} */
  const choose = (row, column) => figure.set({
    cell: [row, column].map((at, axis) => Math.max(0, Math.min(size[axis] - 1, at - lead(axis)))),
  });
  const columns = [...NAMES, "merged picture"].map((name, c) => {
    const label = `${name[0].toUpperCase()}${name.slice(1)}. The arrow keys move the window.`;
    const map = figure.map({ label, onselect: choose });
    const patch = figure.map({ label: `The window in the ${name}` });
    const slice = figure.map({ label: `The slice of the filter for ${name}` });
    const times = h("span", {}, "×");
    const under = h("div", { class: "lenet-slice" }, patch.canvas, times, slice.canvas);
    const text = h("p", { class: "lenet-adds" });
    const element = h("div", { class: "lenet-channel" }, map.element, under, text);
    if (c < 3) {
      const box = h("input", { type: "checkbox" });
      figure.listen(box, "change", () => {
        const shown = [...figure.get("shown")];
        shown[c] = box.checked;
        figure.set({ shown });
      });
      figure.refreshers.push(() => {
        box.checked = figure.get("shown")[c];
        element.classList.toggle("is-off", !box.checked);
      });
      map.caption.append(h("label", {}, box, name));
    }
    return { map, patch, slice, times, under, text, element };
  });
  const volume = h("p", { class: "lenet-volume" });
  const outputs = Array.from({ length: MOST_FILTERS }, (_, filter) => {
    const map = figure.map({
      label: `Map of filter ${filter}. The arrow keys choose a cell.`,
      onselect: (row, column) => figure.set({ filter, cell: [row, column] }),
    });
    const button = h("button", { type: "button" }, `filter ${filter}`);
    figure.listen(button, "click", () => figure.set({ filter }));
    map.caption.append(button);
    return { map, button };
  });
  figure.stage.classList.add("lenet-channels");
  figure.stage.append(
    ...columns.map(({ element }) => element),
    volume,
    ...outputs.map(({ map }) => map.element),
  );

  return figure.start(() => {
    const image = figure.tensor("image");
    const kernel = figure.get("kernel") && figure.tensor("kernel");
    const shown = figure.get("shown");
    const merged = {
      shape: image.shape,
      data: image.data.map((v, n) => (shown[n % 3] ? v : 0)),
    };
    const filters = kernel ? kernel.shape[3] : 0;
    const filter = Math.max(0, Math.min(figure.get("filter"), filters - 1));
    taps = kernel ? kernel.shape.slice(0, 2) : [1, 1];
    size = taps.map((length, axis) => outputSize(image.shape[axis], length));
    const [row, column] = /** @type {number[]} */ (figure.get("cell")).map((at, axis) =>
      Math.min(at, size[axis] - 1));
    const seen = { top: row, left: column, bottom: row + taps[0], right: column + taps[1] };
    const frame = kernel ? seen : grown(grown(seen)); // a single pixel is too small a frame
    const cursor = /** @type {[number, number]} */ ([row + lead(0), column + lead(1)]);

    const sums = NAMES.map((name, c) => {
      const { map, patch, slice, text } = columns[c];
      const color = (/** @type {number} */ v) => NAMES.map((_, hue) => (hue === c ? 255 * v : 0));
      map.show(channelOf(image, c), {
        color,
        cursor,
        windows: [{ ...frame, color: "#fff" }],
      });
      const pixels = inside(channelOf(merged, c), seen);
      patch.show({ shape: taps, data: pixels }, { color });
      if (!kernel) {
        text.textContent = "";
        return pixels[0];
      }
      const weights = channelOf({
        shape: [...taps, 3 * filters],
        data: kernel.data,
      }, c * filters + filter);
      const mine = kernel.data.filter((/** @type {number} */ _, /** @type {number} */ n) =>
        n % filters === filter);
      const most = Math.max(...mine.map(Math.abs));
      slice.show(weights, { color: (v) => signedColor(v, most) });
      return pixels.reduce((sum, v, n) => sum + v * weights.data[n], 0);
    });
    columns[3].map.show(merged, { cursor, windows: [frame] });
    columns[3].patch.show({ shape: [...taps, 3], data: insideAll(merged, seen) });

    for (const [c, { slice, times, under, text }] of columns.entries()) {
      slice.canvas.hidden = times.hidden = !kernel || c === 3;
      under.classList.toggle("is-pixel", !kernel);
      if (c < 3) text.innerHTML = `${kernel ? "Σ = " : ""}<strong>${format(sums[c])}</strong>`;
    }
    columns[3].map.caption.innerHTML = `merged <strong>${image.shape.join("×")}</strong>`;

    volume.hidden = !kernel;
    for (const [f, { map }] of outputs.entries()) map.element.hidden = f >= filters;
    const on = NAMES.filter((_, c) => shown[c]);
    const off = NAMES.filter((_, c) => !shown[c]);
    if (!kernel) {
      const pixel = [...insideAll(image, seen)];
      columns[3].text.textContent = on.join(" + ") || "black";
      figure.say(
        `Row ${row}, column ${column}: ` +
        `${pixel.map((v, c) => `${NAMES[c]} ${format(v)}`).join(", ")}.` +
        (off.length ? ` Switched off: ${off.join(", ")}.` : ""),
      );
      return;
    }
    const maps = conv2d(merged, kernel);
    const total = maps.data[(row * size[1] + column) * filters + filter];
    const most = Math.max(...maps.data.map(Math.abs));
    const here = grown({ top: row, left: column, bottom: row + 1, right: column + 1 });
    for (const [f, { map, button }] of outputs.slice(0, filters).entries()) {
      button.setAttribute("aria-pressed", String(f === filter));
      map.show(channelOf(maps, f), {
        color: (v) => signedColor(v, most),
        cursor: [row, column],
        windows: f === filter ? [here] : [],
      });
    }
    const adds = sums.map((sum, c) =>
      c ? `${sum < -0.005 ? "−" : "+"} ${format(Math.abs(sum))}` : format(sum));
    columns[3].text.innerHTML = `${adds.join(" ")}<br>= <strong>${format(total)}</strong>`;
    volume.innerHTML = `volume in <strong>${image.shape.join("×")}</strong>, ` +
      `${filters} ${filters > 1 ? "filters" : "filter"} of <strong>${taps.join("×")}×3</strong>, ` +
      `volume out <strong>${maps.shape.join("×")}</strong>`;
    figure.say(
      `Filter ${filter}, row ${row}, column ${column}: ` +
      `${adds.map((sum, c) => `${sum} (${NAMES[c]})`).join(" ")} = ${format(total)}.` +
      (off.length ? ` Switched off: ${off.join(", ")}.` : ""),
    );
  });
}

/** @typedef {{top: number, left: number, bottom: number, right: number}} Region */
/** @typedef {{shape: number[], data: Float32Array}} Values */

/** @type {(region: Region) => Region} A frame around a cell too small to be outlined itself. */
const grown = ({ top, left, bottom, right }) =>
  ({ top: top - 1, left: left - 1, bottom: bottom + 1, right: right + 1 });

/** @type {(matrix: Values, region: Region) => Float32Array} */
function inside({ shape, data }, { top, left, bottom, right }) {
  const width = right - left;
  return Float32Array.from({ length: (bottom - top) * width }, (_, n) =>
    data[(top + Math.floor(n / width)) * shape[1] + left + (n % width)]);
}

/** @type {(volume: Values, region: Region) => Float32Array} */
function insideAll(volume, region) {
  const parts = NAMES.map((_, c) => inside(channelOf(volume, c), region));
  return Float32Array.from({ length: 3 * parts[0].length }, (_, n) =>
    parts[n % 3][Math.floor(n / 3)]);
}

export default { render };
