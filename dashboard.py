"""The dashboard: ``streamlit run dashboard.py``."""

import streamlit as st

st.set_page_config(page_title="wvae", page_icon="✍️", layout="wide")
st.navigation(
    {
        "Look": [
            st.Page("pages/overview.py", title="Overview", icon=":material/home:", default=True),
            st.Page("pages/latent_map.py", title="Latent map", icon=":material/scatter_plot:"),
            st.Page("pages/style_sliders.py", title="Style sliders", icon=":material/tune:"),
            st.Page("pages/style_transfer.py", title="Style transfer", icon=":material/grid_on:"),
        ],
        "Test": [
            st.Page("pages/writer_clustering.py", title="Writer clustering", icon=":material/groups:"),
        ],
        "Make": [
            st.Page("pages/training.py", title="Training", icon=":material/model_training:"),
            st.Page("pages/models_and_data.py", title="Models and data", icon=":material/folder_open:"),
        ],
    }
).run()
