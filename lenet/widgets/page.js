// Brings the figures of a built page to life. No Python runs here: each figure's state is in the
// page, where the build put it, and its front end is the same ES module that runs in Jupyter.
//
// This is a classic script and the modules are loaded from blobs, because a browser loads no
// module from a page that was opened from disk.

(() => {
  /**
   * @typedef {{state: Record<string, any>, buffers?: {path: string[], data: string}[]}} Embedded
   *     One figure's state, as the build wrote it: binary parts apart.
   * @typedef {{state: Record<string, Embedded>, files: string[]}} Book
   * @typedef {import("./figure.js").Link} Link
   */

  /** A figure's state, as the front end of an anywidget sees it. */
  class Model {
    #state;
    /** @type {Map<string, Set<() => void>>} */
    #listeners = new Map();

    /** @param {Record<string, any>} state */
    constructor(state) {
      this.#state = state;
    }

    /** @type {(key: string) => any} */
    get(key) {
      return this.#state[key];
    }

    /** @type {(key: string, value: any) => void} */
    set(key, value) {
      if (this.#state[key] === value) return;
      this.#state[key] = value;
      for (const event of [`change:${key}`, "change"]) {
        for (const callback of [...(this.#listeners.get(event) ?? [])]) callback();
      }
    }

    save_changes() {} // nobody else to tell

    send() {}

    /** @type {(event: string, callback: () => void) => void} */
    on(event, callback) {
      this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(callback));
    }

    /** @type {(event: string, callback: () => void) => void} */
    off(event, callback) {
      this.#listeners.get(event)?.delete(callback);
    }
  }

  /** The state in the page's address: `#convolution.padding=1&softmax-2.temperature=0.5`. */
  const address = {
    read() {
      return new Map(
        location.hash
          .slice(1)
          .split("&")
          .filter((item) => /^[\w-]+\.\w+=/.test(item))
          .map((item) => [item.slice(0, item.indexOf("=")), item.slice(item.indexOf("=") + 1)]),
      );
    },
    /** @type {(name: string) => Link} The part of the address that belongs to one figure. */
    link(name) {
      return {
        read() {
          /** @type {Record<string, string>} */
          const own = {};
          for (const [key, text] of address.read()) {
            if (!key.startsWith(`${name}.`)) continue;
            try {
              own[key.slice(name.length + 1)] = decodeURIComponent(text);
            } catch {
              own[key.slice(name.length + 1)] = text; // a stray % sign: let the figure refuse it
            }
          }
          return own;
        },
        write(values) {
          const all = [...address.read()].filter(([key]) => !key.startsWith(`${name}.`));
          for (const [key, text] of Object.entries(values)) {
            all.push([`${name}.${key}`, encodeURIComponent(text).replaceAll("%2C", ",")]);
          }
          if (!all.length && !address.read().size) return; // leave a link to a heading alone
          history.replaceState(null, "", `#${all.map((item) => item.join("=")).join("&")}`);
        },
        onchange: null,
      };
    },
  };

  /** @type {Map<string, Link>} */
  const links = new Map();
  /** @type {Map<string, Model>} A figure that is shown twice has one state, as in Jupyter. */
  const models = new Map();
  /** @type {Map<string, Promise<any>>} */
  const modules = new Map();

  /** @type {(source: string) => Promise<any> | undefined} Load a front end, once for all. */
  function load(source) {
    if (!modules.has(source)) {
      const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
      modules.set(source, import(url).finally(() => URL.revokeObjectURL(url)));
    }
    return modules.get(source);
  }

  /** @type {(figure: Embedded) => Record<string, any>} Put the binary parts back in place. */
  function restore({ state, buffers = [] }) {
    for (const { path, data } of buffers) {
      const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
      const owner = path.slice(0, -1).reduce((part, key) => part[key], state);
      owner[path[path.length - 1]] = new DataView(bytes.buffer);
    }
    return state;
  }

  /**
   * Replace the still picture in `place` by the living figure.
   * @param {HTMLElement} place
   * @param {Book} book
   * @param {Link} link
   */
  async function mount(place, { state, files }, link) {
    const id = place.dataset.model ?? "";
    const el = document.createElement("div");
    el.className = "lenet-live";
    try {
      if (!models.has(id)) models.set(id, new Model(restore(state[id])));
      const context = { model: models.get(id), el, link };
      const { default: widget } = await load(
        state[id].state._esm.map((/** @type {number} */ k) => files[k]).join(""),
      );
      place.append(el);
      place.classList.add("is-live");
      await widget.initialize?.(context);
      await widget.render(context);
    } catch (error) {
      place.classList.remove("is-live");
      el.className = "lenet-error";
      el.setAttribute("role", "alert");
      el.textContent = `This figure could not start, so you see a picture of it. (${error})`;
      place.append(el);
    }
  }

  async function start() {
    const embedded = document.querySelector('script[type$="widget-state+json"]');
    const places = [.../** @type {NodeListOf<HTMLElement>} */ (
      document.querySelectorAll(".lenet-place")
    )];
    if (!embedded || !places.length) return;
    const book = JSON.parse(embedded.textContent);
    /** @type {Record<string, number>} */
    const counts = {};
    const mounted = places.map((place) => {
      const { figure = "" } = place.dataset;
      counts[figure] = (counts[figure] ?? 0) + 1;
      const name = counts[figure] > 1 ? `${figure}-${counts[figure]}` : figure;
      place.id ||= `figure-${name}`; // a heading may have the bare name
      const link = address.link(name);
      links.set(name, link);
      return mount(place, book, link);
    });
    window.addEventListener("hashchange", () => {
      for (const link of links.values()) link.onchange?.();
      show();
    });
    await Promise.all(mounted);
    show();
  }

  /** Bring the first figure that the address names into view. */
  function show() {
    const [first] = address.read().keys();
    document.getElementById(`figure-${first?.split(".")[0]}`)?.scrollIntoView({ block: "center" });
  }

  start();
})();
