import re

import numpy as np

from wvae.report import ReportedModel, ReportedPicture, report
from wvae.scorecard import FigureOfMerit

FIGURE = FigureOfMerit("Digit from A", "0.99", "good", "A says which digit it is.", "Accuracy; higher is better.")


def test_a_report_says_all_and_needs_no_server() -> None:
    models = [
        ReportedModel(
            "one", [FIGURE], {"data": {"source": "qmnist:train"}, "training": {"seed": 3}, "figures": {"x": 1}}
        ),
        ReportedModel("<b>other</b>", [], {}),
    ]
    picture = ReportedPicture(np.eye(28, dtype=np.float32), "Digits & their reconstructions")
    page = report(models, "100 digits of <synthetic>", [picture], "1.2").decode()
    for said in (
        "one and &lt;b&gt;other&lt;/b&gt;",
        "100 digits of &lt;synthetic&gt;",
        "Digits &amp; their",
        "0.99",
        "good",
    ):
        assert said in page
    assert "A says which digit it is. Accuracy; higher is better." in page
    assert "It came without figures." in page
    assert "Checkpoint one, trained on qmnist:train, seed 3." in page
    assert '"x"' not in page  # figures are in their table
    assert "<b>" not in page
    assert re.findall(r'(?:src|href)="(.{22})', page) == ["data:image/png;base64,"]
