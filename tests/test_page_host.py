"""`page.js`, which brings a page's figures to life: links, damaged state, two of a kind, leaks."""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import FIGURES
from playwright.sync_api import Browser, Locator, Page
from test_figures import SNAPSHOT, controls, figures, own_state, settle, snapshot, use

KINDS = {kind: page for page in reversed(FIGURES) for kind in FIGURES[page]}
"""Each kind of figure, and a page that shows it."""

STATE = re.compile(r'(?<=widget-state\+json">).*?(?=</script>)', re.DOTALL)
PLACE = '<div class="lenet-place" data-figure="{}" data-model="(\\w+)">.*?</div>'


def place_of(kind: str, text: str) -> re.Match[str]:
    match = re.search(PLACE.format(kind), text, re.DOTALL)
    assert match
    return match


def with_twin(
    kind: str, change: Callable[[dict[str, Any], dict[str, Any]], object] = lambda *_: None
) -> Callable[[str], str]:
    """Put a second figure of the kind behind the first, and change the first one's state."""

    def edit(text: str) -> str:
        place, state = place_of(kind, text), STATE.search(text)
        book = json.loads(state[0])
        book["state"]["twin"] = deepcopy(book["state"][place[1]])
        change(book["state"][place[1]], book)
        twin = place[0].replace(place[1], "twin")
        text = text.replace(state[0], json.dumps(book).replace("</", "<\\/"))
        return text.replace(place[0], place[0] + twin)

    return edit


def place_at(page: Page, kind: str, index: int) -> Locator:
    return page.locator(f'.lenet-place[data-figure="{kind}"]').nth(index)


def all_well_but(page: Page, broken: Locator) -> None:
    """Check that every figure lives and has no complaint, but for the one in this place."""
    for place in page.locator(".lenet-place").all():
        if place.evaluate("(place, broken) => place === broken", broken.element_handle()):
            continue
        assert place.locator(".lenet-readout").inner_text() != ""
        assert not place.locator(".lenet-error").is_visible()
        assert not place.locator(".lenet-still").is_visible()


# Two of a kind


