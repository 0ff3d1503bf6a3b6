"""What is shipped can be built again, listed and audited; what is installed with it is under licences that may be."""

import hashlib
import http.server
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.architecture.alone import ROOT, run

import audit
import dailymotion_reports
import licences


@pytest.fixture(scope="module")
def released() -> None:
    """Skip where nobody has installed what lists and audits a release, or fail where it was promised."""
    absent = [name for name in ("cyclonedx_py", "pip_audit") if importlib.util.find_spec(name) is None]
    if absent and os.environ.get("DMR_TEST_SYSTEM") == "required":
        pytest.fail(f"needs {', '.join(absent)}: make sbom")
    if absent:
        pytest.skip(f"needs {', '.join(absent)}, which make sbom installs")


@pytest.fixture(scope="module")
def bills(released: None, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """The bill of materials, written twice."""
    paths = [tmp_path_factory.mktemp(name) / "bill.json" for name in ("one", "two")]
    for path in paths:
        subprocess.run([sys.executable, str(ROOT / "tools" / "write_sbom.py"), "--into", str(path)], check=True)
    return [path.read_bytes() for path in paths]


@pytest.fixture
def bill(bills: list[bytes]) -> dict[str, Any]:
    return dict(json.loads(bills[0]))


@pytest.mark.thorough
class TestBillOfMaterials:
    def test_it_lists_the_lock_with_its_versions_licences_and_hashes(self, bill: dict[str, Any]) -> None:
        parts = {part["name"]: part for part in bill["components"]}
        assert sorted(parts) == licences.locked()
        assert bill["metadata"]["component"]["version"] == dailymotion_reports.__version__
        assert all(part["licenses"] and part["externalReferences"][0]["hashes"] for part in parts.values())
        lock = (ROOT / "requirements" / "base.txt").read_text(encoding="utf-8")
        assert all(f"{name}=={part['version']} " in lock for name, part in parts.items())

    def test_it_says_who_needs_whom(self, bill: dict[str, Any]) -> None:
        needs = {one["ref"]: one["dependsOn"] for one in bill["dependencies"]}
        wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
        ours = next(found for ref, found in needs.items() if "pypi/dailymotion-reports@" in ref)
        assert len(ours) == len(wanted)
        assert {ref for found in needs.values() for ref in found} <= needs.keys()

    def test_it_is_cyclonedx(self, bills: list[bytes]) -> None:
        from cyclonedx.schema import SchemaVersion
        from cyclonedx.validation.json import JsonStrictValidator

        assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bills[0].decode()) is None

    def test_the_same_sources_give_the_same_bytes(self, bills: list[bytes]) -> None:
        assert bills[0] == bills[1]


class Database(http.server.BaseHTTPRequestHandler):
    """A database of vulnerabilities that knows of one in h11; it speaks OSV."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.0"}]}]
        of = {"package": asked["package"], "ranges": ranges, "versions": [asked["version"]]}
        known = {"id": "OSV-2026-1", "summary": "", "details": "", "affected": [of]}
        answer = json.dumps({"vulns": [known]} if asked["package"]["name"] == "h11" else {}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def database() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Database) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.thorough
@pytest.mark.usefixtures("released")
class TestAudit:
    def test_a_vulnerability_that_is_known_fails_and_is_named(
        self, database: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        lock = tmp_path / "lock.txt"
        lock.write_text(f"h11==0.16.0 --hash=sha256:{'0' * 64}\nidna==3.20 --hash=sha256:{'0' * 64}\n")
        assert audit.main(["--database", database, str(lock)]) == 1
        assert capfd.readouterr().err == "lock.txt: h11 0.16.0: OSV-2026-1, mended in 99.0\n"

    def test_where_none_is_known_it_is_content(
        self, database: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        lock = tmp_path / "lock.txt"
        lock.write_text(f"idna==3.20 --hash=sha256:{'0' * 64}\n")
        assert audit.main(["--database", database, str(lock)]) == 0
        assert capfd.readouterr().err == "lock.txt: no vulnerability is known of 1 packages\n"

    def test_a_database_out_of_reach_is_no_clean_answer(
        self, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        lock = tmp_path / "lock.txt"
        lock.write_text(f"idna==3.20 --hash=sha256:{'0' * 64}\n")
        nobody = "http://127.0.0.1:9/"
        assert audit.main(["--database", nobody, str(lock)]) == 2
        assert capfd.readouterr().err.startswith(f"NOT AUDITED: {nobody} gave no answer. ")
        assert audit.main(["--database", nobody, "--where-possible", str(lock)]) == 0
        assert "NOT AUDITED" in capfd.readouterr().err


class TestLicences:
    def test_all_that_is_installed_with_the_product_may_be(self) -> None:
        assert {licences.licence(name) for name in licences.locked()} <= set(licences.ALLOWED)

    def test_all_that_an_extra_brings_may_be(self) -> None:
        assert licences.extras()
        for extra in licences.extras():
            assert licences.of_extra(extra)
            for name in licences.of_extra(extra):
                assert licences.licence(name, licences.ALLOWED_IN_EXTRAS)

    def test_one_that_is_not_on_the_list_is_refused_by_name(self) -> None:
        with pytest.raises(licences.LicenceNotAllowed, match=r"psycopg is under LGPL-3\.0-only"):
            licences.licence("psycopg")

    def test_a_package_that_names_none_is_refused(self) -> None:
        with pytest.raises(licences.LicenceNotAllowed, match="no licence that it names"):
            licences.licence("no-such-package")


@pytest.mark.thorough
class TestBuild:
    def test_wheel_and_sdist_are_the_same_bytes_wherever_and_whenever_they_are_built(self, tmp_path: Path) -> None:
        one, two = (built(tmp_path / name, modified) for name, modified in (("one", 10**9), ("far/away", 1.5 * 10**9)))
        assert one == two
        assert len(one) == 2


def built(folder: Path, modified: float) -> dict[str, str]:
    """The digests of what is built of a copy of the sources whose files have that time."""
    ours = ("src", "pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md")
    folder.mkdir(parents=True)
    for name in ours:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, folder / name)
    for path in folder.rglob("*"):
        os.utime(path, (modified, modified))
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder / "dist"), str(folder), cwd=folder)
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (folder / "dist").iterdir()}
    shutil.rmtree(folder)  # the sources hold what looks like a secret, and every file is searched for those
    return digests


class TestVersion:
    def test_the_version_stands_in_one_place(self) -> None:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        assert project["project"]["dynamic"] == ["version"]
        assert project["tool"]["hatch"]["version"]["path"] == "src/dailymotion_reports/__init__.py"
        said = [
            path
            for path in (ROOT / "src").rglob("*.py")
            if f'"{dailymotion_reports.__version__}"' in path.read_text(encoding="utf-8")
        ]
        assert [path.relative_to(ROOT / "src").as_posix() for path in said] == ["dailymotion_reports/__init__.py"]

    def test_the_changelog_of_the_next_version_can_be_made_of_the_fragments(self) -> None:
        command = [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "9.9.9", "--date", "2026-01-01"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        assert done.stdout.count("## 9.9.9 (2026-01-01)") == 1
        fragments = [path for path in (ROOT / "changes").glob("*.md") if ".misc." not in path.name]
        first_words = [path.read_text(encoding="utf-8").split("\n")[0][:40] for path in fragments]
        assert [words for words in first_words if words not in done.stdout] == []
