"""How long each page takes to its first meaningful picture, and how much moves after it has been drawn.

    PYTHONPATH=. python benchmarks/pages.py [SOURCE]

Prints a line a page: seconds from opening the address to that picture, the median of five visits of a warm server, and
the greatest layout shift of these visits (https://web.dev/articles/cls, all shifts added up): in all, and after that
picture. SOURCE is qmnist:train, or another that is here; digits lie where
``WVAE_DATA`` says. It needs Debian's chromium and what requirements-dev.txt lists.
"""

import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import FLAGS
from tests.browser.first_picture import Visit, visit
from tests.browser.serving import fill_house, serving
from wvae.ui.pages import PAGES

VISITS = 5


def main(source: str) -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        house = fill_house(Path(folder))
        browser = playwright.chromium.launch_persistent_context(
            Path(folder) / "profile", executable_path="/usr/bin/chromium", args=FLAGS.split()
        )
        with serving(house, "-m", "streamlit") as server:
            print("| page | seconds | layout shift | after the picture |\n|---|---|---|---|")
            for name in PAGES:
                visits = [visit(browser, server, name, source) for _ in range(1 + VISITS)][1:]
                seconds = statistics.median(seen.seconds for seen in visits)
                shifts = (max(seen[which] for seen in visits) for which in range(1, len(Visit._fields)))
                print(f"| {name} | {seconds:.2f} | {' | '.join(f'{shift:.3f}' for shift in shifts)} |", flush=True)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:] or ["qmnist:train"])
