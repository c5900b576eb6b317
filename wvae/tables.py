"""The tables that the command line prints."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from wvae.digits import DigitSet

if TYPE_CHECKING:
    from wvae.benchmark_results import Row
    from wvae.evaluation import Evaluation
    from wvae.intervals import Estimate
    from wvae.retrieval import Retrieval


def print_digits(digits: DigitSet) -> None:
    """How many images there are, by how many writers, and of each digit."""
    counts = np.unique(digits.writers, return_counts=True)[1]
    print(f"{len(digits)} images by {len(counts)} writers, {counts.min()} to {counts.max()} each")
    for digit, count in enumerate(np.bincount(digits.digits, minlength=10)):
        print(f"  {digit}: {count:>7}")


def print_evaluation(evaluation: "Evaluation") -> None:
    """The figures of one model, each where it was measured."""
    reconstruction = evaluation.reconstruction
    print(f"on {evaluation.images} images")
    print(f"  reconstruction       {reconstruction.reconstruction:9.2f} nats per image")
    print(f"  ELBO                 {reconstruction.elbo:9.2f} nats per image")
    print(f"  KL of A, of B        {reconstruction.kl_a:9.2f}, {reconstruction.kl_b:.2f} nats per image")
    if evaluation.digit_accuracy is not None:
        print(f"  digit accuracy from A {evaluation.digit_accuracy:8.3f}")
    if leakage := evaluation.leakage:
        print("fresh probes, accuracy                  logistic  MLP (64)  15 neighbours")
        rows = [
            ("digit from A", leakage.digit_from_a, leakage.digit_chance),
            ("digit from B", leakage.digit_from_b, leakage.digit_chance),
            ("writer from A", leakage.writer_from_a, leakage.writer_chance),
            ("writer from B", leakage.writer_from_b, leakage.writer_chance),
        ]
        for name, probe, chance in rows:
            print(
                f"  {name:<14} (chance {chance:.3f}) {probe.logistic:16.3f} {probe.mlp:9.3f} "
                f"{probe.nearest_neighbours:14.3f}"
            )
        print(f"  slant and thickness from A, R2: {leakage.slant_from_a:.3f}, {leakage.thickness_from_a:.3f}")
        for probe_name in leakage.under_reported:
            print(f"  not converged, more may be read: {probe_name}")
    if swap := evaluation.swap:
        print("A of one picture with B of another")
        print(f"  digit kept: {swap.digit_kept:.3f} (a judge reads {swap.digit_read:.3f} of real ones)")
        print(f"  slant and thickness followed, R2: {swap.slant_followed:.3f}, {swap.thickness_followed:.3f}")
    if evaluation.named_axes:
        print("named axes of B, each with its measure")
        print(f"  R2: {', '.join(f'{name} {r2:.3f}' for name, r2 in evaluation.named_axes.items())}")


def print_benchmark(rows: "Sequence[Row]") -> None:
    """A line for each representation, clusterer and fit, then those that the article published."""
    from wvae.benchmark_results import PUBLISHED, summarise
    from wvae.representations import RAW_PIXELS

    print(f"{'':<66}     AMI   95 % interval     less raw pixels       ARI  purity (chance)   seconds")
    for line in summarise(rows):
        name = ", ".join(part for part in (line.representation, line.clusterer, line.fit) if part != "none")
        purity, ari, ami = (line.metrics[metric] for metric in ("purity", "ari", "ami"))
        less = line.difference["ami"] if line.difference and line.representation != RAW_PIXELS else None
        print(
            f"{name:<66} {ami.mean:7.4f} {_interval(ami):>17} {_interval(less):>19} {ari.mean:9.4f} "
            f" {purity.mean:.3f}  ({line.purity_chance:.3f}) {line.seconds:9.2f}  {line.note}"
        )
    for representation, clusterer, purity_2018, ari_2018, ami_2018 in PUBLISHED:
        name = f"{representation}, {clusterer}, published in 2018 of other writers"
        print(f"{name:<66} {ami_2018:7.4f} {'':>37} {ari_2018:9.4f}  {purity_2018:.3f}")
    print("seconds: wall-clock time of a row while others ran beside it, so no measure of speed")


def print_retrieval(found: "Sequence[Retrieval]") -> None:
    """A line for each representation and number of images."""
    print(f"{'':<34} images a side   writers   top-1 (chance)    top-5 (chance)")
    for line in found:
        print(
            f"{line.representation:<34} {line.images:13} {line.writers:9}   {line.top1.mean:.3f} ({line.chance1:.3f})"
            f"     {line.top5.mean:.3f} ({line.chance5:.3f})"
        )


def _interval(estimate: "Estimate | None") -> str:
    if estimate is None or estimate.low is None:
        return ""
    return f"{estimate.low:.4f} to {estimate.high:.4f}"
