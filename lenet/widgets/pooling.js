// Pooling: what each window keeps, and what a shift of the input does to the result.

import { avgPool2d, maxPool2d, outputSize } from "./numerics.js";
import { Figure, format, h, signedColor, unpack } from "./figure.js";

/** @typedef {{shape: number[], data: Float32Array}} Matrix */

const WINNER = "#2563ff"; // beside the green of the window, on paper as on ink
const NEIGHBOUR = "rgb(70 70 70 / 0.45)";

/** @type {(context: any) => () => void} */
function render(context) {
  const figure = new Figure(context, {
    kind: "pooling",
    label: "Pooling: each window of a map becomes one number",
    state: ["x", "operation", "pool_size", "strides", "shift", "cell"],
  });
  figure.require("x", (value) => {
    const { shape } = unpack(value);
    return shape.length === 2 && Math.max(...shape) <= 64 ? "" : "at most 64×64";
  });
  figure.require("operation", (value) =>
    ["max", "average"].includes(value) ? "" : "max or average");
  figure.require("cell", (/** @type {number[]} */ cell) =>
    cell.length === 2 && cell.every((place) => Number.isInteger(place) && place >= 0)
      ? ""
      : "a row and a column");

  // Controls

  const inputs = figure.get("inputs");
  figure.select("Example", Object.keys(inputs), {
    chosen() {
      const { shape, data } = figure.tensor("x");
      const same = Object.keys(inputs).find((name) => {
        const other = unpack(inputs[name]);
        return String(other.shape) === String(shape) && other.data.every((v, k) => v === data[k]);
      });
      return same ?? "your own";
    },
    pick: (name) => figure.set({ x: inputs[name] }),
  });
  figure.select("Operation", ["max", "average"], {
    chosen: () => figure.get("operation"),
    pick: (operation) => figure.set({ operation }),
  });
  figure.controls.append(h("span", { class: "lenet-break" }));
  figure.slider("pool_size", { label: "Pool size", min: 1, max: 4 });
  figure.slider("strides", { label: "Stride", min: 1, max: 4 });
  figure.slider("shift", { label: "Shift", min: -3, max: 3 });

  // Maps

  /** @type {number[]} */
  let size = [1, 1];
  let pointed = [0, 0]; // the cell of the input that the pointer or the arrow keys are at
  const windowOver = (/** @type {number[]} */ place) => place.map((at, axis) => {
    const centred = Math.round((at - (figure.get("pool_size") - 1) / 2) / figure.get("strides"));
    return Math.max(0, Math.min(size[axis] - 1, centred));
  });
  const input = figure.map({
    label: "Input. The arrow keys move to another window.",
    onselect(row, column) {
      pointed = [row, column];
      figure.set({ cell: windowOver(pointed) });
      figure.redraw(); // the same window, perhaps, but another cell
    },
  });
  const output = figure.map({
    label: "Pooled map. The arrow keys choose a cell.",
    onselect: (row, column) => figure.set({ cell: [row, column] }),
  });
  const window_ = figure.map({ label: "The window: the part of the input that is pooled" });
  const changes = ["input", "pooled map"].map((name) =>
    figure.map({ label: `What changed in the ${name}` }));
  const kept = h("p", { class: "lenet-kept" });
  figure.stage.classList.add("lenet-pooling");
  figure.stage.append(
    input.element,
    output.element,
    window_.element,
    kept,
    ...changes.map(({ element }) => element),
  );

  return figure.start(() => {
    const still = figure.tensor("x");
    const operation = figure.get("operation");
    const [k, s, shift] = ["pool_size", "strides", "shift"].map((key) => figure.get(key));
    if (k > Math.min(...still.shape)) {
      throw new RangeError(`A window of ${k}×${k} does not fit into the input of ` +
        `${still.shape.join("×")}. Choose a smaller pool size.`);
    }
    size = still.shape.map((length) => outputSize(length, k, s));
    const x = rolled(still, shift);
    const [pooled, before] = [x, still].map(({ shape, data }) => {
      const pool = operation === "max" ? maxPool2d : avgPool2d;
      return { shape: size, data: pool({ shape: [...shape, 1], data }, k, { strides: s }).data };
    });
    const cell = /** @type {number[]} */ (figure.get("cell")).map((place, axis) =>
      Math.min(place, size[axis] - 1));
    if (String(windowOver(pointed)) !== String(cell)) pointed = cell.map((place) => place * s);

    const area = (/** @type {number} */ row, /** @type {number} */ column) =>
      ({ top: row * s, left: column * s, bottom: row * s + k, right: column * s + k });
    const chosen = area(cell[0], cell[1]);
    const around = [-1, 0, 1]
      .flatMap((down) => [-1, 0, 1].map((along) => [cell[0] + down, cell[1] + along]))
      .filter((place) => place.every((at, axis) => at >= 0 && at < size[axis]))
      .map(([row, column]) => ({ ...area(row, column), color: NEIGHBOUR }));
    const values = Array.from({ length: k * k }, (_, n) =>
      x.data[(chosen.top + Math.floor(n / k)) * x.shape[1] + chosen.left + (n % k)]);
    const value = pooled.data[cell[0] * size[1] + cell[1]];
    const best = values.indexOf(Math.max(...values));
    const winner = (/** @type {number} */ row, /** @type {number} */ column) => operation === "max"
      ? [{ ...block(row + Math.floor(best / k), column + (best % k)), color: WINNER }]
      : [];

    // How many windows see each cell.
    const seen = Array.from(x.data, (_, n) =>
      [Math.floor(n / x.shape[1]), n % x.shape[1]]
        .map((at, axis) => stops(at, k, s, size[axis]))
        .reduce((product, count) => product * count));
    const [unseen, shared] = [seen.filter((n) => n === 0), seen.filter((n) => n > 1)];
    const most = Math.max(...still.data.map(Math.abs)) || 1;
    const color = (/** @type {number} */ v) => signedColor(v, most);
    const written = Math.max(...x.shape) <= 12; // more numbers are no help

    input.caption.innerHTML = `input <strong>${x.shape.join("×")}</strong>` +
      (unseen.length ? `, ${unseen.length} never seen` : "") +
      (shared.length ? `, ${shared.length} in overlaps` : "");
    input.show(x, {
      color,
      values: written,
      cursor: /** @type {[number, number]} */ (pointed),
      windows: [...around, chosen, ...winner(chosen.top, chosen.left)],
    });
    hatch(input, seen.map((count) => count === 0));
    output.caption.innerHTML = `pooled <strong>${size.join("×")}</strong>`;
    output.show(pooled, {
      color,
      values: written,
      cursor: /** @type {[number, number]} */ (cell),
      windows: [block(cell[0], cell[1])],
    });
    window_.caption.textContent = operation === "max" ? "window and winner" : "window";
    window_.show({ shape: [k, k], data: Float32Array.from(values) }, {
      color,
      values: true,
      windows: winner(0, 0),
    });
    kept.replaceChildren(`→ ${operation}`, h("br"), h("strong", {}, format(value)));

    const pairs = [{ from: still, to: x }, { from: before, to: pooled }];
    const [inputChange, pooledChange] = pairs.map(({ from, to }, n) => {
      const data = to.data.map((v, at) => v - from.data[at]);
      const changed = data.filter((v) => Math.abs(v) > 1e-5 * most).length;
      const amount = norm(from.data) ? norm(data) / norm(from.data) : 0;
      changes[n].caption.innerHTML = `change, ${n ? "pooled" : "input"}<br>` +
        `<strong>${Math.round((100 * changed) / data.length)}%</strong>, ` +
        `size <strong>${amount.toFixed(2)}</strong>`;
      changes[n].show({ shape: to.shape, data }, { color });
      return `${changed} of ${data.length}`;
    });

    const [row, column] = pointed;
    const list = values.length > 9
      ? `${values.length} values`
      : values.map((v) => format(v)).join(", ");
    figure.say(
      (seen[row * x.shape[1] + column]
        ? `${operation === "max" ? "Max" : "Average"} of ${list} is ${format(value)}. `
        : `No window sees row ${row}, column ${column}. `) +
      (shift
        ? `Shift ${format(shift)} changed ${inputChange} input cells, ${pooledChange} pooled cells.`
        : `${x.data.length} numbers became ${pooled.data.length}.`),
    );
  });
}

