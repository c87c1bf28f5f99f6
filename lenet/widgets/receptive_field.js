// Layers on layers: how far a unit sees, and which units see a pixel.

import { outputSize } from "./numerics.js";
import { Figure, h, inkColor } from "./figure.js";

const SIZE = 28;
const MOST_LAYERS = 6;
const KINDS = ["conv", "pool"];
const HEIGHT = 320; // of the cross-section, in pixels
const CELL_HEIGHT = 13;

/** @typedef {{kind: "conv" | "pool", kernel_size: number, strides: number}} Slide */
/**
 * A row of units. Unit `i` sees the pixels from `start + i · jump`, `seen` of them.
 * @typedef {{size: number, start: number, jump: number, seen: number}} Level
 */

/** @type {(text: string) => Slide[]} Read layers such as "conv 3, pool 2/2". */
const slides = (text) => text.split(", ").map((layer) => {
  const [, kind, size, strides = "1"] = layer.match(/^(conv|pool) (\d)(?:\/(\d))?$/) ?? [];
  return { kind: /** @type {any} */ (kind), kernel_size: Number(size), strides: Number(strides) };
});

/** @type {Record<string, {layers: Slide[], padding: number}>} */
const STACKS = Object.fromEntries(Object.entries({
  "two 3×3": ["conv 3, conv 3", 0],
  "three 3×3": ["conv 3, conv 3, conv 3", 0],
  "one 5×5": ["conv 5", 0],
  "one 7×7": ["conv 7", 0],
  "LeNet-5 to S4": ["conv 5, pool 2/2, conv 5, pool 2/2", 2],
  "LeNet-5 to C5": ["conv 5, pool 2/2, conv 5, pool 2/2, conv 5", 2],
  "strided": ["conv 3/2, conv 3/2, conv 3/2", 1],
}).map(([name, [text, padding]]) =>
  [name, { layers: slides(String(text)), padding: Number(padding) }]));

