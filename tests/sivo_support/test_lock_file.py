"""The lock file works for everybody: it names no host but the public index's own two."""

import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

CHECKOUT = Path(__file__).resolve().parents[2]
LOCK = (CHECKOUT / "uv.lock").read_text(encoding="utf-8")
PUBLIC_HOSTS = {"pypi.org", "files.pythonhosted.org"}


def test_the_lock_file_names_only_the_public_index() -> None:
    addresses = re.findall(r"\b[a-z][a-z0-9+.-]*://[^\s\"']+", LOCK)
    assert len(addresses) > 100
    assert {urlsplit(address).netloc for address in addresses} == PUBLIC_HOSTS
    assert {urlsplit(address).scheme for address in addresses} == {"https"}


def test_every_locked_file_has_a_hash() -> None:
    for package in tomllib.loads(LOCK)["package"]:
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        assert all(file["hash"].startswith("sha256:") for file in files), package["name"]
        assert files or "virtual" in package["source"], package["name"]


def test_the_lock_file_covers_every_dependency_that_the_project_names() -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    named = list(project["project"]["dependencies"])
    for group in project["dependency-groups"].values():
        named += [requirement for requirement in group if isinstance(requirement, str)]
    wanted = {
        re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0].lower().replace("_", "-")
        for requirement in named
    }
    assert wanted <= {package["name"] for package in tomllib.loads(LOCK)["package"]}
