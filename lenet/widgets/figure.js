// What all figures share: elements, controls bound to the model, maps of cells, and a life cycle.
//
// State flows one way: a control sets a value of the model, the model announces the change, and
// the whole figure is drawn anew from the model. The model is Python's in Jupyter and the page's
// own in the built book.

/**
 * @typedef {{shape: number[], data: Float32Array}} Tensor
 * @typedef {{
 *   get(key: string): any,
 *   set(key: string, value: any): void,
 *   save_changes(): void,
 *   on(event: string, callback: () => void): void,
 *   off(event: string, callback: () => void): void,
 * }} Model
 * @typedef {{
 *   read(): Record<string, string>,
 *   write(values: Record<string, string>): void,
 *   onchange: (() => void) | null,
 * }} Link  The part of the page's address that belongs to one figure.
 * @typedef {{top: number, left: number, bottom: number, right: number}} Window  Half-open.
 */

// ---------------------------------------------------------------------------------- elements

/**
 * Make an element. Properties are set as attributes, or as listeners where they are functions.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Node | string)} children
 * @returns {any}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/** @type {(value: number, digits?: number) => string} Write a number with a true minus sign. */
export function format(value, digits = 2) {
  const text = Number.isInteger(value) ? String(value) : value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
}

// ------------------------------------------------------------------------------------ arrays

const unpacked = new WeakMap();

/**
 * Read an array as it comes from the model: its shape, and its float32 values as bytes.
 * @param {{shape: number[], data: DataView | ArrayBufferView}} packed
 * @returns {Tensor}
 */
export function unpack(packed) {
  if (!unpacked.has(packed)) {
    const { buffer, byteOffset, byteLength } = packed.data;
    const data = new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
    const count = packed.shape.reduce((product, length) => product * length, 1);
    if (data.length !== count) {
      throw new RangeError(`An array of shape ${packed.shape.join("×")} has ${count} numbers. ` +
        `Received: ${data.length}.`);
    }
    if (!data.every(Number.isFinite)) {
      throw new RangeError("An array must hold finite numbers. Received: NaN or infinity.");
    }
    unpacked.set(packed, { shape: [...packed.shape], data });
  }
  return unpacked.get(packed);
}

/** @type {(tensor: Tensor) => {shape: number[], data: DataView}} Undo `unpack`. */
export function pack({ shape, data }) {
  return { shape: [...shape], data: new DataView(Float32Array.from(data).buffer) };
}

/** @type {(tensor: Tensor, index: number) => Tensor} The part of an array at an index. */
export function part({ shape: [count, ...shape], data }, index) {
  const length = data.length / count;
  return { shape, data: data.subarray(index * length, (index + 1) * length) };
}

/** @type {(tensor: Tensor, channel: number) => Tensor} One channel of a volume, as a matrix. */
export function channelOf({ shape: [rows, columns, channels], data }, channel) {
  const map = Float32Array.from({ length: rows * columns }, (_, k) => data[k * channels + channel]);
  return { shape: [rows, columns], data: map };
}

// ----------------------------------------------------------------------- state in the address

