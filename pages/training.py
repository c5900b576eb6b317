"""Train a model in the background, and watch it learn."""

import streamlit as st

from wvae.errors import WvaeError
from wvae.jobs import delete_folder, stop
from wvae.training_job import resume_run
from wvae.training_run import list_runs
from wvae.ui.choice import RUNS, choose, within_dashboard
from wvae.ui.training import new_run_form, open_links, run_curves, run_progress, run_strip, runs_table

LIVE, IDLE = 1, 5  # seconds between two looks at the runs while one is alive, and otherwise


def watch(known: dict[str, bool], chosen: str | None) -> None:
    """What changes while a run goes on; the whole page is drawn anew when one has come, ended or gone."""
    runs = list_runs(RUNS)
    if {run.name: run.alive for run in runs} != known:
        st.rerun()
    if not runs:
        st.info("Nothing has been trained here yet. Start with the form above: the preset article is a good first one.")
        return
    run = next(run for run in runs if run.name == chosen)
    run_progress(run)
    for part in (run_strip, run_curves):
        try:
            part(run)
        except (WvaeError, OSError) as error:
            st.error(str(error))
    st.subheader("All runs")
    runs_table(runs)


def buttons(name: str, alive: bool, finished: bool) -> None:
    """What can be done with a run."""
    folder = RUNS / name
    try:
        with st.container(horizontal=True):
            if alive:
                st.button("Stop", on_click=stop, args=[folder], icon=":material/stop:", key="stop")
            elif not finished and st.button("Resume", icon=":material/play_arrow:", key="resume"):
                resume_run(folder)
                st.rerun()
            if not alive:
                with st.popover("Delete", icon=":material/delete:", key=f"to delete {name}"):  # closed for the next
                    st.markdown(f"**{name}** and all its files will be gone.")
                    if st.button("Delete for good", type="primary", key="delete"):
                        delete_folder(folder)
                        st.rerun()
    except WvaeError as error:
        st.error(str(error))


within_dashboard()
st.title("Training")
st.markdown(
    "A model learns by copying digits through its two bottlenecks, over and over. Watch the copies become sharper and "
    "the curves fall; once they lie flat, more training changes little. Training goes on when this page is closed."
)
runs = list_runs(RUNS)
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
    with right:
        buttons(chosen, any(run.alive for run in runs if run.name == chosen), states[chosen] == "finished")
    if states[chosen] == "finished":
        open_links(chosen)
st.fragment(watch, run_every=LIVE if any(run.alive for run in runs) else IDLE)(
    {run.name: run.alive for run in runs}, chosen
)

with st.sidebar:  # last, and its errors beside it: one can train without a model or digits that can be shown
    choose()
