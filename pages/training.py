"""Train a model in the background, and watch its reconstructions improve."""

import streamlit as st

from wvae.errors import WvaeError
from wvae.jobs import delete_folder
from wvae.training_job import resume_run
from wvae.training_queue import start_next
from wvae.training_run import list_runs
from wvae.ui.choice import choose
from wvae.ui.door import read_only
from wvae.ui.errors import show_error
from wvae.ui.loaded import RUNS
from wvae.ui.markdown import plain
from wvae.ui.missing import forget_choice, say_missing_choice
from wvae.ui.page_bodies.training_form import new_run_form
from wvae.ui.page_bodies.training_runs import run_curves, run_progress, run_strip, runs_table, stop_popover
from wvae.ui.pages import links_to_model, within_dashboard

LIVE, IDLE = 1, 5  # seconds between two looks at the runs while one is alive, and otherwise


def watch(drawn: dict[str, bool], chosen: str | None) -> None:
    """What changes while a run goes on; the whole page is drawn anew when one has come, ended or gone."""
    if not read_only():
        try:
            start_next(RUNS)  # at once, if another was killed
        except WvaeError as error:
            show_error(error)
    runs = list_runs(RUNS)
    if {run.name: run.alive for run in runs} != drawn:
        st.rerun()
    if not runs:
        st.info("No model has been trained here yet. The preset wvae is a good first choice.")
        return
    run = next(run for run in runs if run.name == chosen)
    run_progress(run)
    for part in (run_strip, run_curves):
        try:
            part(run)
        except (WvaeError, OSError) as error:
            show_error(error)
    st.header("All runs")
    runs_table(runs)


def buttons(name: str, alive: bool, finished: bool) -> None:
    """What can be done with a run."""
    folder = RUNS / name
    try:
        with st.container(horizontal=True):
            if alive:
                stop_popover(folder)
            elif not finished and st.button("Resume", icon=":material/play_arrow:", key="training resume"):
                resume_run(folder)
                st.rerun()
            if not alive:  # the name is in the key, so that the next run's popover is closed
                with st.popover("Delete", icon=":material/delete:", key=f"training to delete {name}"):
                    st.markdown(f"**{name}** and all its files will be deleted.")
                    if st.button("Delete for good", type="primary", key="training delete"):
                        delete_folder(folder)
                        forget_choice("run")
                        st.rerun()
    except WvaeError as error:
        st.error(plain(error))


within_dashboard()
st.title("Training")
st.markdown(
    "A model is trained by reconstructing digits from their two codes, again and again. The reconstructions become "
    "sharper and the curves fall; when the curves are flat, more training changes little. Training continues when this "
    "page is closed."
)
runs = list_runs(RUNS)
say_missing_choice("run", [run.name for run in runs])
if not read_only():
    with st.expander("New run", expanded=not runs, icon=":material/add:"):
        started = new_run_form()
    if started:
        st.session_state["run"] = started.name
        st.rerun()

states = {run.name: run.state for run in runs}
chosen = None
if runs:
    left, right = st.columns([2, 1], vertical_alignment="bottom")
    chosen = left.selectbox("Run", list(states), key="run", bind="query-params")
    if not read_only():
        with right:
            buttons(chosen, any(run.alive for run in runs if run.name == chosen), states[chosen] == "finished")
    if states[chosen] == "finished":
        links_to_model(chosen)
st.fragment(watch, run_every=LIVE if any(run.alive for run in runs) else IDLE)(
    {run.name: run.alive for run in runs}, chosen
)

with st.sidebar:  # last, and its errors beside it: one can train without a model or digits that can be shown
    choose()