/** @type {(data: Float32Array) => number} */
const norm = (data) => Math.hypot(...data);

/** @type {(row: number, column: number) => any} The outline of one cell. */
const block = (row, column) => ({ top: row, left: column, bottom: row + 1, right: column + 1 });

/**
 * Count the windows of length `k`, `s` apart, in which a place lies.
 * @type {(place: number, k: number, s: number, count: number) => number}
 */
function stops(place, k, s, count) {
  const first = Math.max(0, Math.ceil((place - k + 1) / s));
  return Math.max(0, Math.min(count - 1, Math.floor(place / s)) - first + 1);
}

/**
 * Move a matrix to the right; what leaves on one side enters on the other.
 * @type {(matrix: Matrix, by: number) => Matrix}
 */
function rolled({ shape, data }, by) {
  const columns = shape[1];
  const from = (/** @type {number} */ n) => (((n % columns) - by) % columns + columns) % columns;
  return { shape, data: data.map((_, n) => data[n - (n % columns) + from(n)]) };
}

/** @type {(map: any, cells: boolean[]) => void} Strike out the cells that no window sees. */
function hatch({ canvas, rows, columns }, cells) {
  const pen = canvas.getContext("2d");
  const [high, wide] = [canvas.height / rows, canvas.width / columns];
  pen.fillStyle = "rgb(90 90 90 / 0.18)";
  pen.strokeStyle = "#b34700";
  pen.lineWidth = 1.5 * (window.devicePixelRatio || 1);
  pen.beginPath();
  for (const n of cells.keys()) {
    if (!cells[n]) continue;
    const [left, top] = [(n % columns) * wide, Math.floor(n / columns) * high];
    pen.fillRect(left, top, wide, high);
    pen.moveTo(left, top + high);
    pen.lineTo(left + wide, top);
  }
  pen.stroke();
}

export default { render };
