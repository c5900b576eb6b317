"""Who may import whom, one way only, and what may not be loaded before it is needed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent.parent
PLAIN = {"errors", "files"}
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "files": set(),
    "digits": set(),
    "arrays": set(),
    "schema": set(),
    "record": {"digits", "schema"},
    "layers": set(),
    "posterior": set(),
    "style_measures": {"digits"},
    "encoders": {"activations", "digits", "layers", "posterior"},
    "conditional_encoder": {"digits", "encoders", "layers", "posterior", "priors", "style_measures"},
    "random_affine": {"digits"},
    "triangular_flow": {"digits", "posterior", "style_flows"},
    "writer_maps": {"digits"},
    "style_flows": {"posterior"},
    "decoders": {"activations", "classifiers", "digits", "layers"},
    "priors": {"digits", "posterior"},
    "classifiers": {"digits", "layers", "priors"},
    "model": {"schema", "posterior", "encoders", "style_flows", "decoders", "priors", "classifiers"}
    | {"conditional_encoder", "style_measures", "triangular_flow", "writer_maps"},
    "morphometry": set(),
    "palette": set(),
    "report": {"raster", "scorecard"},
    "plots": {"palette", "raster"},
    "raster": set(),
    "projection": {"arrays", "neighbours"},
    "shipped_layouts": {"arrays", "projection"},
    "query": set(),
    "selections": {"arrays"},
    "curves": set(),
    "scorecard": {"record", "schema", "digits"},
    "sampling": {"digits"},
    "neighbours": set(),
    "sources": {"arrays", "digits", "sources"},
    "writer_head": set(),
    "activations": set(),
    "likelihood": set(),
    "precision": set(),
    "processes": set(),
    "objective": {"schema", "encoders", "likelihood", "model", "posterior", "precision", "processes", "writer_head"},
    "checkpoint": {"model", "record", "schema", "wvae"},
    "original_models": {"arrays", "checkpoint", "model", "digits"},
    "latents": {"model", "digits", "priors"},
    "training_config": {"schema", "objective"},
    "learner": {"digits", "model", "processes", "training_config"},
    "cuda_graph": {"processes"},
    "training_stages": {
        "cuda_graph",
        "digits",
        "encoders",
        "learner",
        "model",
        "objective",
        "training_config",
        "triangular_flow",
    }
    | {"conditional_encoder", "morphometry", "precision", "processes", "random_affine", "writer_directions"}
    | {"writer_head"},
    "training": {"model", "digits", "checkpoint", "processes", "record", "schema", "training_config"}
    | {"training_stages"},
    "ensemble": {"cuda_graph", "digits", "learner", "model", "objective", "posterior", "processes"}
    | {"training_config", "training_stages"},
    "presets": {"model", "objective", "training_config"},
    "writer_directions": {"digits", "latents", "model", "morphometry"},
    "leakage": {"digits", "latents", "morphometry"},
    "protocol": {"record", "digits", "sources"},
    "representations": {"digits", "latents", "model", "morphometry"},
    "intervals": set(),
    "likeness": set(),
    "agreement": set(),
    "compute_backend": set(),
    "benchmark_results": {"record", "schema", "agreement", "intervals", "representations", "wvae"},
    "mixture": set(),
    "starting_centres": set(),
    "clustering": {"digits", "representations", "benchmark_results", "mixture", "starting_centres"},
    "figures": {"digits", "latents", "model", "plots", "projection"},
    "retrieval": {"digits", "intervals", "representations"},
    "evaluation": {"likelihood", "model", "posterior", "digits", "latents", "morphometry", "leakage"},
    "directions": {"digits", "latents", "model", "morphometry"},
    "reconstruction": {"likelihood", "model", "latents"},
    "outliers": {"latents", "model", "reconstruction"},
    "model_catalogue": {"record", "checkpoint", "original_models", "jobs"},
    "own_digits": {"digits", "jobs", "locks", "sources"},
    "json_lines": {"schema"},
    "locks": set(),
    "journal": {"jobs"},
    "training_queue": {"jobs", "journal", "locks", "training_run"},
    "jobs": {"record", "schema", "locks"},
    "training_run": {
        "digits",
        "model",
        "checkpoint",
        "record",
        "schema",
        "protocol",
        "training_config",
        "jobs",
        "json_lines",
    },
    "training_job": {
        "training_queue",
        "schema",
        "journal",
        "model",
        "digits",
        "checkpoint",
        "sources",
        "training",
        "evaluation",
    }
    | {"jobs", "json_lines", "locks", "processes", "training_run", "training_stages"},
    "training_sweep": {"checkpoint", "ensemble", "evaluation", "jobs", "json_lines", "model", "objective", "sources"}
    | {"training", "training_job", "training_run", "training_stages"},
    "benchmark_job": {
        "journal",
        "record",
        "schema",
        "digits",
        "checkpoint",
        "sources",
        "protocol",
        "representations",
        "clustering",
    }
    | {"benchmark_results", "jobs", "json_lines"},
    "download_job": {"journal", "schema", "sources", "jobs"},
}
ANYTHING = {"cli", "commands", "tables", "progress_bar", "__main__", "__init__", "ui"}


def module_of(path: Path) -> str:
    inside = path.relative_to(HERE / "wvae")
    return inside.parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Full names of all modules that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            assert node.module
            found.add(node.module)
            if node.module in ("wvae", "wvae.sources"):
                found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


FILES = sorted((HERE / "wvae").rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HERE)))
def test_arrows(path: Path) -> None:
    module = module_of(path)
    if module in ANYTHING:
        return
    assert module in ALLOWED, f"{module} has no place in the house yet"
    ours = {name.split(".")[1] for name in imports(path) if name.startswith("wvae.") and name != "wvae.__version__"}
    assert ours - PLAIN <= ALLOWED[module]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HERE)))
def test_streamlit_stays_in_the_pages(path: Path) -> None:
    used = {name.split(".")[0] for name in imports(path)}
    assert "streamlit" not in used or module_of(path) == "ui"
    assert "torch" not in used or module_of(path) not in ("plots", "raster")


def test_slow_libraries_are_loaded_only_when_used() -> None:
    code = """
import sys, wvae, wvae.ui.choice, wvae.plots
from wvae.model import ModelConfig, build_model
from wvae.training import TrainingConfig, fit
fit(build_model(ModelConfig(1, 1, 10)), TrainingConfig(1), wvae.load_digits("synthetic:1"))
print(*sys.modules)
"""
    loaded = set(subprocess.check_output([sys.executable, "-c", code], cwd=HERE, text=True).split())
    assert {"torch", "wvae.sources"} <= loaded
    assert not loaded & {"umap", "torchvision", "scipy.io", "sklearn", "torch._dynamo"}


def test_the_server_and_the_process_of_a_projection_start_without_torch() -> None:
    code = "import sys, wvae, wvae.ui.window, wvae.projection; print(*sys.modules)"
    loaded = set(subprocess.check_output([sys.executable, "-c", code], cwd=HERE, text=True).split())
    assert "streamlit" in loaded
    assert "torch" not in loaded


def test_every_public_name_is_there() -> None:
    code = "import wvae; from wvae import *; print(callable(wvae.writer_projection), hasattr(wvae, 'nothing'))"
    assert subprocess.check_output([sys.executable, "-c", code], cwd=HERE, text=True).split() == ["True", "False"]
