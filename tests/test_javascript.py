"""The browser's scripts: their unit tests, how they are joined, and that they agree with Python."""

import json
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import wvae
from tests import conditional
from tests.conditional import conditional_model
from tests.convolutional import CONFIG
from tests.non_digits import non_digits
from tests.strokes import drawn
from wvae.errors import DataError
from wvae.model import WVAE, build_model
from wvae.outliers import outlier_scores
from wvae.sources.folder import to_mnist_form
from wvae.style_measures import AXES, style_measures
from wvae.ui.javascript import bundle
from wvae.ui.live_model import decoder_packet, encoder_packet
from wvae.ui.packets import frame

HERE = Path(__file__).parent.parent
UI = HERE / "wvae/ui"
ENTRIES = [path for path in sorted(UI.rglob("*.js")) if "export default" in path.read_text()]
CHECKPOINTS = sorted(path.parent for path in (HERE / "checkpoints").glob("*/model.safetensors"))


@pytest.fixture(scope="module")
def node() -> str:
    """The node program."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed: apt-get install nodejs")
    return found


def run(node: str, script: str, folder: Path) -> str:
    """What a module script prints, with ``import`` from ``wvae/ui``."""
    file = folder / "script.mjs"
    file.write_text(script.replace('from "./', f'from "{UI.as_uri()}/'))
    return subprocess.run([node, file], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("path", sorted((HERE / "tests/javascript").glob("*.test.js")), ids=lambda path: path.name)
def test_unit_tests(path: Path, node: str) -> None:
    done = subprocess.run([node, "--test", path], cwd=HERE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "# pass 0" not in done.stdout


def test_every_component_is_an_entry() -> None:
    assert {path.stem for path in ENTRIES} == {
        "gallery",
        "latent_map",
        "packet",
        "style_sliders",
        "theme_change",
        "writing",
    }


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda path: path.stem)
def test_names_are_declared_once_in_a_bundle(entry: Path) -> None:
    joined = bundle(entry)
    names = re.findall(r"^(?:async )?(?:function\*?|class|const|let) (\w+)", joined, re.MULTILINE)
    assert names
    assert not [name for name, count in Counter(names).items() if count > 1]
    assert re.findall(r"^import|^export.*?(?= )", joined, re.MULTILINE) == ["export"]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda path: path.stem)
def test_bundles_are_modules(entry: Path, node: str, tmp_path: Path) -> None:
    file = tmp_path / f"{entry.stem}.mjs"
    file.write_text(bundle(entry))
    assert subprocess.run([node, "--check", file], check=False).returncode == 0


def test_a_bundle_has_each_file_once_and_after_what_it_imports(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "entry.js").write_text(
        'import {\n  first,\n  second,\n} from "./first.js";\nimport { base } from "./below/base.js";\n\n'
        "export default function () {\n  return first + base;\n}\n"
    )
    (tmp_path / "first.js").write_text('import { base } from "./below/base.js";\nexport const first = base;\n')
    (tmp_path / "below/base.js").write_text("export function base() {}\n")
    joined = bundle(tmp_path / "entry.js")
    assert [line for line in joined.splitlines() if line and line[0] not in " }"] == [
        "function base() {}",
        "const first = base;",
        "export default function () {",
    ]


def test_a_frame_is_read_as_python_wrote_it(node: str, tmp_path: Path) -> None:
    for text in ("", "a", "ab", "abc", "é\u2212"):
        body = np.array([1.5, -2.25], "<f4")
        framed = frame({"text": text}, body.tobytes())
        assert len(framed) % 4 == 0
        (tmp_path / "frame").write_bytes(framed)
        script = """
            import { readFileSync } from "node:fs";
            import { unpack } from "./javascript/framing.js";
            const { header, body } = unpack(new Uint8Array(readFileSync("frame")));
            console.log(JSON.stringify([header, [...new Float32Array(body)]]));
        """
        assert json.loads(run(node, script, tmp_path)) == [{"text": text}, body.tolist()]


def test_bits_are_packed_as_numpy_does(node: str, tmp_path: Path) -> None:
    chosen = np.random.default_rng(0).integers(0, 2, 1003, dtype=np.uint8)
    script = f"""
        import {{ packBits, unpackBits }} from "./latent_map/bits.js";
        const chosen = Uint8Array.from({chosen.tolist()}), packed = Uint8Array.from({np.packbits(chosen).tolist()});
        console.log(JSON.stringify([[...packBits(chosen)], [...unpackBits(packed, chosen.length)]]));
    """
    packed, unpacked = json.loads(run(node, script, tmp_path))
    assert packed == np.packbits(chosen).tolist()
    assert unpacked == chosen.tolist()


DECODE = """
    import { readFileSync } from "node:fs";
    import { makeDecoder } from "./javascript/decoder.js";
    import { unpack } from "./javascript/framing.js";
    const { header, body } = unpack(new Uint8Array(readFileSync("decoder")));
    const [a, b] = JSON.parse(readFileSync("latents.json"));
    const decoder = makeDecoder(header, body), pixels = () => new Float32Array(784);
    const whole = a.map((_, i) => [...decoder.decode(a[i], b[i], pixels())]);
    const joined = a.map((_, i) => {
        const partA = decoder.partOfA(a[i], decoder.newPart());
        const partB = decoder.partOfB(b[i], decoder.digitOf(a[i]), decoder.newPart());
        return [...decoder.join(partA, partB, pixels())];
    });
    console.log(JSON.stringify([whole, joined]));