/** @type {(value: any) => string} Write a value of the model for the address of the page. */
function encode(value) {
  if (value?.data) {
    const { shape, data } = unpack(value);
    const grey = data.length > 64 && data.every((v) => v >= 0 && v <= 1);
    const numbers = grey
      ? btoa(String.fromCharCode(...Array.from(data, (v) => Math.round(v * 255)))
          .replace(/\0{1,255}/g, ({ length }) => `\0${String.fromCharCode(length)}`)) // much paper
          .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
      : Array.from(data, (v) => String(Number(v.toPrecision(6)))).join(",");
    return `${shape.join("x")}${grey ? "~" : ":"}${numbers}`;
  }
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * Read what `encode` wrote, as the same kind of value as `example`.
 * @param {string} text
 * @param {any} example
 * @returns {any}
 */
function decode(text, example) {
  if (typeof example === "string") return text;
  const [, shape, form, numbers] = text.match(/^([\dx]+)([:~])(.*)$/) ?? [];
  if (form) {
    const data = form === ":"
      ? numbers.split(",").map(Number)
      : Array.from(atob(numbers.replaceAll("-", "+").replaceAll("_", "/"))
          .replace(/\0([^])/g, (_, length) => "\0".repeat(length.charCodeAt(0))),
          (byte) => byte.charCodeAt(0) / 255);
    const tensor = { shape: shape.split("x").map(Number), data: Float32Array.from(data) };
    const packed = pack(tensor);
    unpack(packed); // refuses what does not fit
    return packed;
  }
  const value = JSON.parse(text);
  const kinds = [value, example].map((v) => (Array.isArray(v) ? "list" : typeof v));
  if (example !== null && value !== null && kinds[0] !== kinds[1]) {
    throw new TypeError(`expected a ${kinds[1]}`);
  }
  return value;
}

// -------------------------------------------------------------------------------- the figure

let figures = 0;

/** One figure on the page: its root, its controls, what it says, and its life. */
export class Figure {
  /**
   * @param {{model: Model, el: HTMLElement, link?: Link}} context
   * @param {{kind: string, label: string, state: string[]}} about
   *     `label` says what the figure is; `state` names the values that a link keeps and that
   *     "Reset" restores.
   */
  constructor({ model, el, link }, { kind, label, state }) {
    this.model = model;
    this.link = link;
    this.state = state;
    this.id = `${kind}-${++figures}`;
    this.life = new AbortController(); // its signal ends every listener
    /** @type {(() => void)[]} */
    this.refreshers = [];
    /** @type {Record<string, (value: any) => string>} */
    this.checks = {};
    this.redraw = () => {}; // until it starts
    this.initial = Object.fromEntries(state.map((key) => [key, model.get(key)]));
    this.controls = h("div", { class: "lenet-controls" });
    this.stage = h("div", { class: "lenet-stage" });
    this.readout = h("p", { class: "lenet-readout", id: `${this.id}-readout`, "aria-live": "polite" });
    this.error = h("p", { class: "lenet-error", role: "alert", hidden: true });
    this.reset = h("button", { type: "button", class: "lenet-reset" }, "Reset");
    this.root = h(
      "figure",
      { class: "lenet-figure", "data-figure": kind, "aria-label": label },
      this.controls,
      this.stage,
      this.error,
      h("div", { class: "lenet-foot" }, this.readout, this.reset),
    );
    el.append(this.root);
    // JupyterLab asks what has the focus, and would delete the cell when D is pressed twice.
    this.listen(this.root, "focusin", ({ target }) =>
      target.setAttribute("data-lm-suppress-shortcuts", ""));
  }

  /**
   * Listen to an element for as long as the figure lives.
   * @param {EventTarget} target
   * @param {string} event
   * @param {(event: any) => void} callback
   */
  listen(target, event, callback) {
    target.addEventListener(event, callback, { signal: this.life.signal });
  }

  /** @type {(key: string) => any} */
  get(key) {
    return this.model.get(key);
  }

  /** @type {(key: string) => Tensor} */
  tensor(key) {
    return unpack(this.model.get(key));
  }

  /** @type {(values: Record<string, any>) => void} Change the state; the figure follows. */
  set(values) {
    for (const [key, value] of Object.entries(values)) this.model.set(key, value);
    this.model.save_changes();
  }

  /** @type {(text: string) => void} Say what the picture shows. */
  say(text) {
    if (this.readout.textContent !== text) this.readout.textContent = text;
  }

  /**
   * Draw now, and again after every change, until the returned function ends it.
   * @param {() => void} draw  Draws everything from the model; what it throws is shown.
   * @returns {() => void}
   */
  start(draw) {
    let asked = 0;
    let writing = 0;
    let notice = this.readLink();
    const now = () => {
      asked = 0;
      let problem = notice;
      try {
        for (const key of Object.keys(this.checks)) this.check(key, this.get(key));
        for (const refresh of this.refreshers) refresh();
        draw();
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
        this.say("");
      }
      this.error.textContent = problem;
      this.error.hidden = !problem;
      this.stage.classList.toggle("is-wrong", Boolean(problem) && problem !== notice);
    };
    const later = () => {
      asked ||= requestAnimationFrame(now);
    };
    this.redraw = later;
    const changed = () => {
      notice = "";
      later();
      clearTimeout(writing);
      writing = window.setTimeout(() => this.writeLink(), 250);
    };
    const size = new ResizeObserver(later);
    size.observe(this.stage);
    this.model.on("change", changed);
    this.listen(this.reset, "click", () => {
      this.set(this.initial);
      changed(); // also where only the link was wrong
    });
    if (this.link) {
      this.link.onchange = () => {
        notice = this.readLink();
        later();
      };
    }
    this.life.signal.addEventListener("abort", () => {
      cancelAnimationFrame(asked);
      clearTimeout(writing);
      size.disconnect();
      this.model.off("change", changed);
      if (this.link) this.link.onchange = null;
      this.root.remove();
    });
    now();
    return () => this.life.abort();
  }

  /**
   * Say what a value of the state may be: `check` returns what was expected, or an empty text.
   * @param {string} key
   * @param {(value: any) => string} check
   */
  require(key, check) {
    this.checks[key] = check;
  }

  /** @type {(key: string, value: any) => void} Throw unless the value is one that can be drawn. */
  check(key, value) {
    const expected = this.checks[key]?.(value);
    if (expected) throw new RangeError(`${key} must be ${expected}. Received: ${encode(value)}.`);
  }

  /** @type {() => string} Take the state from the page's address; say what cannot be read. */
  readLink() {
    const texts = Object.entries(this.link?.read() ?? {});
    if (!texts.length) return "";
    const values = { ...this.initial }; // a link names only what differs from it
    const problems = [];
    for (const [key, text] of texts) {
      try {
        if (!this.state.includes(key)) throw new TypeError("the figure has no such setting");
        const value = decode(text, this.initial[key]);
        this.check(key, value);
        values[key] = value;
      } catch {
        problems.push(`${key} = ${text.length > 40 ? `${text.slice(0, 40)}…` : text}`);
      }
    }
    this.set(values);
    if (!problems.length) return "";
    return `The link asks for something that this figure cannot show: ${problems.join("; ")}.`;
  }

  /** Put the state, where it differs from the first, into the page's address. */
  writeLink() {
    const texts = this.state.map((key) => [key, encode(this.get(key)), encode(this.initial[key])]);
    const changed = texts.filter(([, text, first]) => text !== first);
    this.link?.write(Object.fromEntries(changed));
  }

  // Controls: native elements with a label, bound to a value of the model.

  /**
   * @param {string} label
   * @param {HTMLElement} control
   * @param {...(Node | string)} more
   */
  labelled(label, control, ...more) {
    const id = `${this.id}-control-${this.controls.querySelectorAll("[id]").length}`;
    control.id = id;
    const box = h("span", { class: "lenet-control" }, h("label", { for: id }, label), control, ...more);
    this.controls.append(box);
    return control;
  }

  /**
   * A slider over whole or fractional numbers, with its value beside it.
   * @param {string} key
   * @param {{label: string, min: number, max: number, step?: number, digits?: number}} options
   */
  slider(key, { label, min, max, step = 1, digits = 2 }) {
    this.require(key, (value) =>
      Number.isFinite(value) && value >= min && value <= max && (step % 1 || value % 1 === 0)
        ? ""
        : `${step % 1 ? "a" : "a whole"} number from ${min} to ${max}`);
    const input = h("input", { type: "range", min, max, step });
    const output = h("output", {});
    this.listen(input, "input", () => this.set({ [key]: Number(input.value) }));
    this.refreshers.push(() => {
      input.value = String(this.get(key));
      output.textContent = format(this.get(key), digits);
    });
    return this.labelled(label, input, output);
  }

  /**
   * A choice among values; `pick` and `chosen` may turn an option into state and back.
   * @param {string} label
   * @param {string[]} options
   * @param {{chosen: () => string, pick: (option: string) => void}} binding
   *     What is chosen now (an unlisted text is shown as it is), and what a choice does.
   */
  select(label, options, { chosen, pick }) {
    const select = h("select", {}, ...options.map((text) => h("option", {}, text)));
    const own = h("option", { hidden: true });
    select.append(own);
    this.listen(select, "change", () => pick(select.value));
    this.refreshers.push(() => {
      const now = chosen();
      own.textContent = options.includes(now) ? "" : now;
      select.value = now;
    });
    return this.labelled(label, select);
  }

  /**
   * @param {string} key
   * @param {string} label
   */
  checkbox(key, label) {
    this.require(key, (value) => (typeof value === "boolean" ? "" : "true or false"));
    const input = h("input", { type: "checkbox" });
    this.listen(input, "change", () => this.set({ [key]: input.checked }));
    this.refreshers.push(() => {
      input.checked = this.get(key);
    });
    return this.labelled(label, input);
  }

  /**
   * @param {string} text
   * @param {() => void} action
   */
  button(text, action) {
    const button = h("button", { type: "button" }, text);
    this.listen(button, "click", action);
    this.controls.append(button);
    return button;
  }

  /**
   * A button that takes a step again and again, until `step` returns false or it is stopped.
   * @param {string} text
   * @param {number} pause  Milliseconds between steps.
   * @param {() => boolean} step
   */
  player(text, pause, step) {
    let timer = 0;
    const stop = () => {
      clearInterval(timer);
      timer = 0;
      button.textContent = text;
      this.readout.setAttribute("aria-live", "polite");
    };
    const button = this.button(text, () => {
      if (timer) return stop();
      button.textContent = "Pause";
      this.readout.setAttribute("aria-live", "off"); // a voice could not keep up
      timer = setInterval(() => step() || stop(), pause);
    });
    this.life.signal.addEventListener("abort", stop);
    return button;
  }

  /** @type {(options: MapOptions) => CellMap} Add a map of cells. */
  map(options) {
    return new CellMap(this, options);
  }
}

// --------------------------------------------------------------------------------------- maps

const SIGNED = ["#004b7a", "#2383bd", "#8fc3e3", "#ffffff", "#f5b58a", "#dc6a1a", "#963f00"].map(
  (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16)),
);

