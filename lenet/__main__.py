"""The command line: `python -m lenet train`, `evaluate` and `predict`."""

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from lenet.data import check_out, from_picture, load_weights, prepare

RECIPES = ("classic", "fast")


class Parser(argparse.ArgumentParser):
    """An argument parser that complains in one line."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and leave with exit status 2."""
        self.exit(2, f"{self.prog}: error: {message} (see --help)\n")


def _whole(least: int, most: float = float("inf")) -> Callable[[str], int]:
    """Make a check that an argument is a whole number in a range."""

    def check(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            limit = f"{least} or more" if most == float("inf") else f"from {least} to {most}"
            raise argparse.ArgumentTypeError(f"must be a whole number, {limit}. Received: {text}.")
        return value

    return check


def parser() -> Parser:
    """Describe the three commands."""
    top = Parser(
        prog="python -m lenet",
        description="Train LeNet-5 on MNIST, evaluate it, and let it read your own handwriting.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    train = commands.add_parser(
        "train",
        help="train a network on the 60,000 training images",
        description="Train LeNet-5 on MNIST's training images, then say how many of the 10,000 "
        "test digits it reads. A few minutes with the classic recipe on two cores.",
    )
    train.add_argument(
        "--recipe",
        choices=RECIPES,
        default="classic",
        help="classic: 20 epochs of Adam, batches of 128, 10%% of the images held out; fast: 3 "
        "epochs of AdamW with larger steps, batches of 256, all images (default: classic)",
    )
    train.add_argument(
        "--epochs",
        type=_whole(1),
        metavar="N",
        help="times that it sees every image (default: the recipe's)",
    )
    train.add_argument(
        "--batch-size",
        type=_whole(1),
        metavar="N",
        help="images a step (default: the recipe's)",
    )
    train.add_argument(
        "--seed",
        type=_whole(0, 2**32 - 1),
        default=0,
        metavar="N",
        help="for the starting weights and the order of the images (default: 0)",
    )
    train.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="where to save the result: .npz for the weights, .keras for the whole model",
    )
    train.set_defaults(run=_train)

    evaluate = commands.add_parser(
        "evaluate",
        help="count the test digits that a network reads",
        description="Let a network read the 10,000 test digits, and print its accuracy.",
    )
    _add_weights(evaluate)
    evaluate.set_defaults(run=_evaluate)

    predict = commands.add_parser(
        "predict",
        help="read pictures of digits",
        description="Say which digit each picture shows. A picture holds one digit, dark on light "
        "or light on dark, of any size and colour: a photograph or a scan of your handwriting.",
    )
    predict.add_argument("pictures", nargs="+", metavar="PICTURE", help="a PNG, JPEG, … file")
    _add_weights(predict)
    predict.set_defaults(run=_predict)
    return top


def _add_weights(command: argparse.ArgumentParser) -> None:
    """Let a command take the weights of another network."""
    command.add_argument(
        "--weights",
        type=Path,
        metavar="FILE",
        help="what train saved, .npz or .keras (default: the weights that come with the book)",
    )


def _train(arguments: argparse.Namespace) -> None:
    """Train, evaluate, save."""
    if arguments.out is not None:
        check_out(arguments.out)  # training checks it too, but only seconds later
    training = _training()
    run = training.train(
        recipe=arguments.recipe,
        epochs=arguments.epochs,
        batch_size=arguments.batch_size,
        seed=arguments.seed,
        out=arguments.out,
        verbose=1 if sys.stdout.isatty() else 2,
    )
    result = training.evaluate(run.model)
    print(f"Trained in {run.seconds:.0f} s.")
    print(_score(result.accuracy, result.loss))
    if arguments.out is None:
        print("Not saved: --out FILE keeps what is learned.")
    else:
        print(f"Saved to {arguments.out}.")


def _evaluate(arguments: argparse.Namespace) -> None:
    """Print how many test digits a network reads."""
    _check_weights(arguments.weights)
    training = _training()
    result = training.evaluate(training.load(arguments.weights))
    print(_score(result.accuracy, result.loss))


def _predict(arguments: argparse.Namespace) -> None:
    """Print which digit each picture shows, and how sure the network is of each of the ten."""
    _check_weights(arguments.weights)
    digits = []
    for path in arguments.pictures:
        try:
            digits.append(from_picture(path))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
    model = _training().load(arguments.weights)
    probabilities = [model.predict(prepare(digit), verbose=0)[0] for digit in digits]
    blocks = []
    for path, p in zip(arguments.pictures, probabilities, strict=True):
        rows = [
            f"  {digit} {share:7.2%} {'#' * round(40 * share)}" for digit, share in enumerate(p)
        ]
        blocks.append("\n".join([f"{path}: {p.argmax()}", *map(str.rstrip, rows)]))
    print("\n\n".join(blocks))


def _score(accuracy: float, loss: float) -> str:
    """Word a result."""
    return f"Test accuracy {accuracy:.2%} of 10,000 digits, loss {loss:.4f}."


def _check_weights(path: Path | None) -> None:
    """Find out what can be found out about a weights file without loading TensorFlow."""
    if path is None or path.suffix != ".keras":
        load_weights(path)


def _training() -> ModuleType:
    """Import `lenet.training`, and TensorFlow with it, without TensorFlow's log on the screen."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with _silent_stderr():
        from lenet import training
    return training


@contextlib.contextmanager
def _silent_stderr() -> Iterator[None]:
    """Send what is written to stderr nowhere, what C++ writes included."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Args:
        argv: Its arguments; by default those of the process.

    Returns:
        The exit status: 0, 2 after bad input, 130 when interrupted.

    Raises:
        SystemExit: With status 2 if the arguments make no sense, 0 after `--help`.
    """
    arguments = parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except (ValueError, OSError) as error:
        message = " ".join(str(error).split())
        print(f"python -m lenet {arguments.command}: error: {message}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"python -m lenet {arguments.command}: interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