@pytest.mark.parametrize("kind", KINDS)
def test_two_of_a_kind_leave_each_other_alone(visit: Any, kind: str) -> None:
    def visit_twins(state: str = "") -> tuple[Page, list[str], Locator, Locator]:
        page, problems = visit(KINDS[kind], edit=with_twin(kind), state=state)
        figures(page, len(FIGURES[KINDS[kind]]) + 1)
        roots = [place_at(page, kind, k).locator(".lenet-figure") for k in (0, 1)]
        return page, problems, *roots

    page, problems, one, other = visit_twins()
    ids = page.evaluate("[...document.querySelectorAll('.lenet-place [id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    first = snapshot(one)
    for control in controls(other):
        use(control)
    other.locator(".lenet-reset").focus()
    used = snapshot(other)
    assert snapshot(one) == first
    assert used["says"] != first["says"]
    assert own_state(page, kind) == []
    assert own_state(page, f"{kind}-2")

    use(controls(one)[0])
    assert own_state(page, kind)
    page, _, one, other = visit_twins(state="&".join(own_state(page, f"{kind}-2")))
    assert snapshot(one) == first
    assert snapshot(other)["says"] == used["says"]
    assert problems == []


def test_a_figure_that_is_shown_twice_has_one_state(visit: Any) -> None:
    def edit(text: str) -> str:
        place = place_of("convolution", text)[0]
        return text.replace(place, place + place)

    page, problems = visit(KINDS["convolution"], edit=edit)
    figures(page, len(FIGURES[KINDS["convolution"]]) + 1)
    one, other = (place_at(page, "convolution", k).locator(".lenet-figure") for k in (0, 1))
    for root in (other, one):
        use(controls(root)[0])
        assert snapshot(one)["says"] == snapshot(other)["says"]
        assert snapshot(one)["values"] == snapshot(other)["values"]
    assert problems == []


# Links


IN_VIEW = """(element) => {
  const { top, bottom } = element.getBoundingClientRect();
  return top < innerHeight && bottom > 0;
}"""


@pytest.fixture
def convolution(open_figure: Any) -> Callable[..., Any]:
    """Open the convolution figure with a state in the link."""
    return lambda state: open_figure(KINDS["convolution"], "convolution", state=state)


def test_a_link_to_a_section_is_left_alone(visit: Any) -> None:
    page, _ = visit(KINDS["convolution"])
    heading = page.locator("article section section").last.get_attribute("id")
    page, _ = visit(KINDS["convolution"], state=heading)
    figures(page, len(FIGURES[KINDS["convolution"]]))
    settle(page)
    assert page.locator(f"#{heading}").evaluate(IN_VIEW)
    page.locator(".lenet-reset").first.press("Enter")
    page.wait_for_timeout(400)
    assert page.url.endswith(f"#{heading}")


@pytest.mark.parametrize("name", FIGURES)
def test_a_link_shows_its_figure(visit: Any, name: str) -> None:
    page, _ = visit(name, state=f"{FIGURES[name][-1]}.nothing=1")
    figures(page, len(FIGURES[name]))
    place = place_at(page, FIGURES[name][-1], 0)
    page.wait_for_function(IN_VIEW, arg=place.element_handle(), timeout=5000)


def test_following_a_link_on_an_open_page_shows_exactly_its_state(convolution: Any) -> None:
    figure = convolution("")
    figure.page.evaluate("location.hash = 'convolution.strides=3&convolution.padding=1'")
    figure.page.get_by_text("(28 + 2·1 − 3) / 3").first.wait_for()
    figure.page.evaluate("location.hash = 'convolution.padding=2'")
    figure.page.get_by_text("(28 + 2·2 − 3) / 1").first.wait_for()  # the stride is not kept
    assert figure.problems == []


NONSENSE = [
    *["", "nonsense", "NaN", "null", "true", "-1", "0.5", "1e999", "[]", "{}", '[["x"]]', "[null]"],
    *["2x2:1,2,3", "2x2:NaN,1,2,3", "2x2:1,2,3,4", "0x0~", "0x0:", "9x9~!!!", "x:", "1e9x1e9:1"],
    *["%E0%A4%A", "%", "%00", "<b>x</b>", "__proto__", f"[{'0,' * 20000}0]", "9" * 20000],
]

TRY = """async ({ root, name, keys, values, snapshot }) => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const look = eval(snapshot);
  const first = JSON.stringify(look(root));
  const wrong = [];
  const together = values.map((value) => keys.map((key) => [key, value]));
  const alone = keys.flatMap((key) =>
    ["nonsense", "[]", "-1", "2x2:1,2,3,4"].map((value) => [[key, value]]));
  let complaints = 0;
  for (const items of [...together, ...alone]) {
    location.hash = items.map(([key, value]) => `${name}.${key}=${value}`).join("&");
    await new Promise((done) => window.addEventListener("hashchange", done, { once: true }));
    await frame();
    const { says, complaint } = look(root);
    complaints += Boolean(complaint);
    const unreadable = /NaN|undefined|Infinity|\\[object/.test(says) || complaint.length > 2000;
    if (!(says || complaint) || unreadable) wrong.push([items.join("; ").slice(0, 90), says]);
    root.querySelector(".lenet-reset").click();
    let patience = 30; // a change of size is drawn a frame later
    while (JSON.stringify(look(root)) !== first && patience--) await frame();
    if (patience < 0) {
      wrong.push([items.join("; ").slice(0, 90), "Reset does not restore"]);
      break;
    }
  }
  return { complaints, wrong };
}"""


@pytest.mark.parametrize("kind", KINDS)
def test_nonsense_in_a_link_is_answered(open_figure: Any, html: Path, kind: str) -> None:
    text = (html / "book" / f"{KINDS[kind]}.html").read_text(encoding="utf-8")
    model = json.loads(STATE.search(text)[0])["state"][place_of(kind, text)[1]]
    figure = open_figure(KINDS[kind], kind, state=f"{kind}.nothing=1", reduced_motion="reduce")
    assert "nothing = 1" in figure.complaint()
    figure.root.locator(".lenet-reset").click()
    settle(figure.page)
    assert figure.complaint() == ""
    assert own_state(figure.page, kind) == []
    found = figure.page.evaluate(
        TRY,
        {
            "root": figure.root.element_handle(),
            "name": kind,
            "keys": ["nothing", *(key for key in model["state"] if key != "_esm")],
            "values": NONSENSE,
            "snapshot": SNAPSHOT,
        },
    )
    assert found["wrong"] == []
    assert found["complaints"] > len(NONSENSE) // 2
    assert figure.problems == []


# Damage


def not_a_number(model: dict[str, Any], _: object) -> None:
    assert model["buffers"]
    for buffer in model["buffers"]:
        array = np.frombuffer(b64decode(buffer["data"]), np.float32).copy()
        array[0] = np.nan
        buffer["data"] = b64encode(array.tobytes()).decode()


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_that_are_none_are_spoken_of(visit: Any, html: Path, kind: str) -> None:
    text = (html / "book" / f"{KINDS[kind]}.html").read_text(encoding="utf-8")
    if not json.loads(STATE.search(text)[0])["state"][place_of(kind, text)[1]].get("buffers"):
        pytest.skip("no arrays in its state")
    page, problems = visit(KINDS[kind], edit=with_twin(kind, not_a_number))
    figures(page, len(FIGURES[KINDS[kind]]))
    broken = place_at(page, kind, 0)
    assert "finite numbers" in broken.locator(".lenet-error").filter(visible=True).inner_text()
    all_well_but(page, broken)
    assert problems == []


def damaged(**changes: Any) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    return lambda model, _: model.update(changes)


def front_end(source: str) -> Callable[[dict[str, Any], dict[str, Any]], None]:
    def change(model: dict[str, Any], book: dict[str, Any]) -> None:
        model["state"]["_esm"] = [len(book["files"])]
        book["files"].append(source)

    return change


DAMAGE = {
    "no state": lambda model, _: model.clear(),
    "broken base64": damaged(buffers=[{"path": ["image", "data"], "data": "!!!"}]),
    "a buffer for nobody": damaged(buffers=[{"path": ["a", "b", "c"], "data": ""}]),
    "throws at once": front_end("throw new Error('gone wrong');"),
    "throws in render": front_end("export default { render() { throw Error('gone wrong'); } };"),
    "throws late": front_end(
        """export default { async render({ el }) {
             el.append("half a figure"); await 0; throw Error("gone wrong"); } };"""
    ),
    "no JavaScript at all": front_end("export default {"),
    "no front end": front_end(""),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_figure_that_cannot_start_stays_a_picture(visit: Any, damage: str) -> None:
    kind = "convolution"
    page, problems = visit(KINDS[kind], edit=with_twin(kind, DAMAGE[damage]))
    broken = place_at(page, kind, 0)
    broken.get_by_role("alert").filter(has_text="could not start").wait_for()
    figures(page, len(FIGURES[KINDS[kind]]))
    assert broken.locator(".lenet-still").is_visible()
    assert broken.locator(".lenet-figure").count() == 0
    all_well_but(page, broken)
    page.emulate_media(media="print")
    assert broken.locator(".lenet-still").is_visible()
    assert problems == []


# Leaks

LIVE_AND_DIE = """async ({ book, id, style }) => {
  const live = new Map();
  const note = (key, what) => live.set(key, what);
  const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (type, callback, options) {
    if (!(this instanceof AbortSignal)) {
      const key = {};
      note(key, `${type} on ${this.constructor.name}`);
      const end = () => live.delete(key);
      callback.ends = [...(callback.ends ?? []), [this, type, end]];
      if (options?.signal) add.call(options.signal, "abort", end);
      if (options?.once) add.call(this, type, end, { once: true });
    }
    return add.call(this, type, callback, options);
  };
  EventTarget.prototype.removeEventListener = function (type, callback, options) {
    for (const [target, event, end] of callback?.ends ?? []) {
      if (target === this && event === type) end();
    }
    return remove.call(this, type, callback, options);
  };
  for (const Observer of [ResizeObserver, MutationObserver, IntersectionObserver]) {
    const { observe, disconnect } = Observer.prototype;
    Observer.prototype.observe = function (...given) {
      note(this, Observer.name);
      observe.apply(this, given);
    };
    Observer.prototype.disconnect = function () {
      live.delete(this);
      disconnect.call(this);
    };
  }
  for (const [begin, end] of [["setTimeout", "clearTimeout"], ["setInterval", "clearInterval"],
    ["requestAnimationFrame", "cancelAnimationFrame"]]) {
    const [start, stop] = [window[begin], window[end]];
    window[begin] = (callback, ...more) => {
      const id = start.call(window, (...given) => {
        if (begin !== "setInterval") live.delete(`${begin} ${id}`);
        callback(...given);
      }, ...more);
      note(`${begin} ${id}`, begin);
      return id;
    };
    window[end] = (id) => {
      live.delete(`${begin} ${id}`);
      stop.call(window, id);
    };
  }

  const { state, buffers = [] } = book.state[id];
  for (const { path, data } of buffers) {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    const owner = path.slice(0, -1).reduce((part, key) => part[key], state);
    owner[path.at(-1)] = new DataView(bytes.buffer);
  }
  const callbacks = [];
  const model = {
    get: (key) => state[key],
    set(key, value) {
      state[key] = value;
      for (const [event, callback] of [...callbacks]) {
        if (event === "change" || event === `change:${key}`) callback();
      }
    },
    save_changes() {},
    send() {},
    on: (event, callback) => callbacks.push([event, callback]),
    off(event, callback) {
      const k = callbacks.findIndex(([e, c]) => e === event && c === callback);
      if (k >= 0) callbacks.splice(k, 1);
    },
  };
  document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
  const el = document.createElement("div");
  document.body.append(el);
  const source = state._esm.map((k) => book.files[k]).join("");
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const { default: widget } = await import(url);
  const context = { model, el };
  const endAll = await widget.initialize?.(context);
  const end = await widget.render(context);
  const alive = [...live.values()];
  const listening = callbacks.length;
  for (const control of el.querySelectorAll("button, input[type=checkbox], input[type=radio]")) {
    control.click();
  }
  for (const control of el.querySelectorAll("input, select")) {
    control.dispatchEvent(new Event("input", { bubbles: true }));
    control.dispatchEvent(new Event("change", { bubbles: true }));
  }
  for (const canvas of el.querySelectorAll("canvas, [tabindex]")) {
    canvas.dispatchEvent(new PointerEvent("pointermove", { bubbles: true }));
    canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
  }
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  for (const button of el.querySelectorAll("button:not(.lenet-reset)")) button.click();
  end();
  endAll?.();
  const left = [...live.values(), ...callbacks.map(([event]) => `${event} of the model`)];
  for (const key of Object.keys(state)) model.set(key, state[key]);
  return { alive, listening, left, html: el.innerHTML };
}"""


@pytest.mark.parametrize("kind", KINDS)
def test_a_figure_that_is_removed_leaves_nothing_behind(
    browser: Browser, html: Path, kind: str
) -> None:
    text = (html / "book" / f"{KINDS[kind]}.html").read_text(encoding="utf-8")
    page = browser.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    found = page.evaluate(
        LIVE_AND_DIE,
        {
            "book": json.loads(STATE.search(text)[0]),
            "id": place_of(kind, text)[1],
            "style": (html / "_static" / "figure.css").read_text(encoding="utf-8"),
        },
    )
    assert len(found["alive"]) > 3
    assert found["listening"]
    assert found["left"] == []
    assert found["html"] == ""
    page.wait_for_timeout(300)
    assert problems == []
    page.close()
