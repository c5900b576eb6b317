"""Do the images by one writer fall into one cluster? The answer, all figures behind it, and a look into clusters."""

import streamlit as st

from wvae.benchmark_results import Result, read_result
from wvae.errors import WvaeError
from wvae.ui.choice import choose
from wvae.ui.door import read_only
from wvae.ui.errors import show_error
from wvae.ui.missing import say_missing_choice
from wvae.ui.page_bodies.benchmark_results import show_chart, show_published, show_table
from wvae.ui.page_bodies.benchmark_runs import (
    new_benchmark_form,
    offer_to_delete_damaged,
    open_finished,
    results_here,
    show_unfinished,
    unfinished_here,
)
from wvae.ui.page_bodies.clustering_answer import show_answers
from wvae.ui.page_bodies.clusters import show_clusters

choice = choose()
st.title("Writer clustering")
st.markdown("Does **latent B (style)** find writers? Pictures are grouped in as many clusters as there are writers.")


def watch(drawn: tuple[set[str], list[str]]) -> None:
    """Benchmarks under way; the whole page is drawn anew when one has come, ended or gone."""
    unfinished = unfinished_here()
    if drawn != ({run.name for run in unfinished if run.alive}, list(results_here())):
        st.rerun()
    show_unfinished(unfinished, choice.name)


results = results_here()
alive = {run.name for run in unfinished_here() if run.alive}
open_finished(alive, results)
shown: dict[str, Result] = {}
say_missing_choice("result", list(results))
if results:
    recorded = f"{choice.checkpoint.name}, recorded"
    left, right = st.columns(2)
    first = list(results).index(recorded) if recorded in results else 0
    name = left.selectbox("Result", list(results), first, key="result", bind="query-params")
    others = [other for other in results if other != name]
    second = right.selectbox("Beside it", others, None, key="clustering beside", placeholder="no other result")
    try:
        shown = {each: read_result(results[each]) for each in (name, second) if each}
        show_answers(shown)
        with st.expander("All rows", icon=":material/table:"):
            show_table(shown, {each: results[each] for each in shown})
            show_published()
            show_chart(shown)
    except (WvaeError, OSError) as error:
        show_error(error)
        if not read_only():
            offer_to_delete_damaged({each: results[each] for each in (name, second) if each})
else:
    st.info("No benchmark has been run here yet: start one below.")

if not read_only():
    with st.expander("New run", expanded=not results, icon=":material/add:"):
        try:
            started = new_benchmark_form(choice)
        except WvaeError as error:
            show_error(error)
            started = False
    if started:
        st.rerun()
st.fragment(watch, run_every=1 if alive else 5)((alive, list(results)))

if shown:
    st.header("Look into the clusters")
    try:
        show_clusters(shown[name])
    except (WvaeError, OSError) as error:
        show_error(error)
