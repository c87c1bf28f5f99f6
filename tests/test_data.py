"""The bundled digits, what the network is fed, weights on disk, and pictures of handwriting."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import distance_transform_edt, gaussian_filter
from skimage.morphology import skeletonize

from lenet import data
from lenet.data import (
    check_out,
    from_picture,
    load_mnist,
    load_weights,
    prepare,
    replacing,
    save_weights,
)

Reader = Callable[[NDArray[np.uint8]], NDArray[np.int64]]


@pytest.fixture(scope="module")
def test_digits() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    return load_mnist()[1]


@pytest.fixture(scope="module")
def read() -> Reader:
    """The shipped network."""
    from lenet.training import pretrained

    model = pretrained()
    return lambda images: model.predict(prepare(images), verbose=0).argmax(axis=1)


# --- MNIST -----------------------------------------------------------------------------------


def test_mnist_is_what_it_is_known_to_be() -> None:
    (x_train, y_train), (x_test, y_test) = load_mnist()
    assert (x_train.shape, x_test.shape) == ((60000, 28, 28), (10000, 28, 28))
    assert {array.dtype for array in (x_train, y_train, x_test, y_test)} == {np.dtype(np.uint8)}
    counts = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert np.bincount(y_train).tolist() == counts
    counts = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    assert np.bincount(y_test).tolist() == counts
    assert x_train.mean() / 255 == pytest.approx(0.13066, abs=1e-5)


def test_a_missing_copy_is_named_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "ASSETS", tmp_path)
    with pytest.raises(FileNotFoundError, match=r"MNIST is missing: .*mnist\.npz.*git checkout"):
        load_mnist()


def test_a_damaged_copy_is_found_by_its_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = bytearray((data.ASSETS / "mnist.npz").read_bytes())
    damaged[5_000_000] ^= 1
    (tmp_path / "mnist.npz").write_bytes(damaged)
    monkeypatch.setattr(data, "ASSETS", tmp_path)
    received = hashlib.sha256(damaged).hexdigest()
    with pytest.raises(ValueError, match=rf"damaged.*SHA-256 d4084bed.*{received}.*git checkout"):
        load_mnist()


def test_the_copy_is_hashed_once_a_process(monkeypatch: pytest.MonkeyPatch) -> None:
    load_mnist()
    monkeypatch.setattr(data.hashlib, "sha256", lambda _: pytest.fail("hashed again"))
    load_mnist()


def test_keras_can_be_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    arrays = load_mnist()
    monkeypatch.setattr(keras.datasets.mnist, "load_data", lambda: arrays)
    assert load_mnist(source="keras")[1][0] is arrays[1][0]


def test_a_failed_download_points_to_the_bundled_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    import keras

    def fail() -> None:
        raise Exception("URL fetch failure")

    monkeypatch.setattr(keras.datasets.mnist, "load_data", fail)
    with pytest.raises(OSError, match=r'source="bundled".*Received: URL fetch failure'):
        load_mnist(source="keras")


def test_an_unknown_source_is_refused() -> None:
    with pytest.raises(ValueError, match=r'must be "bundled" or "keras"\. Received: \'torch\'\.'):
        load_mnist(source="torch")


# --- prepare ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "count"), [((28, 28), 1), ((3, 28, 28), 3), ((3, 28, 28, 1), 3), ((28, 28, 28), 28)]
)
def test_prepare_gives_every_shape_a_channel_axis(shape: tuple[int, ...], count: int) -> None:
    x = prepare(np.zeros(shape, np.uint8))
    assert x.shape == (count, 28, 28, 1)
    assert x.dtype == np.float32


def test_prepare_divides_integers_by_255_and_leaves_floats() -> None:
    image = np.zeros((28, 28), np.int64)
    image[0, :3] = 0, 51, 255
    assert prepare(image)[0, 0, :3, 0].tolist() == [0, np.float32(0.2), 1]
    assert prepare(image.tolist())[0, 0, 1, 0] == np.float32(0.2)
    assert prepare(image > 50)[0, 0, :3, 0].tolist() == [0, 1, 1]
    assert np.array_equal(prepare(prepare(image)), prepare(image))
    dim = np.full((28, 28), 1, np.uint8)  # all ones: still on the scale of integers
    assert prepare(dim).max() == np.float32(1 / 255)


def test_prepare_copies() -> None:
    x = np.zeros((1, 28, 28, 1), np.float32)
    prepare(x)[:] = 1
    assert not x.any()


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((27, 28)), r"\(28, 28\), .* Received: shape \(27, 28\)\."),
        (np.zeros(784), r"Received: shape \(784,\)\."),
        (np.zeros(()), r"Received: shape \(\)\."),
        (np.zeros((2, 28, 28, 3)), r"Received: shape \(2, 28, 28, 3\)\."),
        (np.zeros((0, 28, 28)), r"at least one\. Received: shape \(0, 28, 28\)\."),
        (np.full((28, 28), 256), r"from 0 to 255\. Received: values from 256 to 256\."),
        (np.full((28, 28), -1), r"from 0 to 255\. Received: values from -1 to -1\."),
        (np.full((28, 28), 255.0), r"in \[0, 1\] .*255.*Received: values from 255\.0 to 255\.0\."),
        (np.full((28, 28), -0.5), r"in \[0, 1\]"),
        (np.full((28, 28), np.nan), r"in \[0, 1\] .*Received: values from nan to nan\."),
        (np.full((28, 28), np.inf), r"in \[0, 1\]"),
        (np.full((28, 28), "7"), r"real numbers\. Received: dtype <U1\."),
        (np.zeros((28, 28), complex), r"real numbers\. Received: dtype complex128\."),
    ],
)
def test_prepare_refuses(images: NDArray[np.float64], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        prepare(images)


# --- Weights on disk -------------------------------------------------------------------------


def test_the_shipped_weights_have_lenet5s_shapes() -> None:
    shapes = {name: array.shape for name, array in load_weights().items()}
    assert shapes == {
        "c1/kernel": (5, 5, 1, 6),
        "c1/bias": (6,),
        "c3/kernel": (5, 5, 6, 16),
        "c3/bias": (16,),
        "c5/kernel": (5, 5, 16, 120),
        "c5/bias": (120,),
        "f6/kernel": (120, 84),
        "f6/bias": (84,),
        "output/kernel": (84, 10),
        "output/bias": (10,),
    }


def test_weights_survive_the_disk(tmp_path: Path) -> None:
    weights = {"a/kernel": np.arange(6.0).reshape(2, 3), "a/bias": np.array([1 / 3])}
    save_weights(tmp_path / "w.npz", weights)
    loaded = load_weights(str(tmp_path / "w.npz"))
    assert list(loaded) == ["a/kernel", "a/bias"]
    assert {array.dtype for array in loaded.values()} == {np.dtype(np.float32)}
    for name, array in loaded.items():
        assert np.array_equal(array, weights[name].astype(np.float32))


def test_the_same_weights_make_the_same_file(tmp_path: Path) -> None:
    save_weights(tmp_path / "one.npz", load_weights())
    save_weights(tmp_path / "two.npz", load_weights())
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_failed_save_leaves_the_old_file(tmp_path: Path) -> None:
    file = tmp_path / "w.npz"
    save_weights(file, {"a": np.ones(3)})
    before = file.read_bytes()

    def write_half_and_fail() -> None:
        with replacing(file) as temporary:
            temporary.write_bytes(b"half")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_half_and_fail()
    with pytest.raises(ValueError, match="could not convert"):
        save_weights(file, {"a": np.array(["no number"])})
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_weights_files_end_in_npz(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must end in \.npz\. Received: .*w\.h5\."):
        save_weights(tmp_path / "w.h5", {})


def test_no_such_weights_file() -> None:
    with pytest.raises(FileNotFoundError, match=r"There is no weights file nowhere\.npz\."):
        load_weights("nowhere.npz")


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 cut short"])
def test_a_damaged_weights_file(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "w.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"w\.npz must be an \.npz archive of weights\. Received:"):
        load_weights(tmp_path / "w.npz")


def test_a_weights_file_with_a_flipped_bit_is_damaged(tmp_path: Path) -> None:
    content = bytearray((data.ASSETS / "lenet5.npz").read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / "w.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"must be an \.npz archive of weights"):
        load_weights(tmp_path / "w.npz")


def test_a_weights_file_that_is_one_array(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.ones(3))
    with pytest.raises(ValueError, match=r"must be an \.npz archive of weights"):
        load_weights(tmp_path / "w.npy")


def test_pickles_are_never_loaded(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", a=np.array([{}], object))
    with pytest.raises(ValueError, match=r"must be an \.npz archive of weights"):
        load_weights(tmp_path / "w.npz")


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.arange(3), r"a in .* must be floating-point\. Received: dtype int64\."),
        (np.array([1.0, np.nan]), r"a in .* must be finite\. Received: NaN or infinity\."),
    ],
)
def test_weights_are_finite_numbers(
    array: NDArray[np.float64], message: str, tmp_path: Path
) -> None:
    np.savez(tmp_path / "w.npz", a=array)
    with pytest.raises(ValueError, match=message):
        load_weights(tmp_path / "w.npz")


def test_check_out_touches_nothing(tmp_path: Path) -> None:
    (tmp_path / "old.keras").write_bytes(b"old")
    check_out(tmp_path / "old.keras")
    check_out(str(tmp_path / "new.npz"))
    assert [file.name for file in tmp_path.iterdir()] == ["old.keras"]
    assert (tmp_path / "old.keras").read_bytes() == b"old"


def test_check_out_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"must end in \.npz or \.keras\. Received: x\.h5\."):
        check_out("x.h5")
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(IsADirectoryError, match=r"Received: the folder .*folder\.npz\."):
        check_out(tmp_path / "folder.npz")
    with pytest.raises(
        FileNotFoundError, match=r"There is no folder .*nowhere to save x\.npz in\."
    ):
        check_out(tmp_path / "nowhere" / "x.npz")

    def fail(**_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(data.tempfile, "TemporaryFile", fail)  # root may write everywhere
    with pytest.raises(PermissionError, match=r"x\.npz cannot be written\."):
        check_out(tmp_path / "x.npz")


# --- Pictures --------------------------------------------------------------------------------


def photograph(digit: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw what a phone might see: a digit somewhere, turned a little, colours, light, noise."""
    height = int(rng.integers(300, 901))
    width = int(height * rng.uniform(0.75, 1.33))
    side = int(min(height, width) * rng.uniform(0.3, 0.85))
    large = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
    large = large.rotate(rng.uniform(-8, 8), Image.Resampling.BICUBIC)
    mask = np.zeros((height, width, 1))
    top, left = rng.integers(0, height - side + 1), rng.integers(0, width - side + 1)
    edges = (np.asarray(large) / 255 - 0.5) * 2 + 0.5
    mask[top : top + side, left : left + side, 0] = np.clip(edges, 0, 1)

    paper, ink = rng.uniform(0.7, 1, 3), rng.uniform(0, 0.3, 3)
    ink[rng.integers(3)] += rng.uniform(0, 0.3)
    if rng.random() < 0.5:
        paper, ink = ink, paper
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    light = 1 - rng.uniform(0, 0.3) * (1 + np.cos(angle) * x + np.sin(angle) * y)
    light *= 1 - rng.uniform(0, 0.15) * (x * x + y * y)

    seen = gaussian_filter((paper + (ink - paper) * mask) * light[..., None], (1, 1, 0))
    seen += rng.normal(0, rng.uniform(0, 0.06), seen.shape)
    return (np.clip(seen, 0, 1) * 255).astype(np.uint8)


