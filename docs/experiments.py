"""Make every figure of experiments.md: train what is not there, run the benchmarks, print the tables.

    python docs/experiments.py SOURCE FOLDER

SOURCE is "qmnist:train" or "synthetic"; models and results are kept in FOLDER, so that a second call goes on.
"""

import subprocess
import sys
from pathlib import Path

from wvae.clustering import Summary, read_result, summarise

SPLITS = range(5)
SEEDS = 20
FEW_SEEDS = 3
"""Of rows that take a minute each; the interval, over draws of writers, hardly depends on it."""

PIXELS = "raw pixels,raw pixels less the digit's mean"
MEASURES = "PCA,morphometry"
LATENTS = "latent A,latent B,A and B"
BOTH = "k-means,gaussian mixture"


def wvae(*words: object) -> None:
    """Run a command of wvae."""
    print("$ python -m wvae", *words, file=sys.stderr, flush=True)
    subprocess.run([sys.executable, "-m", "wvae", *map(str, words)], check=True)


def model(folder: Path, source: str, protocol: str, dimensions: int, split: int) -> Path:
    """A checkpoint of the article's preset, trained if it is not there."""
    shipped = Path("checkpoints") / f"{source.partition(':')[0]}-{dimensions}d"
    if protocol == "disjoint" and split == 0:
        return shipped
    made = folder / f"{protocol}-{dimensions}d-split{split}"
    if not (made / "model.safetensors").exists():
        size = ("--latent-a", dimensions, "--latent-b", dimensions)
        where = ("--protocol", protocol, "--split-seed", split, "--out", made)
        wvae("train", "--preset", "article", *size, "--data", source, *where)
    return made


def rows(checkpoint: Path, source: str, split: int, file: Path, *options: object) -> list:
    """The rows of one benchmark, run if they are not there."""
    if not file.exists():
        wvae("benchmark", checkpoint, "--data", source, "--split-seed", split, *options, "--json", file)
    return read_result(file).rows


def line(name: str, found: Summary) -> str:
    """A line of a table in Markdown."""

    def cell(metric: str) -> str:
        value = found.metrics[metric]
        return f"{value.mean:.3f}" if value.low is None else f"{value.mean:.3f} ({value.low:.3f}-{value.high:.3f})"

    less = found.difference["ami"] if found.difference and found.representation != "raw pixels" else None
    paired = f"{less.mean:+.3f} ({less.low:+.3f} to {less.high:+.3f})" if less else ""
    ratio = f"{found.ratio:.2f}" if found.ratio else ""
    scores = [cell(metric) for metric in ("purity", "ari", "ami")]
    cells = [name, found.clusterer, found.fit, *scores, paired, ratio, f"{found.seconds:.1f}"]
    return f"| {' | '.join(cells)} |"


def main(source: str, folder: Path) -> None:
    base = []
    for split in SPLITS:
        shared = model(folder, source, "disjoint", 10, split)
        parts = {
            "pixels": (PIXELS, BOTH, "transductive", SEEDS),
            "pixels-inductive": (PIXELS, BOTH, "inductive", FEW_SEEDS),
            "pixels-full": ("raw pixels", "full gaussian mixture", "transductive", FEW_SEEDS),
            "measures": (MEASURES, BOTH, "transductive,inductive", SEEDS),
            "measures-extra": (f"raw pixels,{MEASURES}", "ward,hdbscan,spectral", "transductive", FEW_SEEDS),
        }
        base.append([])
        for part, (names, clusterers, fits, seeds) in parts.items():
            how = ("--representations", names, "--clusterers", clusterers, "--fits", fits, "--seeds", seeds)
            base[-1] += rows(shared, source, split, folder / f"{part}-split{split}.json", *how)
    print("| representation | clusterer | fit | purity | ARI | AMI | AMI less raw pixels | ratio | seconds |")
    print("|---|---|---|---|---|---|---|---|---|")
    for found in summarise(*base):
        print(line(found.representation, found))
    models = {f"{d} + {d}, {protocol}": (protocol, d) for d in (10, 1) for protocol in ("disjoint", "article")}
    for title, (protocol, d) in models.items():
        latents = []
        for split in SPLITS:
            checkpoint = model(folder, source, protocol, d, split)
            how = ("--representations", LATENTS, "--clusterers", f"{BOTH},full gaussian mixture", "--seeds", SEEDS)
            latents.append(rows(checkpoint, source, split, folder / f"latents-{protocol}-{d}d-split{split}.json", *how))
        draws = [pixels + latent for pixels, latent in zip(base, latents, strict=True)]
        for found in summarise(*draws):
            if found.representation in LATENTS.split(","):
                print(line(f"{found.representation}, {title}", found))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
