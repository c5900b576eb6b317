"""The place of the writer-clustering benchmark."""

import streamlit as st

st.title("Writer clustering")
st.info("Here the benchmark will ask whether latent B finds writers better than raw pixels do. It is not built yet.")
