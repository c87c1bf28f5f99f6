// Scores become probabilities: exponentials, their sum, the loss, and its gradient.

import { softmax } from "./numerics.js";
import { Figure, h, pack, unpack } from "./figure.js";

const LARGEST_LOGIT = 1000;

/** @type {(context: any) => () => void} */
function render(context) {
  const figure = new Figure(context, {
    kind: "softmax",
    label: "Softmax: scores become probabilities",
    state: ["logits", "temperature", "label"],
  });
  const count = () => figure.get("classes").length;
  figure.require("logits", (value) => {
    const { shape, data } = unpack(value);
    const fits = String(shape) === String([count()]);
    return fits && data.every((z) => Math.abs(z) <= LARGEST_LOGIT)
      ? ""
      : `${count()} numbers from −${LARGEST_LOGIT} to ${LARGEST_LOGIT}`;
  });
  figure.require("label", (value) =>
    Number.isInteger(value) && value >= 0 && value < count() ? "" : `0 to ${count() - 1}`);

  // Controls

  /** @type {(change: (z: number, k: number) => number) => void} */
  const setLogits = (change) => {
    const { shape, data } = figure.tensor("logits");
    const limited = data.map((z, k) =>
      Math.max(-LARGEST_LOGIT, Math.min(LARGEST_LOGIT, change(z, k))));
    figure.set({ logits: pack({ shape, data: limited }) });
  };
  figure.slider("temperature", { label: "Temperature T", min: 0.1, max: 5, step: 0.1, digits: 1 });
  figure.button("All + 10", () => setLogits((z) => z + 10));
  figure.button("All − 10", () => setLogits((z) => z - 10));

  // The table: a row for each class

  const body = h("tbody");
  const power = h("th", { scope: "col" });
  const sums = ["td", "td", "td"].map((tag) => h(tag));
  const heads = ["label", "logit z", power, "p", "p − y"];
  const table = h(
    "table",
    {},
    h("thead", {}, h("tr", {}, ...heads.map((head) =>
      typeof head === "string" ? h("th", { scope: "col" }, head) : head))),
    body,
    h("tfoot", {}, h("tr", {}, h("th", { scope: "row" }, "sum"), h("td"), ...sums)),
  );
  const lossLine = h("p", { class: "lenet-loss" });
  const hint = h("p", { class: "lenet-hint" });
  figure.stage.classList.add("lenet-softmax");
  figure.stage.append(table, lossLine, hint);

  /** @type {ReturnType<typeof rowOf>[]} */
  let rows = [];
  const rowOf = (/** @type {string} */ name, /** @type {number} */ k) => {
    const right = h("input", { type: "radio", name: `${figure.id}-label`, value: k });
    const slider = h("input", { type: "range", step: 0.1, "aria-label": `Logit of ${name}` });
    const [z, e] = [h("output"), h("td")];
    const bars = ["p", "d"].map((kind) => {
      const [bar, value] = [h("i"), h("span")];
      const track = h("span", { class: `lenet-share lenet-share-${kind}` }, bar);
      return { bar, value, cell: h("td", {}, h("span", {}, track, value)) };
    });
    const row = h(
      "tr",
      {},
      h("th", { scope: "row" }, h("label", {}, right, h("span", {}, name))),
      h("td", {}, h("span", {}, slider, z)),
      e,
      ...bars.map(({ cell }) => cell),
    );
    figure.listen(right, "change", () => figure.set({ label: k }));
    figure.listen(slider, "input", () =>
      setLogits((old, index) => (index === k ? Number(slider.value) : old)));
    return { name, row, right, slider, z, e, bars };
  };

  let reach = 10; // of the sliders; grows when logits come from elsewhere

  return figure.start(() => {
    const { data } = figure.tensor("logits");
    const [T, label, names] = ["temperature", "label", "classes"].map((key) => figure.get(key));
    if (String(names) !== String(rows.map(({ name }) => name))) {
      rows = names.map(rowOf);
      body.replaceChildren(...rows.map(({ row }) => row));
    }
    const z = Array.from(data);
    const largest = Math.max(...z);
    const plain = Math.fround(Math.exp(largest / T)); // as a float32, as in a network
    const shift = plain > 0 && plain < Infinity ? 0 : largest;
    const e = z.map((value) => Math.exp((value - shift) / T));
    const total = sum(e);
    const p = Array.from(softmax({ shape: [z.length], data }, T).data);
    const error = p.map((value, k) => value - Number(k === label));
    // From the logits: a probability may be too small for a float32, its logarithm is not.
    const exponents = z.map((value) => (value - largest) / T);
    const loss = Math.log(sum(exponents.map(Math.exp))) - exponents[label];

    const widest = Math.max(reach, ...z.map(Math.abs));
    reach = [10, 20, 50, 100, 200, 500].find((limit) => limit >= widest) ?? LARGEST_LOGIT;
    for (const [k, row] of rows.entries()) {
      row.right.checked = k === label;
      Object.assign(row.slider, { min: -reach, max: reach, value: z[k] });
      row.z.textContent = z[k].toFixed(Math.abs(z[k]) < 100 ? 2 : 0).replace("-", "−");
      row.e.textContent = readable(e[k]);
      for (const [which, value] of [p[k], error[k]].entries()) {
        const { bar, value: text } = row.bars[which];
        bar.style.setProperty("--size", String(Math.abs(value)));
        bar.classList.toggle("is-negative", value < 0);
        text.textContent = readable(value, 0); // no more, so that all bars have the same room
      }
    }
    const off = readable(Math.abs(shift)).replace(/\.0+$/, "");
    power.innerHTML = `e<sup>${shift ? `(z ${shift < 0 ? "+" : "−"} ${off})` : "z"}${
      T === 1 ? "" : " / T"}</sup>`;
    // The probabilities are float32 numbers, so that the last sum is only nearly zero.
    const totals = [total, sum(p), Math.round(sum(error) * 1e5) / 1e5];
    for (const [k, value] of totals.entries()) sums[k].textContent = readable(value);
    const [most, name] = [Math.max(...p), names[label]];
    lossLine.textContent = `loss = −ln p(${name}) = ${readable(loss)}`;
    hint.innerHTML = shift
      ? `e<sup>${readable(largest / T).replace(/\.0+$/, "")}</sup> ${
        shift > 0 ? "does not fit into a float32" : "is zero as a float32"
      }: the largest logit is subtracted from all first. No probability changes.`
      : `The gradient of the loss with respect to the logits is ${T === 1
        ? "p − y, the last column."
        : `(p − y) / T: the last column divided by ${T.toFixed(1)}.`}`;
    const price = `the loss −ln p is ${readable(loss)}.`;
    figure.say(p[label] === most
      ? `The label, ${name}, has the largest p, ${readable(most)}: ${price}`
      : `Largest: ${names[p.indexOf(most)]}, p = ${readable(most)}. ` +
        `The label, ${name}, has p = ${readable(p[label])}: ${price}`);
  });
}

/** @type {(values: number[]) => number} */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

/**
 * Write a number of any size: 0.368, 10.48, −148.4, 2.7·10⁴³.
 * @param {number} value
 * @param {number} [digits]  After the point, where a power of ten follows.
 */
function readable(value, digits = 1) {
  if (!value) return "0";
  const size = Math.abs(value);
  const sign = value < 0 ? "−" : "";
  const order = Math.floor(Math.log10(size));
  if (size >= 0.0005 && order < 5) {
    return sign + size.toFixed(Math.max(0, Math.min(3, 3 - order)));
  }
  const [leading, exponent] = size.toExponential(digits).split("e");
  const raised = Array.from(exponent.replace("+", ""), (c) =>
    (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(c)])).join("");
  return `${sign}${leading}·10${raised}`;
}

export default { render };
