"""The page of writer clustering: benchmarks that are here, under way, or about to be started."""

from collections.abc import Container, Mapping, Sequence
from pathlib import Path

import streamlit as st

from wvae.benchmark_job import MOST_SEEDS, BenchmarkJob, BenchmarkRun, resume_benchmark, start_benchmark
from wvae.benchmark_results import delete_result, read_result
from wvae.checkpoint import read_config
from wvae.clustering import CLUSTERERS, DEFAULT_CLUSTERERS, FITS
from wvae.digits import MIN_IMAGES, PROTOCOLS, eligible_writers
from wvae.errors import DataError, WvaeError
from wvae.files import modified
from wvae.jobs import JOB, Status, delete_folder, new_folder, read_job, read_status, stop
from wvae.protocol import default_split, trained
from wvae.representations import representations
from wvae.schema import LARGEST_SETTING
from wvae.scorecard import RECORDED
from wvae.ui.choice import Choice
from wvae.ui.door import read_only
from wvae.ui.errors import attempt
from wvae.ui.loaded import CHECKPOINTS, RUNS, digits_of
from wvae.ui.markdown import plain
from wvae.ui.missing import forget_choice

RESULTS = RUNS / "benchmarks"

WATCHED = "benchmarks under way"
"""Where the session keeps the names of the benchmarks that it last saw under way."""

FEWEST_WRITERS = 2
"""With fewer there is nothing to tell apart."""

AS_MANY = "There are as many clusters as writers."


def results_here() -> dict[str, Path]:
    """Every result by name: those that ship with a checkpoint, then those made here, the newest first."""
    recorded = {f"{path.parent.name}, recorded": path for path in sorted(CHECKPOINTS.glob(f"*/{RECORDED}"))}
    made = sorted(RESULTS.glob("*.json"), key=modified, reverse=True)
    return recorded | {path.stem: path for path in made}


def offer_to_delete_damaged(results: Mapping[str, Path]) -> None:
    """A button for each of some results that was made here and cannot be read."""
    for name, path in results.items():
        if path.parent != RESULTS:
            continue
        try:
            read_result(path)
        except DataError:
            args = [_delete_result, path]
            words = f"Delete {plain(name)}"
            st.button(words, on_click=attempt, args=args, icon=":material/delete:", key=f"clustering delete {name}")


def _delete_result(path: Path) -> None:
    delete_result(path)
    forget_choice("result")


def unfinished_here() -> list[Status]:
    """Benchmarks that are under way, or were stopped."""
    return [read_status(folder) for folder in sorted(RESULTS.glob("*.part")) if (folder / JOB).exists()]


def open_finished(alive: set[str], results: Container[str]) -> None:
    """Open the result of a benchmark that has finished since this session saw it under way.

    Args:
        alive: the folders' names of those under way now.
        results: the names of all results.
    """
    for ended in st.session_state.get(WATCHED, set()) - alive:
        if _plain(ended) in results:
            st.session_state["result"] = _plain(ended)
            st.toast(f"{plain(_plain(ended))} has finished: its answer is on top of the page.")
    st.session_state[WATCHED] = alive


