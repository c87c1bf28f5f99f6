"""The command line."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lenet import training
from lenet.__main__ import RECIPES, main
from lenet.data import ASSETS, load_mnist, load_weights

Errors = Callable[..., str]


@pytest.fixture
def few_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make MNIST small: 200 images to learn from, 100 to test."""
    (x_train, y_train), (x_test, y_test) = load_mnist()
    small = (x_train[:200], y_train[:200]), (x_test[:100], y_test[:100])
    monkeypatch.setattr(training, "load_mnist", lambda: small)


@pytest.fixture
def seven(tmp_path: Path) -> Path:
    """A picture of a 7."""
    page = 255 - np.kron(load_mnist()[1][0][0], np.ones((8, 8), np.uint8))
    Image.fromarray(page).save(tmp_path / "seven.png")
    return tmp_path / "seven.png"


@pytest.fixture
def error(capsys: pytest.CaptureFixture[str]) -> Errors:
    """Run a command that must fail: exit status 2, one line on stderr, nothing on stdout."""

    def run(*argv: object) -> str:
        try:
            status = main([str(argument) for argument in argv])
        except SystemExit as leave:
            status = int(leave.code or 0)
        out, err = capsys.readouterr()
        assert status == 2
        assert out == ""
        assert err.count("\n") == 1
        assert err.startswith("python -m lenet")
        return err

    return run


def test_the_recipes_are_those_of_training() -> None:
    assert tuple(training.RECIPES) == RECIPES