"""


def decodes_like_torch(model: WVAE, spread_b: float, node: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    a = 2 * rng.standard_normal((20, model.config.latent_a), dtype=np.float32)
    b = spread_b * rng.standard_normal((20, model.config.latent_b), dtype=np.float32)
    packet = decoder_packet(model)
    (tmp_path / "decoder").write_bytes(packet.framed)
    (tmp_path / "latents.json").write_text(json.dumps([a.tolist(), b.tolist()]))
    expected = wvae.decode(model, a, b).reshape(20, 784)
    assert expected.std() > 0.1
    for pixels in json.loads(run(node, DECODE, tmp_path)):
        assert np.abs(np.array(pixels) - expected).max() < 1e-4
    parts = (model.decoder, model.style_flow)
    weights = sum(tensor.numel() for part in parts for tensor in part.state_dict().values())
    assert len(packet.framed) - 4 * weights < 2500  # each weight once


@pytest.mark.parametrize("checkpoint", CHECKPOINTS, ids=lambda path: path.name)
def test_the_decoder_gives_what_torch_gives(checkpoint: Path, node: str, tmp_path: Path) -> None:
    decodes_like_torch(wvae.load_checkpoint(checkpoint), 2, node, tmp_path)


def test_a_decoder_in_which_a_and_b_meet(node: str, tmp_path: Path) -> None:
    decodes_like_torch(build_model(CONFIG).eval(), 2, node, tmp_path)


@pytest.mark.parametrize("spread_b", [1, 4, 30])
@pytest.mark.parametrize("sizes", [{}, {"latent_a": 1, "latent_b": 5}, {"named_axes": 0}], ids=str)
def test_a_decoder_with_a_style_flow(spread_b: float, sizes: dict, node: str, tmp_path: Path) -> None:
    decodes_like_torch(conditional_model(replace(conditional.CONFIG, **sizes)), spread_b, node, tmp_path)


ENCODE = """
    import { readFileSync } from "node:fs";
    import { makeEncoder } from "./javascript/encoder.js";
    import { unpack } from "./javascript/framing.js";
    const { header, body } = unpack(new Uint8Array(readFileSync("encoder")));
    const encode = makeEncoder(header, body);
    const encoded = JSON.parse(readFileSync("pictures.json")).map((greys) => encode(greys.map((grey) => grey / 255)));
    console.log(JSON.stringify(encoded.map(({ a, b, probabilities }) => [a, b, probabilities && [...probabilities]])));
"""


def encodes_like_torch(model: WVAE, node: str, tmp_path: Path) -> None:
    pictures = wvae.load_digits("synthetic:4").images[:40]
    pictures = np.concatenate([pictures, np.zeros((1, 28, 28), np.uint8), np.eye(28, dtype=np.uint8)[None] * 255])
    (tmp_path / "encoder").write_bytes(encoder_packet(model).framed)
    (tmp_path / "pictures.json").write_text(json.dumps(pictures.reshape(-1, 784).tolist()))
    a, b, probabilities = zip(*json.loads(run(node, ENCODE, tmp_path)), strict=True)
    latents = wvae.encode(model, pictures)
    assert latents.mean_b.std() > 0.1
    assert np.abs(np.array(a) - latents.mean_a).max() < 1e-3
    assert np.abs(np.array(b) - latents.mean_b).max() < 2e-3
    if model.classifier is not None:
        assert np.abs(np.array(probabilities) - wvae.digit_probabilities(model, latents.mean_a)).max() < 1e-3


@pytest.mark.parametrize("checkpoint", CHECKPOINTS, ids=lambda path: path.name)
def test_the_encoder_gives_what_torch_gives(checkpoint: Path, node: str, tmp_path: Path) -> None:
    encodes_like_torch(wvae.load_checkpoint(checkpoint), node, tmp_path)


def test_an_encoder_of_another_architecture(node: str, tmp_path: Path) -> None:
    encodes_like_torch(build_model(CONFIG).eval(), node, tmp_path)


@pytest.mark.parametrize("sizes", [{}, {"latent_a": 1, "latent_b": 1}, {"named_axes": 0}], ids=str)
def test_an_encoder_with_a_style_flow(sizes: dict, node: str, tmp_path: Path) -> None:
    encodes_like_torch(conditional_model(replace(conditional.CONFIG, **sizes)), node, tmp_path)


SCORE = """
    import { readFileSync } from "node:fs";
    import { makeDecoder } from "./javascript/decoder.js";
    import { makeEncoder } from "./javascript/encoder.js";
    import { unpack } from "./javascript/framing.js";
    import { outlierScore } from "./writing/reading.js";
    const made = (make, file) => {
        const { header, body } = unpack(new Uint8Array(readFileSync(file)));
        return make(header, body);
    };
    const encode = made(makeEncoder, "encoder"), decoder = made(makeDecoder, "decoder");
    const scores = JSON.parse(readFileSync("pictures.json")).map((greys) => {
        const pixels = Float32Array.from(greys, (grey) => grey / 255), { a, b } = encode(pixels);
        return outlierScore(pixels, decoder.decode(a, b, new Float32Array(784)), b);
    });
    console.log(JSON.stringify(scores));
