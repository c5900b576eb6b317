"""The dashboard: ``streamlit run dashboard.py``."""

import streamlit as st

st.set_page_config(page_title="wvae", page_icon="✍️", layout="wide")
st.navigation(
    [
        st.Page("pages/overview.py", title="Overview", icon=":material/home:", default=True),
        st.Page("pages/latent_map.py", title="Latent map", icon=":material/scatter_plot:"),
    ]
).run()
