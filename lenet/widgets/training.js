// A training, live or replayed: the curves, the first filters, and what is taken for what.

import { Figure, channelOf, format, h, part, signedColor } from "./figure.js";

const CURVES = { height: 132, left: 38, right: 10, top: 8, bottom: 20 };

/** @type {(context: any) => () => void} */
function render(context) {
  const figure = new Figure(context, {
    kind: "training",
    label: "Training: a network learns, epoch by epoch",
    state: ["epoch"],
  });
  const done = () => (figure.get("confusions")?.shape[0] ?? 1) - 1;

  // Controls

  figure.refreshers.push(() => {
    slider.max = String(done()); // before the slider takes its value
  });
  const slider = /** @type {HTMLInputElement} */ (
    figure.slider("epoch", { label: "Epoch", min: 0, max: 0 })
  );
  figure.require("epoch", (epoch) =>
    Number.isInteger(epoch) && epoch >= 0 && epoch <= done()
      ? ""
      : `a whole number from 0 to ${done()}`);
  figure.player("Play", 450, () => {
    const epoch = figure.get("epoch") < done() ? figure.get("epoch") + 1 : 0;
    figure.set({ epoch });
    return epoch < done();
  });
  const bar = h("progress", { max: 1 });
  const running = /** @type {HTMLElement} */ (figure.labelled("", bar).parentElement);
  const under = /** @type {HTMLElement} */ (running.querySelector("label"));

  // Stage

  const curves = ["loss", "accuracy"].map((name) => {
    const caption = h("p", { class: "lenet-caption" });
    const box = h("div", { class: "lenet-curves" });
    figure.listen(box, "click", (event) => {
      const { left, width } = box.getBoundingClientRect();
      const along = (event.clientX - left - CURVES.left) / (width - CURVES.left - CURVES.right);
      const epoch = Math.round(along * span());
      figure.set({ epoch: Math.max(0, Math.min(done(), epoch)) });
    });
    return { name, caption, box };
  });
  const span = () => Math.max(1, done(), figure.get("epochs"));
  const table = h("table", {});
  const filters = h("div", { class: "lenet-filters" });
  const title = h("p", { class: "lenet-caption" });
  /** @type {any[]} */
  const maps = [];
  figure.stage.classList.add("lenet-training");
  figure.stage.append(
    h("div", {}, ...curves.flatMap(({ caption, box }) => [caption, box])),
    h(
      "div",
      { class: "lenet-confusion" },
      h("p", { class: "lenet-caption" }, "rows: label, columns: read as"),
      table,
    ),
    h("div", { class: "lenet-filter-row" }, title, filters),
  );

  return figure.start(() => {
    const [epoch, history] = [figure.get("epoch"), figure.get("history")];
    const progress = figure.get("progress");
    const packed = figure.get("confusions");
    const all = packed && figure.tensor("confusions");
    const confusion = all && part(all, epoch);
    running.hidden = !progress;
    under.textContent = `under way: ${done() + 1} of ${span()}`;
    bar.value = progress;

    for (const { name, caption, box } of curves) {
      const key = name === "loss" ? name : accuracyName(history);
      const own = all && name === "accuracy"
        ? Array.from({ length: done() }, (_, k) => shareRight(part(all, k + 1)))
        : [];
      const series = [history[key] ?? [], history[`val_${key}`] ?? own];
      const write = (/** @type {number | null | undefined} */ value) =>
        value == null ? "–" : name === "loss" ? value.toFixed(4) : inPercent(value);
      caption.replaceChildren(
        h("strong", {}, `${name} `),
        ...["training", "validation"].flatMap((kind, k) => [
          h("span", { class: `lenet-line-${kind}` }, ` ${k ? "╌" : "━"} ${kind} `),
          `${write(series[k][epoch - 1])} `,
        ]),
      );
      drawCurves(box, name, series, epoch, span());
    }
    if (confusion) showConfusion(table, confusion);
    showFilters(epoch);

    if (!confusion) {
      figure.say("The training has not begun. It is shown here while it runs.");
      return;
    }
    const total = addUp(confusion.data);
    const right = Math.round(shareRight(confusion) * total);
    const worst = mostConfused(confusion);
    figure.say(
      `${epoch ? `After epoch ${epoch}` : "Before the training"}, ${withCommas(right)} of ` +
      `${withCommas(total)} validation images are right (${inPercent(right / total)}). ${worst.times
        ? `Most often ${worst.label} is read as ${worst.read}: ${withCommas(worst.times)}×.`
        : "No mistakes."}`,
    );
  });

  /** @param {number} epoch */
  function showFilters(epoch) {
    const packed = figure.get("filters");
    filters.hidden = title.hidden = !packed;
    if (!packed) return;
    const tensor = figure.tensor("filters");
    const number = tensor.shape[3];
    title.textContent = "first filters: blue below zero, orange above";
    if (maps.length !== number) {
      maps.splice(0, maps.length, ...Array.from({ length: number }, (_, k) =>
        figure.map({ label: `Filter ${k}` })));
      filters.replaceChildren(...maps.map((map) => map.element));
      filters.style.gridTemplateColumns = `repeat(${Math.min(number, 8)}, 1fr)`;
    }
    const most = tensor.data.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
    const kernel = part(tensor, epoch);
    for (const [k, map] of maps.entries()) {
      map.show(channelOf(kernel, k), { color: (/** @type {number} */ v) => signedColor(v, most) });
    }
  }
}