def new_benchmark_form(choice: Choice) -> bool:
    """The widgets of a new run of the model in the sidebar; whether it has just been started."""
    most = len(eligible_writers(digits_of(choice.source)))
    if most < FEWEST_WRITERS:
        st.info(
            f"A benchmark needs at least {FEWEST_WRITERS} writers with {MIN_IMAGES} digits each, of which "
            f"{plain(choice.source)} has {most}: choose other digits in the sidebar."
        )
        return False
    config = read_config(choice.checkpoint)
    split, known = default_split(config), trained(config) is not None
    if not known:
        st.warning(
            "This model does not say on which writers it was trained. They may be the writers of the benchmark: choose "
            "the protocol that you know to be true."
        )
    left, middle, right = st.columns(3)
    usual_writers = min(max(FEWEST_WRITERS, split.writers), most)
    writers = left.number_input("Writers", FEWEST_WRITERS, most, usual_writers, help=AS_MANY)
    split_seed = middle.number_input(
        "Seed of the writers", 0, LARGEST_SETTING, split.split_seed, help="Which writers those are."
    )
    seeds = right.number_input("Seeds", 1, MOST_SEEDS, 5, help="Starts of each clusterer; the interval is over them.")
    rows = st.multiselect(
        "Representations", list(representations(choice.model)), placeholder="all representations", key="clustering rows"
    )
    left, middle, right = st.columns(3, vertical_alignment="bottom")
    clusterers = left.multiselect("Clusterers", list(CLUSTERERS), list(DEFAULT_CLUSTERERS), key="clustering clusterers")
    fits = middle.multiselect(
        "Fits", FITS, list(FITS), key="clustering fits",
        help="transductive: fitted on the test images themselves; inductive: on other images by the same writers.",
    )  # fmt: skip
    protocol = right.segmented_control(
        "Protocol", PROTOCOLS, default=split.protocol if known else None, required=known,
        key=f"clustering protocol {choice.checkpoint.name}",  # each model brings its own
        help="disjoint: the model was trained on other people; article: on other images by the same people.",
    )  # fmt: skip
    usual = f"{choice.checkpoint.name}-{writers}-writers"
    name = st.text_input("Name", placeholder=usual, max_chars=64, key="clustering name") or usual
    complete = bool(clusterers and fits and protocol)
    started = st.button(
        "Run", type="primary", icon=":material/play_arrow:", disabled=not complete, key="clustering start"
    )
    if not started or protocol is None:
        return False
    run = BenchmarkRun(
        str(choice.checkpoint), choice.source, int(writers), int(split_seed), protocol,
        tuple(rows), tuple(clusterers), tuple(fits), int(seeds),
    )  # fmt: skip
    try:
        start_benchmark(run, new_folder(f"{name}.json", RESULTS))
    except WvaeError as error:
        st.error(plain(error))
        return False
    return True


def show_unfinished(runs: Sequence[Status], model: str) -> None:
    """Benchmarks under way, and those of a model that were stopped or failed; those of other models are folded."""
    others = [run for run in runs if not run.alive and _model_of(run) != model]
    for run in runs:
        if run not in others:
            _show_unfinished(run)
    if others:
        with st.expander(f"Stopped or failed, of other models ({len(others)})"):
            for run in others:
                _show_unfinished(run)


def _model_of(run: Status) -> str | None:
    """The name of the model that a benchmark is of; None where its settings are damaged."""
    try:
        return Path(read_job(run.folder, BenchmarkJob).run.checkpoint).name
    except WvaeError:
        return None


def _plain(folder: str) -> str:
    """The name of the benchmark that works in a folder."""
    return folder.removesuffix(".json.part")


def _show_unfinished(run: Status) -> None:
    """How a benchmark stands, and what can be done with it."""
    name = _plain(run.name)
    with st.container(horizontal=True, vertical_alignment="center"):
        if run.alive:
            st.progress(run.progress or 0.0, f"**{plain(name)}**: {plain(run.message)}")
            if not read_only():
                st.button(
                    "Stop", on_click=stop, args=[run.folder], key=f"clustering stop {name}", icon=":material/stop:",
                    help="Finished rows are kept, and Resume goes on from there; the row under way is lost.",
                )  # fmt: skip
            return
        (st.error if run.state == "failed" else st.info)(f"**{plain(name)}** {run.state}: {plain(run.message)}")
        if read_only():
            return
        try:
            if st.button("Resume", key=f"clustering resume {name}", icon=":material/play_arrow:"):
                resume_benchmark(run.folder)
                st.rerun()
            if st.button("Delete", key=f"clustering delete {name}", icon=":material/delete:"):
                delete_folder(run.folder)
                st.rerun()
        except WvaeError as error:
            st.error(plain(error))
