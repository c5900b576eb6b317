"""The dashboard: ``streamlit run dashboard.py``."""

import streamlit as st

from wvae.ui.pages import navigation

st.set_page_config(page_title="wvae", page_icon="✍️", layout="wide")
navigation().run()