/**
 * The colour of a value: blue below zero, white at zero, orange-red above, as in every picture.
 * @param {number} value
 * @param {number} most  The size of the value that takes the strongest colour.
 * @returns {number[]} Red, green and blue, 0 to 255.
 */
export function signedColor(value, most) {
  const place = (Math.max(-1, Math.min(1, most ? value / most : 0)) + 1) * 3;
  const k = Math.min(5, Math.floor(place));
  return SIGNED[k].map((low, c) => low + (place - k) * (SIGNED[k + 1][c] - low));
}

/** @type {(value: number, most?: number) => number[]} Dark ink for 1, white paper for 0. */
export function inkColor(value, most = 1) {
  const grey = 255 * (1 - Math.max(0, Math.min(1, value / most)));
  return [grey, grey, grey];
}

/**
 * @typedef {{
 *   label: string,
 *   onselect?: (row: number, column: number) => void,
 *   ondraw?: (row: number, column: number, first: boolean) => void,
 * }} MapOptions
 *     With `onselect` cells are chosen by pointing, tapping and the arrow keys. With `ondraw` the
 *     pointer draws; rows and columns are then fractions of cells. With both, `drawing` decides.
 * @typedef {{
 *   color?: (value: number, index: number) => number[],
 *   cursor?: [number, number] | null,
 *   windows?: (Window & {color?: string})[],
 *   values?: boolean,
 *   padding?: number,
 * }} MapView
 *     `cursor`: the chosen cell. `windows`: what is outlined. `values`: write the numbers into
 *     cells that have room. `padding`: empty cells drawn around the matrix.
 */