/** @type {(context: any) => () => void} */
function render(context) {
  const figure = new Figure(context, {
    kind: "receptive-field",
    label: "Receptive fields: how far a unit of stacked layers sees",
    state: ["layers", "padding", "unit"],
  });
  figure.require("layers", (layers) => {
    const whole = (/** @type {number} */ n, /** @type {number} */ most) =>
      Number.isInteger(n) && n >= 1 && n <= most;
    const right = Array.isArray(layers) && layers.length >= 1 && layers.length <= MOST_LAYERS &&
      layers.every((layer) => layer && KINDS.includes(layer.kind) &&
        whole(layer.kernel_size, 7) && whole(layer.strides, 3));
    return right ? "" : `1 to ${MOST_LAYERS} layers of kind conv or pool`;
  });
  figure.require("unit", (unit) =>
    Array.isArray(unit) && unit.length === 2 && unit.every((n) => Number.isInteger(n) && n >= 0)
      ? ""
      : "a layer and a place");

  // Controls

  /** @type {(layers: Slide[], padding?: number) => void} Choose a stack and its middle unit. */
  const setStack = (layers, padding = figure.get("padding")) => {
    const { levels } = stack(layers, padding);
    const top = levels.length - 1;
    figure.set({ layers, padding, unit: [top, (levels[top].size - 1) >> 1] });
  };
  figure.select("Stack", Object.keys(STACKS), {
    chosen: () => {
      const now = JSON.stringify(slidesOnly(figure.get("layers"))) + figure.get("padding");
      const same = Object.entries(STACKS).find(([, { layers, padding }]) =>
        JSON.stringify(layers) + padding === now);
      return same ? same[0] : "your own";
    },
    pick: (name) => setStack(STACKS[name].layers, STACKS[name].padding),
  });
  figure.slider("padding", { label: "Padding", min: 0, max: 3 });

  const slots = Array.from({ length: MOST_LAYERS }, (_, k) => {
    const choice = (
      /** @type {keyof Slide} */ key,
      /** @type {string} */ name,
      /** @type {[any, string][]} */ options,
    ) => {
      const select = h("select", { "aria-label": `Layer ${k + 1}, ${name}` },
        ...options.map(([value, text]) => h("option", { value }, text)));
      figure.listen(select, "change", () => {
        const value = key === "kind" ? select.value : Number(select.value);
        setStack(figure.get("layers").map((/** @type {Slide} */ layer, /** @type {number} */ i) =>
          (i === k ? { ...layer, [key]: value } : layer)));
      });
      return select;
    };
    const selects = {
      kind: choice("kind", "kind", KINDS.map((kind) => [kind, kind])),
      kernel_size: choice("kernel_size", "kernel size",
        [1, 2, 3, 4, 5, 6, 7].map((n) => [n, `${n}×${n}`])),
      strides: choice("strides", "stride", [1, 2, 3].map((n) => [n, `stride ${n}`])),
    };
    const remove = h("button", { type: "button", "aria-label": `Remove layer ${k + 1}` }, "×");
    figure.listen(remove, "click", () =>
      setStack(figure.get("layers").filter((/** @type {Slide} */ _, /** @type {number} */ i) =>
        i !== k)));
    const add = h("button", { type: "button" }, "Add a layer");
    figure.listen(add, "click", () => {
      const layers = figure.get("layers");
      setStack([...layers, layers.at(-1)]);
    });
    const editor = h("span", {}, h("b", {}, `${k + 1}`), ...Object.values(selects), remove);
    const element = h("div", { class: "lenet-slide" }, editor, add);
    return { element, editor, add, remove, selects };
  });
  figure.controls.after(h(
    "div",
    { class: "lenet-stack", role: "group", "aria-label": "Layers, from the image up" },
    ...slots.map(({ element }) => element),
  ));

  // The cross-section and the image

  const section = h("div", {
    class: "lenet-section",
    role: "application",
    tabindex: 0,
    "aria-label": "Cross-section. Left and right choose a unit, up and down a layer.",
  });
  const image = figure.map({ label: "The image, and to scale what the unit sees of it" });
  const note = h("p", { class: "lenet-hint" });
  figure.stage.classList.add("lenet-receptive-field");
  figure.stage.append(section, h("div", {}, image.element, note));

  /** The stack, and the chosen unit, or the nearest one where the stack changed under it. */
  const now = () => {
    const { levels, problem } = stack(figure.get("layers"), figure.get("padding"));
    const level = Math.min(figure.get("unit")[0], levels.length - 1);
    const place = Math.min(figure.get("unit")[1], levels[level].size - 1);
    return { levels, problem, level, place };
  };
  /** @type {(level: number, centre: number) => void} Choose the unit nearest to a pixel. */
  const choose = (level, centre) => {
    const { levels } = now();
    const at = Math.max(0, Math.min(levels.length - 1, level));
    const { size, start, jump, seen } = levels[at];
    const place = Math.round((centre - start - (seen - 1) / 2) / jump);
    const unit = [at, Math.max(0, Math.min(size - 1, place))];
    if (String(unit) !== String(figure.get("unit"))) figure.set({ unit });
  };
  const point = (/** @type {PointerEvent} */ event) => {
    const box = section.getBoundingClientRect();
    const pad = figure.get("padding");
    const across = (event.clientX - box.left) / box.width;
    choose(
      Math.round((HEIGHT - 16 - (event.clientY - box.top)) / rise(now().levels.length)),
      across * (SIZE + 2 * pad) - pad - 0.5,
    );
  };
  figure.listen(section, "pointermove", point);
  figure.listen(section, "pointerdown", point);
  figure.listen(section, "keydown", (event) => {
    const { levels, level, place } = now();
    /** @type {Record<string, [number, number]>} */
    const moves = {
      ArrowLeft: [level, place - 1],
      ArrowRight: [level, place + 1],
      ArrowUp: [level + 1, NaN],
      ArrowDown: [level - 1, NaN],
      Home: [level, 0],
      End: [level, levels[level].size - 1],
    };
    const next = moves[event.key];
    if (!next) return;
    event.preventDefault();
    choose(next[0], centreOf(levels[level], Number.isNaN(next[1]) ? place : next[1]));
  });

  return figure.start(() => {
    const layers = /** @type {Slide[]} */ (figure.get("layers"));
    const padding = figure.get("padding");
    for (const [k, { editor, add, remove, selects }] of slots.entries()) {
      editor.hidden = k >= layers.length;
      add.hidden = k !== layers.length;
      remove.disabled = layers.length === 1;
      for (const [key, select] of Object.entries(selects)) {
        select.value = String(layers[k]?.[/** @type {keyof Slide} */ (key)] ?? "");
      }
    }
    const { levels, problem, level, place } = now();
    /** @type {[number, number]} */
    const chosen = [level, place];
    const down = seenBelow(layers, padding, chosen);
    const up = seeingAbove(layers, padding, levels, chosen);
    section.innerHTML = drawing(layers, padding, levels, chosen, down, up, section.clientWidth);

    const { start, jump, seen } = levels[level];
    const patch = (/** @type {number} */ i) => [start + i * jump, start + i * jump + seen];
    const [left, right] = patch(place);
    const [top, bottom] = level ? patch((levels[level].size - 1) >> 1) : [13, 14];
    image.caption.innerHTML = `to scale: <strong>${seen} × ${seen}</strong>`;
    image.show(figure.tensor("image"), {
      color: (v) => inkColor(v),
      windows: [{ top, left, bottom, right }],
      padding,
    });

    const convolutions = layers.filter(({ kind }) => kind === "conv");
    const weights = convolutions.map(({ kernel_size }) => kernel_size ** 2);
    const total = weights.reduce((all, n) => all + n, 0);
    const plain = weights.length === layers.length && layers.every(({ strides }) => strides === 1);
    const reach = levels.at(-1)?.seen ?? 1;
    note.textContent = `Weights for each pair of channels: ${
      weights.length > 1 ? `${weights.join(" + ")} = ` : ""}${total}.` +
      (plain && layers.length > 1 && !problem
        ? ` One ${reach}×${reach} convolution sees as far with ${reach ** 2}.`
        : "");
    if (problem) throw new RangeError(problem);
    figure.say(level ? tell(levels[level], chosen, down[0]) : tellPixel(place, up, levels));
  });
}

