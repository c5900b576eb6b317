"""The dashboard: ``streamlit run dashboard.py``."""

from wvae.ui.choice import draw_sidebar
from wvae.ui.pages import navigation

page = navigation()
draw_sidebar(page.url_path)
page.run()
