"""Whom the transports believe, whatever the system's own policy says."""

import ssl
from pathlib import Path

import httpx2
import pytest

from dailymotion_reports.client.trust import tls_context
from dailymotion_reports.errors import InvalidSettings


@pytest.mark.row("TM4")
def test_a_system_that_allows_older_protocols_does_not_make_us_speak_them(monkeypatch: pytest.MonkeyPatch) -> None:
    lax = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        lax.minimum_version = ssl.TLSVersion.TLSv1
    lax.check_hostname = False
    lax.verify_mode = ssl.CERT_NONE
    monkeypatch.setattr(httpx2, "create_ssl_context", lambda: lax)
    made = tls_context()
    assert made.minimum_version == ssl.TLSVersion.TLSv1_2
    assert (made.verify_mode, made.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_a_system_that_is_stricter_is_not_loosened(monkeypatch: pytest.MonkeyPatch) -> None:
    strict = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    strict.minimum_version = ssl.TLSVersion.TLSv1_3
    monkeypatch.setattr(httpx2, "create_ssl_context", lambda: strict)
    assert tls_context().minimum_version == ssl.TLSVersion.TLSv1_3


def test_a_file_of_authorities_that_is_none_names_the_command_that_shows_it(tmp_path: Path) -> None:
    for path, shows in ((tmp_path / "nope.pem", "ls -ld"), (tmp_path / "text.pem", "head -n2")):
        if "text" in path.name:
            path.write_text("text")
        with pytest.raises(InvalidSettings) as refused:
            tls_context(path)
        assert refused.value.next == f"{shows} {path}"
