"""The dashboard: ``streamlit run dashboard.py``. Streamlit imports it to serve it, and runs it for each visitor."""

from streamlit import App

if __name__ == "__main__":
    from wvae.ui.choice import draw_sidebar
    from wvae.ui.pages import navigation
    from wvae.ui.start import start_server
    from wvae.ui.theme import follow_theme

    start_server()
    page = navigation()
    draw_sidebar(page.url_path)
    page.run()
    follow_theme()
else:
    from wvae.ui.window import window_routes

    app = App(__file__, routes=window_routes())
