"""Do the images by one writer fall into one cluster? Run the benchmark, read its table, look into its clusters."""

import streamlit as st

from wvae.benchmark_results import read_result
from wvae.errors import WvaeError
from wvae.ui.choice import choose
from wvae.ui.errors import show_error
from wvae.ui.page_bodies.benchmark_results import show_chart, show_published, show_table
from wvae.ui.page_bodies.benchmark_runs import (
    new_benchmark_form,
    open_finished,
    results_here,
    show_unfinished,
    unfinished_here,
)
from wvae.ui.page_bodies.clusters import show_clusters

choice = choose()
st.title("Writer clustering")
st.markdown(
    "Pictures are grouped in as many clusters as there are writers, by a representation such as raw pixels or latent "
    "B. If **latent B (style)** holds the style of the writer, its clusters should agree with the writers better than "
    "clusters of raw pixels do. **AMI** measures this agreement: 1 is the best, 0 is chance. **Purity** is above 0 by "
    "chance too, so its chance value is in the table."
)


def watch(drawn: tuple[set[str], list[str]]) -> None:
    """Benchmarks under way; the whole page is drawn anew when one has come, ended or gone."""
    unfinished = unfinished_here()
    if drawn != ({run.name for run in unfinished if run.alive}, list(results_here())):
        st.rerun()
    show_unfinished(unfinished, choice.name)


results = results_here()
with st.expander("New run", expanded=not results, icon=":material/add:"):
    try:
        started = new_benchmark_form(choice)
    except WvaeError as error:
        show_error(error)
        started = False
if started:
    st.rerun()
alive = {run.name for run in unfinished_here() if run.alive}
open_finished(alive, results)
st.fragment(watch, run_every=1 if alive else 5)((alive, list(results)))

if not results:
    st.info("No benchmark has been run here yet: start one above.")
    st.stop()
recorded = f"{choice.checkpoint.name}, recorded"
left, right = st.columns(2)
first = list(results).index(recorded) if recorded in results else 0
name = left.selectbox("Result", list(results), first, key="result", bind="query-params")
others = right.multiselect("Beside it", [other for other in results if other != name], key="clustering beside")
try:
    shown = {each: read_result(results[each]) for each in (name, *others)}
    result = shown[name]
    setting, seeds = result.config, len({row.seed for row in result.rows})
    st.caption(
        f"{len(result.writers):,} test images by {setting['writers']} writers of {setting['source']}, model "
        f"{setting['checkpoint']}, protocol {setting['protocol']}, {seeds} seeds; intervals are over seeds."
    )
    show_table(shown, {each: results[each] for each in shown})
    show_published()
    show_chart(shown)
    st.subheader("Look into the clusters")
    show_clusters(result)
except (WvaeError, OSError) as error:
    show_error(error)
