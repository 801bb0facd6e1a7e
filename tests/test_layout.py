"""Holds the root's layout and what its files promise one another."""

from __future__ import annotations

import configparser
import hashlib
import subprocess

import pytest

try:
    import tomllib
except ImportError:
    tomllib = pytest.importorskip("tomli", reason="Python 3.10 has no TOML reader of its own")

LAYOUT = {"metadata.txt", "__init__.py", "plugin", "engine", "resources", "training", "tests", "Makefile"}
PAPERS = {"README.md", "LICENSE", "CHANGELOG.md", "pyproject.toml", "docs"}

# What plugins.qgis.org asks for, and what it knows besides.
REQUIRED = {
    "name",
    "description",
    "version",
    "qgisMinimumVersion",
    "author",
    "email",
    "about",
    "tracker",
    "repository",
}
OPTIONAL = {
    "homepage",
    "changelog",
    "qgisMaximumVersion",
    "tags",
    "deprecated",
    "experimental",
    "external_deps",
    "server",
    "icon",
    "category",
    "plugin_dependencies",
    "hasProcessingProvider",
    "license",
}


@pytest.fixture(scope="module")
def metadata(root):
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(root / "metadata.txt", encoding="utf-8")
    return dict(parser["general"])


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_the_root_holds_the_agreed_files_and_no_others(root):
    if not (root / ".git").exists():
        pytest.skip("no git checkout: what belongs to the project is not known")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    tops = {name.split("/")[0] for name in listing.splitlines() if (root / name).exists()}
    assert {name for name in tops if not name.startswith(".")} == LAYOUT | PAPERS
    assert {".ci", ".gitignore"} <= tops


def test_every_package_is_installed(root):
    setup = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    inits = [
        path.parent.relative_to(root)
        for top in ("engine", "plugin", "training")
        for path in (root / top).rglob("__init__.py")
    ]
    assert set(setup["packages"]) == {"anomaly_lens", *(".".join(("anomaly_lens", *path.parts)) for path in inits)}


def test_metadata_has_what_the_site_requires_and_only_keys_it_knows(metadata):
    assert set(metadata) >= REQUIRED
    assert set(metadata) <= REQUIRED | OPTIONAL
    assert all(metadata.values())


def test_metadata_names_the_qgis_versions_that_the_code_is_written_for(metadata):
    assert (metadata["qgisMinimumVersion"], metadata["qgisMaximumVersion"]) == ("3.22", "4.99")


def test_the_version_is_the_same_everywhere(root, metadata, project):
    assert metadata["version"] == project["version"]
    assert f"## [{project['version']}]" in (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert metadata["changelog"].startswith(project["version"])


def test_the_licence_is_the_same_everywhere(root, metadata, project):
    assert metadata["license"] == project["license"] == "GPL-2.0-or-later"
    text = (root / "LICENSE").read_bytes()
    assert hashlib.sha256(text).hexdigest() == "8177f97513213526df2cf6184d8ff986c675afb514d4e68a404010521b880643"


def test_the_icon_is_there(root, metadata):
    assert (root / metadata["icon"]).is_file()


def test_about_tells_of_the_engine_that_the_plugin_does_not_bring(metadata):
    assert "PyTorch" in metadata["about"]
    assert "separate engine process" in metadata["about"]


def test_every_dependency_is_pinned(project):
    optional = project["optional-dependencies"].values()
    loose = [d for group in (project["dependencies"], *optional) for d in group if "==" not in d]
    assert loose == ["numpy>=1.24,<3"]


def test_the_makefile_lists_its_words(root):
    listing = subprocess.run(["make", "--no-print-directory"], cwd=root, capture_output=True, text=True, check=True)
    words = [line.split()[1] for line in listing.stdout.splitlines()]
    expected = "demo run pictures test lint bench translations package lock matrix clean"
    assert words == expected.split()
