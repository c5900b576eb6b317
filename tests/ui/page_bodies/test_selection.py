"""What is shown of the digits that are selected on the latent map."""

import json
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from wvae.digits import DigitSet
from wvae.latents import Latents
from wvae.model import ModelConfig, build_model
from wvae.neighbours import nearest
from wvae.ui.choice import Choice


@pytest.mark.parametrize("dimensions", [0, 1])
def test_neighbours_in_the_writer_projection_of_models_that_have_one(dimensions: int, synthetic: DigitSet) -> None:
    model = build_model(ModelConfig(2, 3, writer_dimensions=dimensions)).eval()
    rng = np.random.default_rng(0)
    a, b = (rng.normal(size=(50, size)).astype(np.float32) for size in (2, 3))
    choice = Choice(Path("mine"), "synthetic:100", 0, model, synthetic[:50], None, "some")
    choice.__dict__["latents"] = Latents(a, a, b, b)

    def page(choice):  # its source runs on its own
        import numpy as np

        from wvae.ui.page_bodies.selection import show_pictures

        show_pictures(choice, np.array([7]), None, "slot")

    app = AppTest.from_function(page, args=(choice,), default_timeout=60).run()
    near = app.segmented_control(key="map near")
    assert near.options == ["A (content)", "B (style)", "A and B", *dimensions * ["writer projection"]]
    if dimensions:  # of which the first is the first axis of B, as a projection is built
        near.set_value("writer projection").run()
        galleries = [
            one.proto.json for one in app.get("bidi_component") if one.proto.component_name.endswith("gallery")
        ]
        assert json.loads(galleries[1])["rows"] == [7, *nearest(b[:, :1], 7, 11).rows]
    assert not app.exception