/** @type {(layers: Slide[]) => Slide[]} In one order of keys, whoever wrote them. */
function slidesOnly(layers) {
  return layers.map(({ kind, kernel_size, strides }) => ({ kind, kernel_size, strides }));
}

/**
 * Follow a row of pixels up through the layers, as far as they fit.
 * @param {Slide[]} layers
 * @param {number} padding
 * @returns {{levels: Level[], problem: string}}
 */
function stack(layers, padding) {
  const levels = [{ size: SIZE, start: 0, jump: 1, seen: 1 }];
  let problem = "";
  if (padding >= layers[0].kernel_size) {
    problem = `A padding of ${padding} needs a first kernel larger than that, or a window would ` +
      "hold nothing else.";
    return { levels, problem };
  }
  for (const [k, { kernel_size, strides }] of layers.entries()) {
    const { size, jump, seen } = levels[k];
    const room = size + (k ? 0 : 2 * padding);
    if (kernel_size > room) {
      problem = `Layer ${k + 1} does not fit: its window is ${kernel_size}×${kernel_size}, and ` +
        `what comes out of layer ${k} is only ${room}×${room}. Make it smaller or remove it.`;
      break;
    }
    levels.push({
      size: outputSize(room, kernel_size, strides),
      start: -padding,
      jump: jump * strides,
      seen: seen + (kernel_size - 1) * jump,
    });
  }
  return { levels, problem };
}

/** @type {(level: Level, place: number) => number} The middle of what a unit sees, in pixels. */
function centreOf({ start, jump, seen }, place) {
  return start + place * jump + (seen - 1) / 2;
}

/** @type {(layers: Slide[], padding: number, level: number, place: number) => number[]} */
function inputsOf(layers, padding, level, place) {
  const { kernel_size, strides } = layers[level - 1];
  const first = place * strides - (level === 1 ? padding : 0);
  return Array.from({ length: kernel_size }, (_, tap) => first + tap);
}

/**
 * @param {Slide[]} layers
 * @param {number} padding
 * @param {[number, number]} unit
 * @returns {Set<number>[]} The units of each level that the unit sees, for its own and those below.
 */
function seenBelow(layers, padding, [level, place]) {
  /** @type {Set<number>[]} */
  const found = [];
  found[level] = new Set([place]);
  for (let k = level; k > 0; k--) {
    found[k - 1] = new Set([...found[k]].flatMap((i) => inputsOf(layers, padding, k, i)));
  }
  return found;
}

/**
 * @param {Slide[]} layers
 * @param {number} padding
 * @param {Level[]} levels
 * @param {[number, number]} unit
 * @returns {Set<number>[]} The units of each level that see the unit, for its own and those above.
 */
function seeingAbove(layers, padding, levels, [level, place]) {
  /** @type {Set<number>[]} */
  const found = [];
  found[level] = new Set([place]);
  for (let k = level + 1; k < levels.length; k++) {
    const all = Array.from({ length: levels[k].size }, (_, i) => i);
    found[k] = new Set(all.filter((i) =>
      inputsOf(layers, padding, k, i).some((below) => found[k - 1].has(below))));
  }
  return found;
}

