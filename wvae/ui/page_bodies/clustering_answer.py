"""The page of writer clustering: what a result answers, in a sentence and a chart of five bars."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import streamlit as st

from wvae.benchmark_results import Result, Summary, summarise
from wvae.plots import Intervals
from wvae.representations import RAW_PIXELS, WRITER_PROJECTION
from wvae.ui.bars import show_bars
from wvae.ui.markdown import plain
from wvae.ui.page_bodies.scorecards import COLOURS
from wvae.ui.theme import page_palette

CHANCE, LATENT_B = "chance", "latent B"

BARS = {
    CHANCE: CHANCE,
    RAW_PIXELS: RAW_PIXELS,
    "morphometry": "morphometry",
    LATENT_B: LATENT_B,
    WRITER_PROJECTION: "writer projection",
}
"""The representations that have a bar, and what the bar is called."""

USUAL = "k-means", "transductive"
"""The clusterer and the fit that the bars are of, where the result has them."""


MUCH = 0.3
"""From which AMI on clusters find writers more than a little; set by eye."""


class Headline(NamedTuple):
    """The lines of a result that have a bar, by representation, all of one clusterer and fit."""

    clusterer: str
    fit: str
    lines: dict[str, Summary]


def headline(result: Result) -> Headline:
    """The bars of a result; those that it has no line of are left out."""
    lines = summarise(result.rows)
    ways = [(line.clusterer, line.fit) for line in lines if line.representation in BARS and line.clusterer != "none"]
    way = USUAL if USUAL in ways or not ways else ways[0]
    found = {line.representation: line for line in lines if (line.clusterer, line.fit) in (way, ("none", "none"))}
    return Headline(*way, {name: found[name] for name in BARS if name in found})


def standing(line: Summary) -> Literal["better", "worse", "alike", "unknown"]:
    """How a line's AMI compares with that of raw pixels, by the interval of their difference over seeds."""
    less = line.difference and line.difference["ami"]
    if not less or less.low is None or less.high is None:
        return "unknown"
    return "better" if less.low > 0 else "worse" if less.high < 0 else "alike"


def answer(lines: Mapping[str, Summary]) -> str:
    """Whether latent B finds writers, in a sentence; by its writer projection where the model has one."""
    raw, style = lines.get(RAW_PIXELS), lines.get(WRITER_PROJECTION) or lines.get(LATENT_B)
    if raw is None or style is None:
        return "This result has not both raw pixels and latent B, so it does not say whether latent B finds writers."
    ami = style.metrics["ami"].mean
    said, agree = {
        "better": (f"Yes{'' if ami > MUCH else ', a little'}", "agree with the writers better than"),
        "worse": ("No", "agree with the writers less well than"),
        "alike": ("Not clearly", "agree with the writers about as well as"),
        "unknown": ("Not certain", "need several seeds to be compared with"),
    }[standing(style)]
    of = "latent B, in its writer projection," if style.representation == WRITER_PROJECTION else "latent B"
    figures = f"AMI {ami:.3f} against {raw.metrics['ami'].mean:.3f}; 0 is chance, 1 is one cluster a writer"
    return f"**{said}**: clusters of {of} {agree} clusters of raw pixels ({figures})."


def verdict(line: Summary) -> str:
    """What is good or bad about the AMI of a line, in a sentence."""
    said = f"**{BARS[line.representation]}** {line.metrics['ami'].mean:.3f}:"
    if line.representation == CHANCE:
        return f"{said} clusters drawn at random; what is near it is poor."
    if line.representation == RAW_PIXELS:
        return f"{said} the pictures as they are, without a model; what is above it is good."
    return (
        said
        + {
            "better": f" :{COLOURS['good']}-badge[good] clearly above raw pixels.",
            "worse": f" :{COLOURS['poor']}-badge[poor] clearly below raw pixels.",
            "alike": f" :{COLOURS['fair']}-badge[fair] not clearly above or below raw pixels.",
            "unknown": " good if above raw pixels, but to tell, both need several seeds.",
        }[standing(line)]
    )


def show_answers(results: Mapping[str, Result]) -> None:
    """The answer of each result, side by side, their bars on one scale."""
    headlines = {name: headline(result) for name, result in results.items()}
    lines = [line for each in headlines.values() for line in each.lines.values()]
    edges = [edge for line in lines for edge in (line.metrics["ami"].low, line.metrics["ami"].high) if edge is not None]
    scale = [0.0, *(line.metrics["ami"].mean for line in lines), *edges]
    for column, (name, result) in zip(st.columns(len(results)), results.items(), strict=True):
        with column:
            if len(results) > 1:
                st.header(plain(name))
            _show_answer(result, headlines[name], (min(scale), max(scale)))


def _show_answer(result: Result, bars: Headline, scale: tuple[float, float]) -> None:
    st.markdown(answer(bars.lines))
    lines = list(bars.lines.values())
    estimates = [line.metrics["ami"] for line in lines]
    drawn = Intervals(
        "AMI",
        [BARS[line.representation] for line in lines],
        [ami.mean for ami in estimates],
        [ami.low for ami in estimates],
        [ami.high for ami in estimates],
    )
    palette = page_palette()
    colours = [palette.digits[0] if line.representation.startswith(LATENT_B) else palette.grey for line in lines]
    show_bars(drawn, colours, scale)
    st.markdown("\n".join(f"- {verdict(line)}" for line in lines))
    setting, seeds = result.config, len({row.seed for row in result.rows})
    st.caption(
        f"{len(result.writers):,} test images by {setting['writers']} writers of {plain(setting['source'])}, model "
        f"{plain(Path(setting['checkpoint']).name)}, protocol {setting['protocol']}. "
        f"Clusterer {bars.clusterer}, {bars.fit} fit; intervals are over {seeds} seed{'' if seeds == 1 else 's'}."
    )
