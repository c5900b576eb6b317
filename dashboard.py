"""The dashboard: ``streamlit run dashboard.py``."""

from wvae.ui.pages import navigation

navigation().run()