/** @type {(key: string, at: [number, number], map: {rows: number, columns: number}) => [number, number] | null} */
function moved(key, [row, column], { rows, columns }) {
  /** @type {Record<string, [number, number]>} */
  const moves = {
    ArrowUp: [Math.max(0, row - 1), column],
    ArrowDown: [Math.min(rows - 1, row + 1), column],
    ArrowLeft: [row, Math.max(0, column - 1)],
    ArrowRight: [row, Math.min(columns - 1, column + 1)],
    Home: [row, 0],
    End: [row, columns - 1],
    PageUp: [0, column],
    PageDown: [rows - 1, column],
  };
  return moves[key] ?? null;
}

/** A matrix drawn as cells on a canvas, which a reader can point at or walk through by keys. */
export class CellMap {
  /**
   * @param {Figure} figure
   * @param {MapOptions} options
   */
  constructor(figure, { label, onselect, ondraw }) {
    this.figure = figure;
    this.rows = this.columns = 1;
    this.padding = 0;
    /** @type {[number, number] | null} */
    this.cursor = null;
    const active = Boolean(onselect || ondraw);
    this.canvas = h("canvas", {
      class: "lenet-map",
      role: active ? "application" : "img",
      "aria-label": label,
      tabindex: active ? 0 : null,
    });
    this.draws = false;
    /** @type {{at: [number, number], down: boolean} | null} Where the pen is that keys move. */
    this.pen = null;
    this.caption = h("p", { class: "lenet-caption" });
    this.element = h("div", { class: "lenet-map-box" }, this.caption, this.canvas);
    if (onselect) this.selectBy(onselect);
    if (ondraw) this.drawBy(ondraw);
    this.drawing = Boolean(ondraw && !onselect);
  }

