// A kernel slides over an image: the window, the products, the sum, and the whole map.

import { conv2d, outputSize, relu } from "./numerics.js";
import { Figure, format, h, inkColor, pack, signedColor, unpack } from "./figure.js";

const PEN = 1.1; // how far ink reaches around the pen, in cells

/** @type {(context: any) => () => void} */
function render(context) {
  const figure = new Figure(context, {
    kind: "convolution",
    label: "Convolution: a kernel slides over an image",
    state: ["image", "kernel", "padding", "strides", "relu", "cell"],
  });
  figure.require("cell", (/** @type {number[]} */ cell) =>
    cell.length === 2 && cell.every((place) => Number.isInteger(place) && place >= 0)
      ? ""
      : "a row and a column");
  for (const [key, most] of /** @type {const} */ ([["image", 64], ["kernel", 7]])) {
    figure.require(key, (value) => {
      const { shape } = unpack(value);
      return shape.length === 2 && Math.max(...shape) <= most ? "" : `at most ${most}×${most}`;
    });
  }
  const { images, kernels } = Object.fromEntries(
    ["images", "kernels"].map((key) => [key, figure.get(key)]),
  );

  // Controls

  /** @type {(offered: Record<string, any>, key: string) => string} */
  const nameOf = (offered, key) => {
    const { shape, data } = figure.tensor(key);
    const same = Object.entries(offered).find(([, value]) => {
      const other = unpack(value);
      return String(other.shape) === String(shape) && other.data.every((v, k) => v === data[k]);
    });
    return same ? same[0] : `your own`;
  };
  figure.select("Image", Object.keys(images), {
    chosen: () => nameOf(images, "image"),
    pick: (name) => figure.set({ image: images[name] }),
  });
  figure.select("Kernel", Object.keys(kernels), {
    chosen: () => nameOf(kernels, "kernel"),
    pick: (name) => figure.set({ kernel: kernels[name] }),
  });
  figure.slider("padding", { label: "Padding", min: 0, max: 3 });
  figure.slider("strides", { label: "Stride", min: 1, max: 4 });
  figure.checkbox("relu", "ReLU");
  figure.controls.append(h("span", { class: "lenet-break" }));
  const draw = figure.button("Draw", () => {
    input.drawing = !input.drawing;
    draw.setAttribute("aria-pressed", String(input.drawing));
    figure.redraw();
  });
  draw.setAttribute("aria-pressed", "false");
  figure.button("Clear", () => {
    const { shape } = figure.tensor("image");
    figure.set({ image: pack({ shape, data: new Float32Array(shape[0] * shape[1]) }) });
  });
  figure.player("Play", 220, () => step(1));
  figure.button("Step", () => step(1));

  // Maps

  /** @type {[number, number]} */
  let size = [1, 1];
  /** @type {[number, number] | null} */
  let last = null;
  const step = (/** @type {number} */ by) => {
    const [row, column] = figure.get("cell");
    const place = row * size[1] + column + by;
    figure.set({ cell: [Math.floor(place / size[1]) % size[0], place % size[1]] });
    return place < size[0] * size[1];
  };
  const input = figure.map({
    label: "Image. The arrow keys move the window.",
    onselect(row, column) {
      const { shape } = figure.tensor("kernel");
      const [padding, strides] = [figure.get("padding"), figure.get("strides")];
      const cell = [row, column].map((place, axis) => {
        const centred = Math.round((place + padding - (shape[axis] - 1) / 2) / strides);
        return Math.max(0, Math.min(size[axis] - 1, centred));
      });
      figure.set({ cell });
    },
    ondraw(row, column, first) {
      const image = figure.tensor("image");
      const from = first || !last ? [row, column] : last;
      last = [row, column];
      figure.set({ image: pack(stroke(image, from, last)) });
    },
  });
  const output = figure.map({
    label: "Activation map. The arrow keys choose a cell.",
    onselect: (row, column) => figure.set({ cell: [row, column] }),
  });
  const window_ = figure.map({ label: "The window: the part of the image under the kernel" });
  const products = figure.map({ label: "The products of window and kernel" });
  window_.caption.textContent = "window";
  products.caption.textContent = "products";
  const weights = h("div", { class: "lenet-kernel", role: "group", "aria-label": "Kernel" });
  const total = h("span", { class: "lenet-total" });
  figure.stage.classList.add("lenet-convolution");
  figure.stage.append(
    input.element,
    output.element,
    h(
      "div",
      { class: "lenet-sum" },
      window_.element,
      h("span", {}, "×"),
      h("div", {}, h("p", { class: "lenet-caption" }, "kernel (yours to change)"), weights),
      h("span", { class: "lenet-equals" }, "="),
      products.element,
      total,
    ),
  );
  figure.listen(weights, "change", () => {
    const cells = [...weights.querySelectorAll("input")];
    const { shape } = figure.tensor("kernel");
    const data = Float32Array.from(cells, (cell) => Number(cell.value) || 0);
    figure.set({ kernel: pack({ shape, data }) });
  });
  const showKernel = () => {
    const { shape, data } = figure.tensor("kernel");
    const [rows, columns] = shape;
    if (weights.dataset.shape !== String(shape)) {
      weights.dataset.shape = String(shape);
      weights.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
      weights.replaceChildren(...Array.from(data, (_, k) => h("input", {
        type: "number",
        step: "any",
        "aria-label": `Kernel, row ${Math.floor(k / columns)}, column ${k % columns}`,
      })));
    }
    const most = Math.max(...data.map(Math.abs));
    for (const [k, cell] of [...weights.querySelectorAll("input")].entries()) {
      const rgb = signedColor(data[k], most);
      if (document.activeElement !== cell || Number(cell.value) !== data[k]) {
        cell.value = String(Number(data[k].toFixed(2)));
      }
      cell.style.background = `rgb(${rgb.map(Math.round).join(" ")})`;
      cell.style.color = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] > 140 ? "#222" : "#fff";
    }
    return [rows, columns];
  };

  return figure.start(() => {
    const image = figure.tensor("image");
    const kernel = figure.tensor("kernel");
    const [padding, strides] = [figure.get("padding"), figure.get("strides")];
    const taps = showKernel();
    size = /** @type {[number, number]} */ (
      image.shape.map((length, axis) => outputSize(length, taps[axis], strides, padding))
    );
    const x = { shape: [...image.shape, 1], data: image.data };
    const filter = { shape: [...taps, 1, 1], data: kernel.data };
    const sums = conv2d(x, filter, null, { strides, padding });
    const map = figure.get("relu") ? relu(sums) : sums;
    const [row, column] = /** @type {number[]} */ (figure.get("cell")).map((place, axis) =>
      Math.min(place, size[axis] - 1));

    const [top, left] = [row * strides - padding, column * strides - padding];
    const seen = { top, left, bottom: top + taps[0], right: left + taps[1] };
    const patch = { shape: taps, data: cut(image, seen) };
    const product = { shape: taps, data: patch.data.map((v, k) => v * kernel.data[k]) };
    const sum = sums.data[row * size[1] + column];
    const value = map.data[row * size[1] + column];
    const most = (/** @type {Float32Array} */ data) => Math.max(...data.map(Math.abs));
    const [low, high] = [Math.min(...image.data), Math.max(1, ...image.data)];
    const [mostOut, mostProduct] = [most(map.data), most(product.data)];
    const paint = low < 0
      ? (/** @type {number} */ v) => signedColor(v, Math.max(high, -low))
      : (/** @type {number} */ v) => inkColor(v, high);

    input.caption.innerHTML = `image <strong>${image.shape.join("×")}</strong>` +
      (padding ? `, padded ${image.shape.map((length) => length + 2 * padding).join("×")}` : "");
    const middle = [top + (taps[0] >> 1), left + (taps[1] >> 1)];
    const cursor = /** @type {[number, number]} */ (
      middle.map((place, axis) => Math.max(0, Math.min(image.shape[axis] - 1, place)))
    );
    input.show(image, { color: paint, cursor, values: true, windows: [seen], padding });
    output.caption.innerHTML =
      `${figure.get("relu") ? "activation" : "feature"} map <strong>${size.join("×")}</strong>`;
    output.show({ shape: size, data: map.data }, {
      color: (v) => signedColor(v, mostOut),
      cursor: [row, column],
      values: true,
      windows: [{ top: row, left: column, bottom: row + 1, right: column + 1 }],
    });
    window_.show(patch, { color: paint, values: true });
    products.show(product, { color: (v) => signedColor(v, mostProduct), values: true });
    total.innerHTML = `→ Σ = <strong>${format(sum)}</strong>` +
      (figure.get("relu") ? `<br>→ ReLU → <strong>${format(value)}</strong>` : "");
    const [n, k] = [image.shape[0], taps[0]];
    const room = n + 2 * padding - k;
    const places = room / strides + 1;
    figure.say(
      `Row ${row}, column ${column}: the ${taps[0] * taps[1]} products add up to ${format(sum)}` +
      `${figure.get("relu") ? `, after ReLU ${format(value)}` : ""}. Height of the map: ` +
      `(${n} + 2·${padding} − ${k}) / ${strides} + 1 = ` +
      `${Number(places.toFixed(2))}${places % 1 ? `, rounded down to ${size[0]}` : ""}.`,
    );
  });
}

/** @type {(image: {shape: number[], data: Float32Array}, window: any) => Float32Array} */
function cut({ shape: [rows, columns], data }, { top, left, bottom, right }) {
  const values = [];
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const inside = row >= 0 && row < rows && column >= 0 && column < columns;
      values.push(inside ? data[row * columns + column] : 0);
    }
  }
  return Float32Array.from(values);
}

/** @type {(image: {shape: number[], data: Float32Array}, from: number[], to: number[]) => any} */
function stroke({ shape, data }, from, to) {
  const drawn = data.map((value, k) => {
    const centre = [Math.floor(k / shape[1]) + 0.5, (k % shape[1]) + 0.5];
    const along = [to[0] - from[0], to[1] - from[1]];
    const length = along[0] ** 2 + along[1] ** 2;
    const t = length
      ? ((centre[0] - from[0]) * along[0] + (centre[1] - from[1]) * along[1]) / length
      : 0;
    const near = Math.max(0, Math.min(1, t));
    const far = Math.hypot(...centre.map((c, axis) => c - from[axis] - near * along[axis]));
    return Math.max(value, Math.min(1, Math.max(0, PEN + 0.5 - far)));
  });
  return { shape, data: drawn };
}

export default { render };
