"""A dashboard in a folder of its own, opened through Streamlit's test driver."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from streamlit import config
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.context import ContextProxy
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest, app_test

from wvae.ui.pages import FIRST

HERE = Path(__file__).resolve().parents[2]

# The driver looks through all installed packages for components each time it opens a page: once is enough.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the dashboard's files and checkpoints, and no data."""
    for name in ("dashboard.py", "pages", "checkpoints"):
        (tmp_path / name).symlink_to(HERE / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WVAE_DATA", raising=False)
    monkeypatch.delenv("WVAE_READONLY", raising=False)
    config.set_option("server.address", "127.0.0.1")  # as .streamlit/config.toml of the dashboard says
    monkeypatch.setattr(ContextProxy, "ip_address", None)  # as of who sits at the machine; the driver knows none
    return tmp_path


class OfAServer(PagesManager):
    """On which the driver cannot reset that ``st.navigation`` has been called, as it does before every run."""


@pytest.fixture
def show(house: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Opens a page of that dashboard by its name and a query, as their address does."""

    def shown(page: str, **query: str) -> AppTest:
        app = AppTest.from_file(str(HERE / "dashboard.py"), default_timeout=60)
        if page != FIRST:  # whose address is that of the dashboard
            app.switch_page(str(HERE / f"pages/{page}.py"))
        app.query_params.update(query)
        monkeypatch.setattr(app_test, "PagesManager", PagesManager)
        app.run()
        monkeypatch.setattr(app_test, "PagesManager", OfAServer)
        return app

    return shown