  /** @type {(event: PointerEvent) => [number, number]} Where an event is, in cells. */
  place(event) {
    const box = this.canvas.getBoundingClientRect();
    const all = [this.rows + 2 * this.padding, this.columns + 2 * this.padding];
    return [
      ((event.clientY - box.top) / box.height) * all[0] - this.padding,
      ((event.clientX - box.left) / box.width) * all[1] - this.padding,
    ];
  }

  /** @param {(row: number, column: number) => void} onselect */
  selectBy(onselect) {
    /** @type {(row: number, column: number) => void} */
    const select = (row, column) => {
      row = Math.max(0, Math.min(this.rows - 1, row));
      column = Math.max(0, Math.min(this.columns - 1, column));
      if (this.cursor?.[0] === row && this.cursor?.[1] === column) return;
      this.cursor = [row, column]; // at once: the next key may come before the next drawing
      onselect(row, column);
    };
    const point = (/** @type {PointerEvent} */ event) => {
      if (this.drawing) return;
      const [row, column] = this.place(event);
      select(Math.floor(row), Math.floor(column));
    };
    this.figure.listen(this.canvas, "pointermove", point);
    this.figure.listen(this.canvas, "pointerdown", point);
    this.figure.listen(this.canvas, "keydown", (event) => {
      const next = this.drawing ? null : moved(event.key, this.cursor ?? [0, 0], this);
      if (!next) return;
      event.preventDefault();
      select(...next);
    });
  }

  /**
   * The pointer draws while it is held down. By keys, the arrows move the pen, and the space bar
   * puts it on the paper and lifts it.
   * @param {(row: number, column: number, first: boolean) => void} ondraw
   */
  drawBy(ondraw) {
    this.figure.listen(this.canvas, "pointerdown", (event) => {
      if (!this.drawing) return;
      event.preventDefault();
      this.canvas.focus({ preventScroll: true });
      this.canvas.setPointerCapture(event.pointerId);
      this.pen = null;
      ondraw(...this.place(event), true);
    });
    this.figure.listen(this.canvas, "pointermove", (event) => {
      if (!this.drawing || !this.canvas.hasPointerCapture(event.pointerId)) return;
      const between = event.getCoalescedEvents?.() ?? [];
      for (const point of between.length ? between : [event]) ondraw(...this.place(point), false);
    });
    this.figure.listen(this.canvas, "keydown", (event) => {
      if (!this.drawing) return;
      const here = this.pen ?? { at: [this.rows >> 1, this.columns >> 1], down: false };
      const next = moved(event.key, here.at, this);
      if (!next && event.key !== " ") return;
      event.preventDefault();
      this.pen = next ? { at: next, down: here.down } : { at: here.at, down: !here.down };
      const [row, column] = this.pen.at;
      if (this.pen.down) ondraw(row + 0.5, column + 0.5, !here.down);
      else this.figure.redraw();
    });
  }

  /** @param {boolean} drawing  Whether the pointer and the keys draw; otherwise they choose. */
  set drawing(drawing) {
    this.canvas.style.touchAction = drawing ? "none" : ""; // a finger draws instead of scrolling
    this.draws = drawing;
  }