@pytest.mark.usefixtures("few_images")
def test_train_saves(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "mine.npz"
    arguments = ["--recipe", "fast", "--epochs", "2", "--batch-size", "64", "--seed", "3"]
    assert main(["train", *arguments, "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "Epoch 2/2" in printed
    assert "\x1b" not in printed  # no control codes where there is no terminal
    assert "Test accuracy " in printed
    assert printed.endswith(f"Saved to {out}.\n")
    assert load_weights(out)["c1/kernel"].shape == (5, 5, 1, 6)


@pytest.mark.usefixtures("few_images")
def test_train_says_when_nothing_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--epochs", "1"]) == 0
    assert "Not saved" in capsys.readouterr().out


def test_train_passes_its_arguments_on(monkeypatch: pytest.MonkeyPatch) -> None:
    received: dict[str, object] = {}

    def fake(**arguments: object) -> None:
        received.update(arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "train", fake)
    assert main(["train"]) == 130
    assert received["recipe"] == "classic"
    assert (received["epochs"], received["batch_size"], received["seed"]) == (None, None, 0)
    assert received["out"] is None
    main(["train", "--recipe", "fast", "--epochs", "7", "--batch-size", "9", "--seed", "8"])
    assert received["recipe"] == "fast"
    assert (received["epochs"], received["batch_size"], received["seed"]) == (7, 9, 8)


def test_a_terminal_sees_a_progress_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    received: dict[str, object] = {}

    def fake(**arguments: object) -> None:
        received.update(arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(training, "train", fake)
    main(["train"])
    assert received["verbose"] == 2
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    main(["train"])
    assert received["verbose"] == 1


def test_evaluate(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Test accuracy 9")
    assert 98.9 <= float(out.split()[2].rstrip("%")) <= 99.9


def test_evaluate_other_weights(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from lenet.keras_models import build_lenet5

    training.save(build_lenet5(seed=0), tmp_path / "untrained.keras")
    assert main(["evaluate", "--weights", str(tmp_path / "untrained.keras")]) == 0
    assert float(capsys.readouterr().out.split()[2].rstrip("%")) < 40


def test_predict(seven: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", str(seven)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{seven}: 7"
    assert [line.split()[0] for line in lines[1:]] == list("0123456789")
    shares = [float(line.split()[1].rstrip("%")) for line in lines[1:]]
    assert sum(shares) == pytest.approx(100, abs=0.1)
    assert lines[8].count("#") == round(0.4 * shares[7])


def test_predict_prints_a_block_a_picture(seven: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["predict", str(seven), str(seven), "--weights", str(ASSETS / "lenet5.npz")]) == 0
    first, second = capsys.readouterr().out.split("\n\n")
    assert first == second.rstrip("\n")


@pytest.mark.parametrize("option", ["--epochs", "--batch-size"])
@pytest.mark.parametrize("value", ["0", "-3", "1.5", "many"])
def test_counts_are_checked(option: str, value: str, error: Errors) -> None:
    message = error("train", f"{option}={value}")
    assert f"argument {option}: must be a whole number, 1 or more. Received: {value}." in message


def test_other_arguments_are_checked(error: Errors) -> None:
    assert "from 0 to 4294967295. Received: -1." in error("train", "--seed=-1")
    assert "invalid choice: 'slow'" in error("train", "--recipe", "slow")
    assert "required: COMMAND" in error()
    assert "required: PICTURE" in error("predict")
    assert "invalid choice: 'learn'" in error("learn")
    assert "unrecognized arguments: --speed" in error("evaluate", "--speed")


def test_bad_places_to_save(tmp_path: Path, error: Errors, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lenet.__main__._training", lambda: pytest.fail("loaded TensorFlow"))
    assert "must end in .npz or .keras" in error("train", "--out", tmp_path / "mine.h5")
    assert "There is no folder" in error("train", "--out", tmp_path / "no" / "mine.npz")
    (tmp_path / "folder.keras").mkdir()
    assert "must be a file" in error("train", "--out", tmp_path / "folder.keras")


def test_weights_are_tried_before_tensorflow_loads(
    tmp_path: Path, seven: Path, error: Errors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lenet.__main__._training", lambda: pytest.fail("loaded TensorFlow"))
    assert "There is no weights file" in error("evaluate", "--weights", tmp_path / "no.npz")
    assert "There is no weights file" in error("predict", seven, "--weights", tmp_path / "no.npz")


def test_bad_weights(tmp_path: Path, seven: Path, error: Errors) -> None:
    for ending in ("npz", "keras"):
        missing, damaged = tmp_path / f"missing.{ending}", tmp_path / f"damaged.{ending}"
        damaged.write_bytes(b"no weights")
        assert f"There is no weights file {missing}." in error("evaluate", "--weights", missing)
        assert "something else, or damaged" in error("evaluate", "--weights", damaged)
        assert "something else, or damaged" in error("predict", seven, "--weights", damaged)


def test_bad_pictures(
    tmp_path: Path, seven: Path, error: Errors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lenet.__main__._training", lambda: pytest.fail("loaded TensorFlow"))
    assert f"There is no picture {tmp_path / 'no.png'}." in error("predict", tmp_path / "no.png")
    (tmp_path / "text.png").write_text("7")
    assert "must be a PNG, JPEG, … file" in error("predict", seven, tmp_path / "text.png")
    Image.new("RGB", (100, 100), "white").save(tmp_path / "blank.png")
    message = error("predict", tmp_path / "blank.png")
    assert f"error: {tmp_path / 'blank.png'}: picture must show a digit" in message
    Image.new("RGB", (5, 5), "white").save(tmp_path / "tiny.png")
    assert "at least 12 pixels" in error("predict", tmp_path / "tiny.png")


@pytest.mark.parametrize("argv", [["--help"], ["train", "--help"], ["predict", "-h"]])
def test_help(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leave:
        main(argv)
    assert leave.value.code == 0
    assert capsys.readouterr().out.startswith("usage: python -m lenet")


def test_as_a_process_it_says_only_what_was_asked(seven: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lenet", "predict", seven], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert done.stdout.startswith(f"{seven}: 7\n")
    assert done.stderr == ""


def test_as_a_process_it_fails_without_a_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "lenet", "predict", "no.png"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "python -m lenet predict: error: There is no picture no.png.\n"
