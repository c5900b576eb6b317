"""The dashboard: ``streamlit run dashboard.py``."""

from wvae.ui.choice import draw_sidebar
from wvae.ui.pages import navigation
from wvae.ui.start import start_server

start_server()
page = navigation()
draw_sidebar(page.url_path)
page.run()