/** @type {(history: Record<string, any>) => string} What Keras calls the accuracy. */
function accuracyName(history) {
  return Object.keys(history).find((key) => /^(?!val_).*acc/.test(key)) ?? "accuracy";
}

/** @type {(values: ArrayLike<number>) => number} */
const addUp = (values) => Array.from(values).reduce((total, value) => total + value, 0);

/** @type {(value: number) => string} */
const inPercent = (value) => `${(100 * value).toFixed(2)}%`;

/** @type {(value: number) => string} */
const withCommas = (value) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

/** @type {(confusion: {shape: number[], data: Float32Array}) => number} What is right of all. */
function shareRight({ shape: [classes], data }) {
  return addUp(data.filter((_, k) => k % (classes + 1) === 0)) / addUp(data);
}

/** @type {(confusion: {shape: number[], data: Float32Array}) => any} */
function mostConfused({ shape: [classes], data }) {
  let [at, times] = [0, 0];
  for (let k = 0; k < data.length; k++) {
    if (k % (classes + 1) && data[k] > times) [at, times] = [k, data[k]];
  }
  return { label: Math.floor(at / classes), read: at % classes, times };
}

/**
 * Write the counts into a table; the more of a row is misread in one way, the redder the cell.
 * @param {any} table
 * @param {{shape: number[], data: Float32Array}} confusion
 */
function showConfusion(table, { shape: [classes], data }) {
  if (table.rows.length !== classes + 1) {
    const names = Array.from({ length: classes }, (_, k) => k);
    table.replaceChildren(
      h("tr", {}, h("td", {}), ...names.map((name) => h("th", { scope: "col" }, String(name)))),
      ...names.map((name) => h(
        "tr",
        {},
        h("th", { scope: "row" }, String(name)),
        ...names.map(() => h("td", {})),
      )),
    );
    table.classList.toggle("is-large", classes > 12);
  }
  for (let row = 0; row < classes; row++) {
    const counts = data.subarray(row * classes, (row + 1) * classes);
    const total = addUp(counts) || 1;
    for (const [column, value] of counts.entries()) {
      const cell = table.rows[row + 1].cells[column + 1];
      // A tenth of the row has the full colour; the root keeps a single mistake visible.
      const red = Math.sqrt(Math.min(1, value / total / 0.1));
      const rgb = row === column
        ? [232, 232, 232]
        : [255 - 25 * red, 255 - 125 * red, 255 - 205 * red];
      cell.textContent = value ? String(value) : "·";
      cell.style.background = `rgb(${rgb.map(Math.round).join(" ")})`;
    }
  }
}

/**
 * Draw two series over the epochs, and a line at the epoch that is shown.
 * @param {HTMLElement} box
 * @param {string} name
 * @param {(number | null)[][]} series
 * @param {number} epoch
 * @param {number} epochs
 */
function drawCurves(box, name, series, epoch, epochs) {
  const { height, left, right, top, bottom } = CURVES;
  const width = Math.max(120, box.clientWidth);
  const values = /** @type {number[]} */ (series.flat().filter((value) => value != null));
  const [least, most] = name === "loss"
    ? [0, Math.max(...values, 0.01)]
    : [Math.min(...values, 0.99), 1];
  const x = (/** @type {number} */ k) => left + (k / epochs) * (width - left - right);
  const y = (/** @type {number} */ value) =>
    height - bottom - ((value - least) / (most - least)) * (height - top - bottom);
  const step = niceStep((most - least) / 3);
  const steps = Math.max(1, niceStep(epochs / 6));
  let drawing = "";
  for (let v = Math.ceil(least / step) * step; v <= most + 1e-9; v += step) {
    const text = name === "loss" ? format(Number(v.toFixed(6)), step < 0.1 ? 2 : 1)
      : `${format(Number((100 * v).toFixed(3)), 1)}%`;
    drawing += `<path class="lenet-grid" d="M${left} ${y(v)}H${width - right}"/>` +
      `<text x="${left - 5}" y="${y(v) + 4}" text-anchor="end">${text}</text>`;
  }
  for (let k = 0; k <= epochs; k += steps) {
    drawing += `<text x="${x(k)}" y="${height - 4}" text-anchor="middle">${k}</text>`;
  }
  drawing += `<path class="lenet-now" d="M${x(epoch)} ${top}V${height - bottom}"/>`;
  for (const [kind, line] of series.entries()) {
    const style = `lenet-line-${kind ? "validation" : "training"}`;
    const places = line.flatMap((value, k) => (value == null ? [] : [[x(k + 1), y(value), k + 1]]));
    const path = places.map(([a, b]) => `${a.toFixed(1)} ${b.toFixed(1)}`).join("L");
    if (path) drawing += `<path class="lenet-line ${style}" d="M${path}"/>`;
    for (const [a, b, k] of places) {
      if (k === epoch || places.length === 1) {
        drawing += `<circle class="${style}" cx="${a}" cy="${b}" r="4"/>`;
      }
    }
  }
  box.innerHTML = `<svg width="${width}" height="${height}" role="img" ` +
    `aria-label="${name}, a curve">${drawing}</svg>`;
}

/** @type {(rough: number) => number} The next of …, 0.1, 0.2, 0.5, 1, 2, 5, … */
function niceStep(rough) {
  const unit = 10 ** Math.floor(Math.log10(rough));
  return unit * ([1, 2, 5].find((factor) => factor * unit >= rough * 0.999) ?? 10);
}

export default { render };