"""


@pytest.mark.parametrize("checkpoint", CHECKPOINTS, ids=lambda path: path.name)
def test_the_score_as_an_outlier_is_that_of_python(checkpoint: Path, node: str, tmp_path: Path) -> None:
    model = wvae.load_checkpoint(checkpoint)
    pictures = np.concatenate([wvae.load_digits("synthetic:4").images[:40], non_digits(20, np.random.default_rng(0))])
    (tmp_path / "encoder").write_bytes(encoder_packet(model).framed)
    (tmp_path / "decoder").write_bytes(decoder_packet(model).framed)
    (tmp_path / "pictures.json").write_text(json.dumps(pictures.reshape(-1, 784).tolist()))
    expected = outlier_scores(model, pictures, wvae.encode(model, pictures))
    assert np.ptp(expected) > 50
    assert np.allclose(json.loads(run(node, SCORE, tmp_path)), expected, rtol=2e-3, atol=0.2)


def test_a_drawing_takes_the_form_that_the_folder_source_gives_it(node: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    drawings = [drawn(number % 10, rng) for number in range(200)]
    blank, dot, specked = np.zeros((448, 448), np.uint8), np.zeros((448, 448), np.uint8), drawings[3].copy()
    dot[200:212, 200:212] = 255
    specked[30:33, 30:33] = 255
    drawings += [blank, dot, specked]
    (tmp_path / "drawings").write_bytes(np.stack(drawings).tobytes())
    script = """
        import { readFileSync } from "node:fs";
        import { toMnistForm } from "./writing/mnist_form.js";
        const all = new Uint8Array(readFileSync("drawings")), size = 448 * 448, forms = [];
        for (let start = 0; start < all.length; start += size) {
            const form = toMnistForm({ width: 448, height: 448, greys: all.subarray(start, start + size) });
            forms.push(form && [...form]);
        }
        console.log(JSON.stringify(forms));
    """
    forms = json.loads(run(node, script, tmp_path))
    assert forms[200] is None  # blank
    with pytest.raises(DataError):
        to_mnist_form(Image.fromarray(blank))
    del forms[200], drawings[200]
    expected = np.stack([to_mnist_form(Image.fromarray(drawing)) for drawing in drawings]).reshape(-1, 784)
    assert np.abs(np.array(forms) - expected).max() <= 2


def test_measures_are_those_of_python(node: str, tmp_path: Path) -> None:
    images = wvae.load_digits("synthetic:2").images[:20] / np.float32(255)
    faint = 1e-3 * np.eye(28, dtype=np.float32)[None]  # touches the edges
    pictures = np.concatenate([images, np.zeros((1, 28, 28), np.float32), faint])
    (tmp_path / "pictures.json").write_text(json.dumps(pictures.reshape(-1, 784).tolist()))
    script = """
        import { readFileSync } from "node:fs";
        import { styleMeasures } from "./javascript/style_measures.js";
        console.log(JSON.stringify(JSON.parse(readFileSync("pictures.json")).map(styleMeasures)));
    """
    measured = json.loads(run(node, script, tmp_path))
    assert [*measured[0]] == [axis.name for axis in AXES]
    expected = style_measures(torch.from_numpy(pictures)).numpy()
    assert np.allclose([[*each.values()] for each in measured], expected, atol=1e-3)


def test_a_decoder_is_known_by_its_weights_and_layers() -> None:
    one, same, other = (decoder_packet(build_model(CONFIG, seed)) for seed in (0, 0, 1))
    assert one.key == same.key != other.key
