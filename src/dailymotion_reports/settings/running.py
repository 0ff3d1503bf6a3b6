"""The sandbox that runs on this machine: what ``dmr sandbox serve`` left of itself."""

import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from dailymotion_reports.errors import InvalidSettings
from dailymotion_reports.settings.folders import Folders


def sandbox_url(text: str, where: str = "DMR_URL") -> str:
    """The address of a sandbox, without a path.  Raises InvalidSettings where it is none, or holds credentials."""
    if not text:
        return ""
    try:
        text.encode()
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        good = good and parts.path in ("", "/", "/graphql") and not parts.query
    except ValueError:
        good = False
    if not good:
        raise InvalidSettings(
            f"{where} is not the address of a sandbox.",
            where=where,
            hint="It looks like http://127.0.0.1:8787, as dmr sandbox serve prints it.",
            next="dmr sandbox serve",
        )
    if "@" in parts.netloc:
        raise InvalidSettings(
            f"{where} holds a user name or a password, which the address of a sandbox does not have.",
            where=where,
            hint="It looks like http://127.0.0.1:8787; credentials have settings of their own.",
        )
    return f"{parts.scheme}://{parts.netloc}"


def running_sandbox(folders: Folders, url: str, kind: str) -> dict[str, str]:
    """Address and credentials for a key of ``kind`` at the sandbox that runs here, at ``url`` where one is named.

    Raises InvalidSettings where there is none.
    """
    found = _credentials(_note(folders), kind)
    if not found or (url and url.replace("localhost", "127.0.0.1") != found["url"]):
        raise InvalidSettings(
            f"No sandbox of yours runs at {url}." if url else "No sandbox is running.",
            where="DMR_URL" if url else "--profile",
            hint="Start one in another terminal, or set DMR_URL, DMR_API_KEY and DMR_API_SECRET.",
            next="dmr sandbox serve",
        )
    return found


def _note(folders: Folders) -> Mapping[str, Any]:
    try:
        left = json.loads(folders.sandbox_file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return left if isinstance(left, dict) and _alive(left.get("pid")) else {}


def _credentials(note: Mapping[str, Any], kind: str) -> dict[str, str]:
    try:
        if kind in ("private", "v2"):
            key, secret = str(note["private"]["client_id"]), str(note["private"]["client_secret"])
            return {"url": str(note["url"]), "api_key": key, "api_secret": secret, "username": "", "password": ""}
        return {name: str(note[name]) for name in ("url", "api_key", "api_secret", "username", "password")}
    except (KeyError, TypeError):
        return {}


def _alive(pid: object) -> bool:
    """Whether a process of that number runs.  Where nobody can tell, it does."""
    if not isinstance(pid, int) or os.name == "nt":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