def test_photographs_are_read(
    test_digits: tuple[NDArray[np.uint8], NDArray[np.uint8]], read: Reader
) -> None:
    rng = np.random.default_rng(11)
    chosen = rng.choice(10000, 60, replace=False)
    images = np.array([from_picture(photograph(test_digits[0][i], rng)) for i in chosen])
    assert (read(images) == test_digits[1][chosen]).mean() >= 0.95


@pytest.mark.parametrize("width", [2, 10, 40])
def test_any_pen_is_read(
    width: int, test_digits: tuple[NDArray[np.uint8], NDArray[np.uint8]], read: Reader
) -> None:
    """From a fifth of one of MNIST's pixels to four of them."""
    images = []
    for digit in test_digits[0][100:140]:
        large = Image.fromarray(digit).resize((280, 280), Image.Resampling.BICUBIC)
        middle = skeletonize(gaussian_filter(np.asarray(large, float), 2) > 127)
        stroke = np.clip(width / 2 - distance_transform_edt(~middle) + 0.5, 0, 1)
        images.append(from_picture(1 - 0.7 * stroke))
    assert (read(np.array(images)) == test_digits[1][100:140]).mean() >= 0.95
    assert np.mean(images) > 24  # MNIST's mean is 33


@pytest.mark.parametrize("font", ["DejaVuSans", "DejaVuSerif", "DejaVuSans-Bold", "STIXGeneral"])
def test_print_is_read(font: str, read: Reader) -> None:
    import matplotlib as mpl

    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    images = []
    for digit in range(10):
        page = Image.new("RGB", (300, 260), "white")
        face = ImageFont.truetype(folder / f"{font}.ttf", 180)
        ImageDraw.Draw(page).text((70, 20), str(digit), font=face, fill=(20, 20, 90))
        images.append(from_picture(np.asarray(page)))
    assert (read(np.array(images)) == np.arange(10)).sum() >= 9