/** @type {(count: number) => number} How far apart rows are drawn. */
function rise(count) {
  return (HEIGHT - 58) / Math.max(1, count - 1);
}

/**
 * The cross-section as the text of an SVG element.
 * @param {Slide[]} layers
 * @param {number} padding
 * @param {Level[]} levels
 * @param {[number, number]} chosen
 * @param {Set<number>[]} down
 * @param {Set<number>[]} up
 * @param {number} width
 */
function drawing(layers, padding, levels, chosen, down, up, width) {
  const pixel = width / (SIZE + 2 * padding);
  const x = (/** @type {number} */ level, /** @type {number} */ place) =>
    (centreOf(levels[level], place) + padding + 0.5) * pixel;
  const y = (/** @type {number} */ level) => HEIGHT - 16 - level * rise(levels.length);
  const half = CELL_HEIGHT / 2;
  const [cells, lines, names] = [[""], [""], [""]];
  for (const [k, { size, jump }] of levels.entries()) {
    const side = Math.max(2, Math.min(jump, 2) * pixel - Math.max(1, pixel * 0.12));
    const edge = k ? 0 : padding;
    for (let i = -edge; i < size + edge; i++) {
      const role = k === chosen[0] && i === chosen[1] ? "is-chosen"
        : down[k]?.has(i) ? "is-seen" : up[k]?.has(i) ? "is-seeing" : "";
      const zero = i < 0 || i >= size ? " is-padding" : "";
      cells.push(`<rect class="${role}${zero}" x="${(x(k, i) - side / 2).toFixed(1)}" y="${
        (y(k) - half).toFixed(1)}" width="${side.toFixed(1)}" height="${CELL_HEIGHT}" rx="2"/>`);
      if (!k) continue;
      for (const below of inputsOf(layers, padding, k, i)) {
        const sees = k <= chosen[0] && down[k].has(i);
        if (!sees && !(k > chosen[0] && up[k].has(i) && up[k - 1].has(below))) continue;
        lines.push(`<path class="${sees ? "is-seen" : "is-seeing"}" d="M${x(k, i).toFixed(1)} ${
          (y(k) + half).toFixed(1)}L${x(k - 1, below).toFixed(1)} ${
          (y(k - 1) - half).toFixed(1)}"/>`);
      }
    }
    const layer = layers[k - 1];
    names.push(`<text x="0" y="${(y(k) - half - 5).toFixed(1)}">${k
      ? `${k}: ${layer.kernel_size}×${layer.kernel_size} ${layer.kind}${
        layer.strides > 1 ? `, stride ${layer.strides}` : ""}, ${size} units`
      : `image: ${size} pixels`}</text>`);
  }
  return `<svg width="${width}" height="${HEIGHT}" aria-hidden="true">${
    lines.join("")}${cells.join("")}${names.join("")}</svg>`;
}

/** @type {(level: Level, unit: [number, number], pixels: Set<number>) => string} */
function tell({ jump, seen }, [level, place], pixels) {
  const inside = [...pixels].filter((k) => k >= 0 && k < SIZE).sort((a, b) => a - b);
  const range = `${inside[0]} to ${inside.at(-1)}`;
  const apart = `neighbouring units are ${jump} ${jump > 1 ? "pixels" : "pixel"} apart.`;
  if (pixels.size < seen) {
    return `Unit ${place} of layer ${level} sees ${pixels.size} of the ${seen} pixels ${range}: ` +
      `strides skip the others; ${apart}`;
  }
  if (inside.length < seen) {
    return `Unit ${place} of layer ${level} sees ${seen} pixels, ${inside.length} on the image: ` +
      `${range}; ${apart}`;
  }
  return seen === 1
    ? `Unit ${place} of layer ${level} sees 1 of ${SIZE} pixels: ${inside[0]}; ${apart}`
    : `Unit ${place} of layer ${level} sees ${seen} of ${SIZE} pixels: ${range}; ${apart}`;
}

/** @type {(pixel: number, up: Set<number>[], levels: Level[]) => string} */
function tellPixel(pixel, up, levels) {
  const top = levels.length - 1;
  const units = [...(up[top] ?? [])];
  const of = `the ${levels[top].size} units of layer ${top}`;
  if (!units.length) return `Pixel ${pixel} is seen by none of ${of}: the windows leave it out.`;
  const range = units.length > 1 ? `${units[0]} to ${units.at(-1)}` : `${units[0]}`;
  return `Pixel ${pixel} is seen by ${units.length} of ${of}: ${range}.`;
}

export default { render };
