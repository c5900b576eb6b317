"""The dashboard: ``streamlit run dashboard.py``."""

from wvae.ui.choice import draw_sidebar
from wvae.ui.pages import navigation
from wvae.ui.start import start_server
from wvae.ui.theme import follow_theme

start_server()
page = navigation()
draw_sidebar(page.url_path)
page.run()
follow_theme()