@pytest.fixture
def seven() -> NDArray[np.uint8]:
    """A clean 7 on a page twice as wide as high: light paper 255, ink 0."""
    digit = load_mnist()[1][0][0]
    page = np.zeros((280, 560), np.uint8)
    page[50:218, 100:268] = np.kron(digit, np.ones((6, 6), np.uint8))
    return 255 - page


def far_apart(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """The mean difference of two images, in grey levels."""
    return float(abs(one.astype(int) - other).mean())


def test_the_digit_is_framed_as_in_mnist(seven: NDArray[np.uint8]) -> None:
    digit = from_picture(seven)
    assert digit.shape == (28, 28)
    assert digit.dtype == np.uint8
    assert digit.max() == 255
    rows, columns = np.nonzero(digit > 127)
    assert 19 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 21
    mass = digit / digit.sum()
    # The centre of mass of MNIST's own digits: pixel 14, on average over the training images.
    assert mass.sum(axis=1) @ np.arange(28) == pytest.approx(14, abs=0.1)
    assert mass.sum(axis=0) @ np.arange(28) == pytest.approx(14, abs=0.1)
    assert far_apart(digit, load_mnist()[1][0][0]) < 10


def test_an_mnist_digit_stays_itself() -> None:
    for original in load_mnist()[1][0][:20]:
        assert far_apart(from_picture(original), original) < 15


def test_the_aspect_is_kept() -> None:
    page = np.full((200, 200), 255, np.uint8)
    page[40:160, 95:107] = 0  # a stroke of 120 by 12
    rows, columns = np.nonzero(from_picture(page) > 127)
    assert 20 <= np.ptp(rows) + 1 <= 21
    assert 2 <= np.ptp(columns) + 1 <= 3


def test_colour_polarity_and_kind_of_array_do_not_matter(seven: NDArray[np.uint8]) -> None:
    expected = from_picture(seven)
    red_on_cyan = np.stack([255 - seven // 4, seven, seven], axis=-1)
    equally_bright = np.stack([seven, 255 - seven, np.full_like(seven, 128)], axis=-1)
    for picture in (
        255 - seven,
        seven[..., None],
        seven / 255,
        (seven / 255).astype(np.float32).tolist(),
        seven > 127,
        red_on_cyan,
        equally_bright,
    ):
        assert far_apart(from_picture(picture), expected) < 5


@pytest.mark.parametrize("ink", [0, 255])
@pytest.mark.parametrize("hidden", [0, 255])
def test_what_is_transparent_is_paper(seven: NDArray[np.uint8], ink: int, hidden: int) -> None:
    alpha = 255 - seven
    colour = np.where(alpha > 0, ink, hidden).astype(np.uint8)
    expected = from_picture(seven)
    assert far_apart(from_picture(np.stack([colour, alpha], axis=-1)), expected) < 3
    rgba = np.stack([colour, colour, colour, alpha], axis=-1)
    assert far_apart(from_picture(rgba), expected) < 3


def test_specks_are_dropped_and_detached_strokes_kept(seven: NDArray[np.uint8]) -> None:
    expected = from_picture(seven)
    dusty = seven.copy()
    dusty[20:25, 500:505] = 0
    dusty[260:263, 30:36] = 0
    assert far_apart(from_picture(dusty), expected) < 1
    page = np.full((200, 200), 255, np.uint8)
    page[40:52, 70:130] = 0
    page[70:160, 95:107] = 0  # 18 rows below the bar
    rows, columns = np.nonzero(from_picture(page) > 127)
    assert 20 <= np.ptp(rows) + 1 <= 21
    assert 9 <= np.ptp(columns) + 1 <= 11  # as wide as the bar


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "CMYK", "I;16"])
@pytest.mark.parametrize("as_text", [False, True])
def test_files_of_every_mode(
    mode: str, as_text: bool, seven: NDArray[np.uint8], tmp_path: Path
) -> None:
    file = tmp_path / ("seven.tiff" if mode == "CMYK" else "seven.png")
    if mode == "I;16":
        Image.fromarray(seven.astype(np.uint16) * 257).save(file)
    else:
        Image.fromarray(seven).convert(mode).save(file)
    digit = from_picture(str(file) if as_text else file)
    assert far_apart(digit, from_picture(seven)) < 8


def test_a_turned_phone_is_turned_back(seven: NDArray[np.uint8], tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn me by 90° clockwise to see me upright"
    Image.fromarray(np.rot90(seven)).save(tmp_path / "seven.jpg", exif=exif, quality=95)
    assert far_apart(from_picture(tmp_path / "seven.jpg"), from_picture(seven)) < 2


def test_a_large_photograph_is_read_in_reasonable_time(read: Reader) -> None:
    digit = Image.fromarray(load_mnist()[1][0][0]).resize((1000, 1000), Image.Resampling.BICUBIC)
    page = np.full((3000, 4000, 3), 230, np.uint8)
    page[1500:2500, 2600:3600] -= np.asarray(digit)[..., None] // 5 * 4
    assert read(from_picture(page)).tolist() == [7]


def test_no_such_picture(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"There is no picture .*nowhere\.png\."):
        from_picture(tmp_path / "nowhere.png")


def test_a_file_that_is_no_picture(tmp_path: Path, seven: NDArray[np.uint8]) -> None:
    (tmp_path / "text.png").write_text("7")
    with pytest.raises(ValueError, match=r"must be a PNG, JPEG, … file\. Received: .*text\.png"):
        from_picture(tmp_path / "text.png")
    Image.fromarray(seven).save(tmp_path / "half.png")
    whole = (tmp_path / "half.png").read_bytes()
    (tmp_path / "half.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"Received: .*half\.png, something else or damaged\."):
        from_picture(tmp_path / "half.png")


def blank(kind: str) -> NDArray[np.float64]:
    """A page without ink."""
    y, x = np.mgrid[0:1:300j, 0:1:400j]
    noise = np.random.default_rng(0).normal(0, 0.04, x.shape)
    return {
        "white": np.ones_like(x),
        "black": np.zeros_like(x),
        "shaded": 0.9 - 0.3 * x - 0.2 * y * y,
        "noisy": np.clip(0.8 + noise, 0, 1),
        "shaded and noisy": np.clip(0.9 - 0.3 * x + noise, 0, 1),
        "small and very noisy": np.clip(0.5 + 3 * noise[:50, :60], 0, 1),
    }[kind]


@pytest.mark.parametrize(
    "kind", ["white", "black", "shaded", "noisy", "shaded and noisy", "small and very noisy"]
)
def test_a_blank_page_has_no_digit(kind: str) -> None:
    with pytest.raises(ValueError, match=r"must show a digit.*Received: hardly any ink"):
        from_picture(blank(kind))


def test_an_invisible_picture_has_no_digit() -> None:
    with pytest.raises(ValueError, match="must show a digit"):
        from_picture(np.zeros((50, 50, 4), np.uint8))


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        (np.zeros(100), r"\(height, width\) or .* Received: shape \(100,\)\."),
        (np.zeros((2, 50, 50, 3)), r"Received: shape \(2, 50, 50, 3\)\."),
        (np.zeros((50, 50, 5)), r"1 to 4 channels\. Received: shape \(50, 50, 5\)\."),
        (np.zeros((0, 50)), r"must have pixels\. Received: shape \(0, 50\)\."),
        (np.zeros((50, 11)), r"at least 12 pixels high and wide\. Received: 50 by 11\."),
        (np.full((50, 50), 300), r"from 0 to 255\. Received: values from 300 to 300\."),
        (np.full((50, 50), np.nan), r"in \[0, 1\]"),
    ],
)
def test_from_picture_refuses(picture: NDArray[np.float64], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_picture(picture)


def test_a_tiny_digit_is_refused() -> None:
    page = np.full((300, 300), 255, np.uint8)
    page[100:103, 100:103] = 0
    with pytest.raises(
        ValueError, match=r"at least 8 pixels high or wide\. Received: one of [3-6] by [3-6] in"
    ):
        from_picture(page)