  get drawing() {
    return this.draws;
  }

  /**
   * Draw a matrix.
   * @param {Tensor} matrix  `[rows, columns]`, or `[rows, columns, 3]` in colours, 0 to 1.
   * @param {MapView} [view]
   */
  show({ shape: [rows, columns, channels = 1], data }, view = {}) {
    const { color = (value) => inkColor(value), cursor = null, windows = [], values = false, padding = 0 } = view;
    Object.assign(this, { rows, columns, cursor, padding });
    const all = { rows: rows + 2 * padding, columns: columns + 2 * padding };
    this.canvas.dataset.rows = String(rows);
    this.canvas.dataset.columns = String(columns);
    this.canvas.dataset.padding = String(padding);
    this.canvas.style.aspectRatio = `${all.columns} / ${all.rows}`;
    const scale = window.devicePixelRatio || 1;
    const width = this.canvas.clientWidth;
    if (!width) return;
    // A whole number of device pixels for each cell keeps the cells' edges sharp.
    const cell = Math.max(1, Math.round((width * scale) / all.columns));
    this.canvas.width = cell * all.columns;
    this.canvas.height = cell * all.rows;
    const pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
    const room = values && cell / scale >= 21;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const k = row * columns + column;
        const rgb = channels === 3
          ? [0, 1, 2].map((c) => 255 * data[3 * k + c])
          : color(data[k], k);
        const [left, top] = [(column + padding) * cell, (row + padding) * cell];
        pen.fillStyle = `rgb(${rgb.map(Math.round).join(" ")})`;
        pen.fillRect(left, top, cell, cell);
        if (room) this.write(pen, data[k], rgb, left + cell / 2, top + cell / 2, cell);
      }
    }
    if (cell / scale >= 7) this.rule(pen, cell, all, scale);
    if (padding) {
      pen.fillStyle = "rgb(128 140 150 / 0.28)";
      const inner = [padding * cell, columns * cell, rows * cell];
      pen.beginPath();
      pen.rect(0, 0, this.canvas.width, this.canvas.height);
      pen.rect(inner[0], inner[0], inner[1], inner[2]);
      pen.fill("evenodd");
    }
    for (const { top, left, bottom, right, color: line = "#009E73" } of windows) {
      pen.strokeStyle = line;
      pen.lineWidth = 2.5 * scale;
      const inset = pen.lineWidth / 2;
      pen.strokeRect(
        (left + padding) * cell + inset,
        (top + padding) * cell + inset,
        (right - left) * cell - 2 * inset,
        (bottom - top) * cell - 2 * inset,
      );
    }
    if (this.drawing && this.pen) {
      const [row, column] = this.pen.at.map((place) => (place + padding + 0.5) * cell);
      pen.beginPath();
      pen.arc(column, row, cell * 1.2, 0, 2 * Math.PI);
      pen.lineWidth = (this.pen.down ? 3 : 1.5) * scale;
      pen.strokeStyle = "#009E73";
      pen.stroke();
    }
  }

  /** @type {(pen: CanvasRenderingContext2D, value: number, rgb: number[], x: number, y: number, cell: number) => void} */
  write(pen, value, rgb, x, y, cell) {
    const text = format(value);
    const most = 28 * (window.devicePixelRatio || 1);
    const size = Math.round(Math.min(cell * 0.42, (cell * 1.45) / text.length, most));
    pen.font = `${size}px system-ui, sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillStyle = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] > 140 ? "#222" : "#fff";
    pen.fillText(text, x, y);
  }

  /** @type {(pen: CanvasRenderingContext2D, cell: number, all: {rows: number, columns: number}, scale: number) => void} */
  rule(pen, cell, all, scale) {
    pen.fillStyle = "rgb(90 90 90 / 0.2)";
    const line = Math.max(1, Math.round(scale / 2));
    for (let k = 1; k < all.columns; k++) pen.fillRect(k * cell, 0, line, this.canvas.height);
    for (let k = 1; k < all.rows; k++) pen.fillRect(0, k * cell, this.canvas.width, line);
  }
}
