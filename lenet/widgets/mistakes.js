// What a network reads wrong: thumbnails to choose from, and one mistake seen from inside.

import { tensor } from "./numerics.js";
import { Figure, h, inkColor, part } from "./figure.js";
import { Bars, NetworkView, networkFrom, percent } from "./network_view.js";

const ANY = "any";

/** @type {(context: any) => () => void} */
function render(context) {
  const figure = new Figure(context, {
    kind: "mistakes",
    label: "Mistakes: what the network reads wrong",
    state: ["pair", "selected"],
  });
  /** @type {number[][]} */
  const [indices, labels, doubted] = ["indices", "labels", "doubted"].map(figure.get, figure);
  const probabilities = indices.length ? figure.tensor("probabilities") : tensor([0, 0]);
  const answers = indices.map((_, k) => part(probabilities, k).data);
  const reads = answers.map((p) => p.indexOf(Math.max(...p)));
  const images = unpackBytes(figure.get("images"));
  const network = figure.get("layers").length
    ? networkFrom(figure.get("input_shape"), figure.get("layers"))
    : null;

  figure.require("pair", (pair) =>
    pair.length === 2 && pair.every((/** @type {any} */ k) => k === null || k >= 0)
      ? ""
      : "a label and an answer, or null for any");
  figure.require("selected", (selected) =>
    indices.includes(selected) || !indices.length ? "" : "the number of an image that is misread");

  // Controls

  const isShown = (/** @type {number} */ k, pair = figure.get("pair")) =>
    [labels[k], reads[k]].every((one, side) => pair[side] === null || pair[side] === one);
  /** @type {(pair: (number | null)[]) => void} */
  const choosePair = (pair) => {
    const shown = indices.filter((_, k) => isShown(k, pair));
    const selected = figure.get("selected");
    figure.set({
      pair,
      selected: shown.includes(selected) || !shown.length ? selected : shown[0],
    });
  };
  for (const [side, name] of ["Label", "Read as"].entries()) {
    const found = [...new Set([labels, reads][side])].sort((a, b) => a - b).map(String);
    figure.select(name, [ANY, ...found], {
      chosen: () => String(figure.get("pair")[side] ?? ANY),
      pick: (option) => choosePair(
        figure.get("pair").map((/** @type {number | null} */ one, /** @type {number} */ k) =>
          k !== side ? one : option === ANY ? null : Number(option)),
      ),
    });
  }

  // Thumbnails

  const thumbs = indices.map((index, k) => {
    const star = doubted.includes(index);
    const canvas = h("canvas", {});
    paintThumb(canvas, part(images, k));
    return h(
      "div",
      {
        class: star ? "lenet-thumb is-doubted" : "lenet-thumb",
        role: "option",
        id: `${figure.id}-${index}`,
        "aria-label": `image ${index}: label ${labels[k]}, read as ${reads[k]}` +
          `${star ? ", label doubted" : ""}`,
      },
      canvas,
      `${labels[k]}→${reads[k]}${star ? "★" : ""}`,
    );
  });
  const list = h("div", {
    class: "lenet-thumbs",
    role: "listbox",
    tabindex: 0,
    "aria-label": "Mistakes. The arrow keys choose one.",
  }, ...thumbs);
  const choose = (/** @type {any} */ thumb) => {
    if (thumb) figure.set({ selected: indices[thumbs.indexOf(thumb)] });
  };
  figure.listen(list, "click", (event) => choose(event.target.closest(".lenet-thumb")));
  figure.listen(list, "keydown", (event) => {
    const shown = thumbs.filter((thumb) => !thumb.hidden);
    const across = shown.filter((thumb) => thumb.offsetTop === shown[0].offsetTop).length;
    const at = shown.findIndex((thumb) => thumb.getAttribute("aria-selected") === "true");
    /** @type {Record<string, number>} */
    const places = {
      ArrowLeft: Math.max(0, at - 1),
      ArrowRight: Math.min(shown.length - 1, at + 1),
      ArrowUp: at - across < 0 ? at : at - across,
      ArrowDown: at + across < shown.length ? at + across : at,
      Home: 0,
      End: shown.length - 1,
    };
    if (!(event.key in places)) return;
    event.preventDefault();
    choose(shown[places[event.key]]);
  });

  // The chosen one

  const title = h("p", { class: "lenet-caption" });
  const large = figure.map({ label: "The misread image" });
  const inside = network ? new NetworkView(figure) : null;
  const bars = inside
    ? null
    : new Bars(figure, { name: "answer", units: probabilities.shape[1] });
  figure.stage.classList.add("lenet-mistakes");
  figure.stage.append(
    h("div", {}, title, list),
    large.element,
    h("div", { class: "lenet-inside" }, (inside ?? bars)?.element ?? ""),
  );

  return figure.start(() => {
    const pair = figure.get("pair");
    const k = indices.indexOf(figure.get("selected"));
    for (const [j, thumb] of thumbs.entries()) {
      thumb.hidden = !isShown(j, pair);
      thumb.setAttribute("aria-selected", String(j === k));
    }
    const shown = thumbs.filter((thumb) => !thumb.hidden).length;
    const count = figure.get("count");
    title.innerHTML = `<strong>${shown}</strong> of ${count} mistakes` +
      (count > indices.length ? `; the ${indices.length} most confident are here` : "");
    if (k < 0) {
      figure.say("The network made no mistake.");
      return;
    }
    if (thumbs[k].hidden) list.removeAttribute("aria-activedescendant");
    else {
      list.setAttribute("aria-activedescendant", thumbs[k].id);
      keepInView(list, thumbs[k]);
    }

    const image = part(images, k);
    large.caption.innerHTML = `image <strong>${indices[k]}</strong>`;
    const { shape, data } = image;
    large.show({ shape: shape[2] === 3 ? shape : shape.slice(0, 2), data }, {
      color: (value) => inkColor(value - images.low, images.high - images.low),
    });
    // The outlined bar is that of the label.
    if (inside && network) {
      const last = network.layers[network.layers.length - 1].name;
      inside.show(network, network.forward(image), [last, 0, 0, labels[k]]);
    } else bars?.show({ shape: [answers[k].length], data: answers[k] }, [0, 0, labels[k]]);
    figure.say(
      `Image ${indices[k]}, label ${labels[k]}, is read as ${reads[k]}: ` +
      `${percent(answers[k][reads[k]])} for ${reads[k]}, ` +
      `${percent(answers[k][labels[k]])} for ${labels[k]}.` +
      `${doubted.includes(indices[k]) ? " The label is doubted (★)." : ""}`,
    );
  });
}

