"""What the config of a checkpoint says beside the model: how it was trained, on what, and its figures of merit."""

from typing import Annotated, Any, Literal, Required, TypedDict

from msgspec import Meta

from wvae.digits import PROTOCOLS
from wvae.schema import Count, Finite, Fraction, Setting, Text, Word

AboveZero = Annotated[float, Meta(gt=0, le=1)]
Protocol = Annotated[str, Meta(pattern=f"^({'|'.join(PROTOCOLS)})$", max_length=100)]
Words = Annotated[list[Word], Meta(max_length=100)]


class ReconstructionFigures(TypedDict, total=False):
    """See :class:`wvae.evaluation.Reconstruction`."""

    reconstruction: Required[Finite]
    kl_a: Finite
    kl_b: Finite
    elbo: Finite


class ProbeFigures(TypedDict, total=False):
    """See :class:`wvae.leakage.ProbeAccuracy`; earlier versions do not say which probes did not converge."""

    logistic: Required[Fraction]
    mlp: Required[Fraction]
    nearest_neighbours: Required[Fraction]
    not_converged: Words


PROBES: tuple[Literal["logistic", "mlp", "nearest_neighbours"], ...] = ("logistic", "mlp", "nearest_neighbours")
"""The fresh classifiers."""


class LeakageFigures(TypedDict, total=False):
    """See :class:`wvae.leakage.Leakage`."""

    digit_from_a: ProbeFigures
    digit_from_b: Required[ProbeFigures]
    writer_from_a: ProbeFigures
    writer_from_b: Required[ProbeFigures]
    slant_from_a: Finite
    thickness_from_a: Finite
    digit_chance: Required[AboveZero]
    writer_chance: Required[AboveZero]
    not_converged: Words


class SwapFigures(TypedDict, total=False):
    """See :class:`wvae.evaluation.Swap`."""

    digit_kept: Fraction
    digit_read: Fraction
    slant_followed: Finite
    thickness_followed: Finite


class Figures(TypedDict, total=False):
    """See :class:`wvae.evaluation.Evaluation`."""

    images: Count
    reconstruction: ReconstructionFigures | None
    digit_accuracy: Fraction | None
    leakage: LeakageFigures | None
    swap: SwapFigures | None
    named_axes: Annotated[dict[Word, Finite], Meta(max_length=100)]


class SplitRecord(TypedDict):
    """How many evaluation writers, and the seed that chose them."""

    evaluation_writers: Setting
    seed: Setting


class DataRecord(TypedDict, total=False):
    """Which digits a model was trained on: ``images`` of those with the digest."""

    source: Text
    split: SplitRecord
    protocol: Protocol
    digest: Word
    images: Count


class ImportRecord(TypedDict, total=False):
    """The file that a model of the article was read from."""

    file: Text


class TrainingRecord(TypedDict, total=False):
    """When, how long, where and with what a model was trained; ``stages`` are the epochs of each."""

    stages: Annotated[dict[Word, Setting], Meta(max_length=100)]
    finished: Word
    seconds: Finite
    device: Word
    torch: Word


class CheckpointConfig(TypedDict, total=False):
    """The config of a checkpoint. ``model`` and ``training`` are read by :func:`wvae.schema.config_from`."""

    format_version: Required[Setting]
    package_version: Word
    model: Required[dict[str, Any]]
    preset: Word
    training: dict[str, Any]
    data: DataRecord
    imported: ImportRecord
    record: TrainingRecord
    figures: Figures
