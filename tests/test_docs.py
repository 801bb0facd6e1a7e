"""Holds the documentation to what is there: its links lead somewhere and its code runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
SCENE = "resources/sample/harbour.tif"
OFFERED = ("uniadrs", "rx", "local_rx", "crd", "asd", "mask_dino_ada", "mask2former_ada")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


def heading_anchors(page):
    """What a link to a heading of a page has behind its ``#``."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_headings_that_are_there(page):
    links = re.findall(r"\]\(([^)#:]*)#([^)]+)\)", page.read_text(encoding="utf-8"))
    targets = [(page.parent / file if file else page, anchor) for file, anchor in links]
    assert [anchor for target, anchor in targets if anchor not in heading_anchors(target)] == []


def test_every_page_is_found_from_the_index():
    found, open_ = set(), [ROOT / "docs" / "index.md"]
    while open_:
        page = open_.pop().resolve()
        if page not in found and page.suffix == ".md":
            found.add(page)
            targets = re.findall(r"\]\(([^):#]+)[^)]*\)", page.read_text(encoding="utf-8"))
            open_ += [page.parent / target for target in targets]
    assert {page.name for page in PAGES if page.resolve() not in found} == set()


@pytest.mark.parametrize("part", ["engine", "plugin", "plugin/review", "training"])
def test_every_file_has_its_line_in_the_tables_of_the_architecture(part):
    parts = (ROOT / part).iterdir()
    files = {path.name for path in parts if path.suffix == ".py" and not path.name.startswith("__")}
    told = set(re.findall(r"`([^`]+)`", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")))
    assert len(files) > 10
    assert files - told == set()


@pytest.mark.parametrize("detector", OFFERED)
def test_each_detector_has_a_page_that_says_when_to_use_it_and_when_not(detector):
    page = ROOT / "docs" / ("asd.md" if detector == "asd" else f"detectors/{detector}.md")
    words = page.read_text(encoding="utf-8")
    assert "**Use it** " in words
    assert re.search(r"\*\*Do not( use it)?\*\* ", words)
    index = (ROOT / "docs" / "detectors" / "index.md").read_text(encoding="utf-8")
    assert f"{page.name})" in index


@pytest.mark.parametrize("modality", ["hyperspectral", "visible", "sar", "infrared", "low_light"])
def test_each_modality_has_a_tutorial_with_pictures(modality):
    page = ROOT / "docs" / "tutorials" / f"{modality}.md"
    assert len(re.findall(r"!\[[^\]]+\]\(", page.read_text(encoding="utf-8"))) >= 2


def code_of(page):
    """The Python in a page."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    return code


def run_python(code):
    """Run code in an interpreter of its own, which may load rasterio."""
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)


def test_the_readmes_example_runs(tmp_path):
    code = code_of("README.md").replace("scene.tif", SCENE).replace('"results"', repr(str(tmp_path)))
    done = run_python(code)
    assert done.returncode == 0, done.stderr
    assert "anomalies above" in done.stdout
    assert list(tmp_path.glob("*.gpkg"))


def test_the_example_detector_runs():
    names = {"__package__": "anomaly_lens.engine.detectors", "__name__": "anomaly_lens.engine.detectors.brightness"}
    done = run_python(
        "import numpy as np\n"
        "from anomaly_lens.engine import open_scene, score_scene\n"
        f"exec({code_of('docs/development.md')!r}, {names!r})\n"
        f"scores = score_scene(open_scene({SCENE!r}), 'brightness')\n"
        "assert scores.shape == (480, 640) and np.nanmax(scores) == 1\n"
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", ["detect", "polygonize"])
def test_the_page_of_the_command_line_lists_all_options(command):
    done = run_python(f"from anomaly_lens.engine.cli import main; main([{command!r}, '--help'])")
    options = set(re.findall(r"--[a-z-]+", done.stdout)) - {"--help"}
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert len(options) > 5
    assert {option for option in options if not re.search(rf"[`[|] ?{option}[^a-z-]", page)} == set()