/**
 * Turn the bytes of images back into what the network takes.
 * @param {{shape: number[], low: number, high: number, data: DataView}} packed
 */
function unpackBytes({ shape, low, high, data: { buffer, byteOffset, byteLength } }) {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  const data = Float32Array.from(bytes, (byte) => low + (byte / 255) * (high - low));
  return { shape, low, high, data };
}

/** @type {(canvas: HTMLCanvasElement, image: any) => void} Draw an image, a pixel for a pixel. */
function paintThumb(canvas, { shape: [rows, columns, channels], data }) {
  Object.assign(canvas, { width: columns, height: rows });
  const pixels = new ImageData(columns, rows);
  const [low, high] = [Math.min(...data), Math.max(...data)];
  for (let k = 0; k < rows * columns; k++) {
    const grey = inkColor(data[k] - low, high - low || 1);
    const rgb = channels === 3 ? [0, 1, 2].map((c) => 255 * data[3 * k + c]) : grey;
    pixels.data.set([...rgb, 255], 4 * k);
  }
  canvas.getContext("2d")?.putImageData(pixels, 0, 0);
}

/** @type {(list: HTMLElement, item: HTMLElement) => void} Scroll the list, but not the page. */
function keepInView(list, item) {
  const [box, { top, bottom }] = [list.getBoundingClientRect(), item.getBoundingClientRect()];
  if (top < box.top) list.scrollTop -= box.top - top + 4;
  if (bottom > box.bottom) list.scrollTop += bottom - box.bottom + 4;
}

export default { render };
