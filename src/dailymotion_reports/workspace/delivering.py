"""How a message reaches who is to be told: by a webhook, or by a command.  An address never shows in an error."""

import logging
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final
from urllib.parse import urlsplit

from dailymotion_reports.client.httpx2_transport import Httpx2Transport
from dailymotion_reports.client.transport import Transport
from dailymotion_reports.errors import DmrError, InvalidSettings, TransportError, of_code
from dailymotion_reports.project.message import Message
from dailymotion_reports.project.notifiers import Notifier
from dailymotion_reports.redaction import MASK, Secret, one_line, scrub
from dailymotion_reports.settings.layers import secret_file
from dailymotion_reports.wire.http import Request
from dailymotion_reports.wire.profiles import is_loopback

POST_SECONDS: Final = 10.0
COMMAND_SECONDS: Final = 60.0

_LOGGERS: Final = ("httpx2", *(f"httpcore2.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")))
_SHOWN: Final = 300
"""So much of what a command said on stderr is told."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The ways out: the folder in which commands run, the variables, whom to trust, and what is kept out of errors."""

    folder: Path
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)
    ca_file: str = ""
    secrets: tuple[Secret, ...] = ()
    transport: Transport | None = None
    command_seconds: float = COMMAND_SECONDS

    def deliver(self, notifier: Notifier, message: Message) -> None:
        """Send a message, once.

        Raises InvalidSettings where the address or the command cannot be used, TransportError where it did not arrive.
        """
        if notifier.command:
            self._run(notifier, message)
        else:
            body = message.slack() if notifier.format == "slack" else message.json()
            self._post(notifier, self._address(notifier), body)

    def _post(self, notifier: Notifier, address: Secret, body: bytes) -> None:
        """One POST over the same ways as everything else; a redirect is not followed."""
        known = (*self.secrets, *_parts(address))
        request = Request("POST", address.reveal(), {"content-type": "application/json"}, body, repeatable=False)
        with _hidden(known):
            try:
                with closing(self.transport or Httpx2Transport(self.ca_file or None)) as way_out:
                    status = way_out.send(request, POST_SECONDS).status
            except DmrError as error:
                raise of_code(error.code, scrub(_hostless(error.message, address), known)) from None
        if not 200 <= status < 300:
            raise TransportError(f"Its webhook answered HTTP {status}.", next=_trial(notifier))

    def _address(self, notifier: Notifier) -> Secret:
        """Where to post.  Raises InvalidSettings where nothing says it, or nothing may be sent there."""
        where = _where(notifier)
        if notifier.webhook_file:
            address: Secret = secret_file(Path(notifier.webhook_file), where).value
        else:
            address = Secret(self.environ.get(notifier.webhook_env, ""))
        if not address.reveal().strip():
            said = "is empty" if notifier.webhook_file else f"names {notifier.webhook_env}, which is not set"
            raise InvalidSettings(f"{where} {said}.", where=where, next=_trial(notifier))
        if not _may_be_sent_to(address.reveal().strip()):
            raise InvalidSettings(
                f"What {where} names is no address that news are sent to: https, or http on this machine.",
                where=where,
                next=_trial(notifier),
            )
        return Secret(address.reveal().strip())

    def _run(self, notifier: Notifier, message: Message) -> None:
        """Run a command with the text on its stdin; files rather than pipes, for what it leaves running holds those."""
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as said:
            given.write(message.text.encode("utf-8", "replace"))
            given.seek(0)
            code = self._code(notifier, given, said)
            if not code:
                return
            said.seek(0)
            words = scrub(one_line(said.read(10_000).decode("utf-8", "replace"), _SHOWN), self.secrets)
        told = f"{_where(notifier)} ended with exit code {code}" + (f": {words}" if words else ".")
        raise TransportError(told, next=_trial(notifier))

    def _code(self, notifier: Notifier, given: IO[bytes], said: IO[bytes]) -> int:
        """The exit code of a command.  Raises InvalidSettings, TransportError where it does not end."""
        where = _where(notifier)
        try:
            return subprocess.run(
                list(notifier.command),
                stdin=given,
                stdout=subprocess.DEVNULL,
                stderr=said,
                cwd=self.folder,
                env=dict(self.environ),
                timeout=self.command_seconds,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            problem = f"{where} did not end within {self.command_seconds:g} seconds."
            raise TransportError(problem, hint="It was ended.", next=_trial(notifier)) from None
        except (OSError, ValueError) as error:
            problem = f"{where} cannot be run: {getattr(error, 'strerror', None) or type(error).__name__}."
            raise InvalidSettings(problem, where=where, next=_trial(notifier)) from None


def _where(notifier: Notifier) -> str:
    key = next(key for key in ("command", "webhook_file", "webhook_env") if getattr(notifier, key))
    return f"{key} of [notify.{notifier.name}]"


def _trial(notifier: Notifier) -> str:
    return f"dmr notify test {notifier.name}"


def _may_be_sent_to(address: str) -> bool:
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        usable = address.isprintable() and " " not in address and parts.port != 0
    except ValueError:
        return False
    return usable and bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


def _hostless(message: str, address: Secret) -> str:
    """A message that names no host: that of an address may be made for one receiver."""
    text = message.replace(urlsplit(address.reveal()).hostname or MASK, "the webhook")
    return text[:1].upper() + text[1:]


def _parts(address: Secret) -> Iterable[Secret]:
    """Everything of an address that may be a secret by itself: its host may be, where it is made for one receiver."""
    parts = urlsplit(address.reveal())
    texts = (address.reveal(), f"{parts.path}?{parts.query}", parts.path, parts.netloc, parts.hostname or "")
    return [Secret(text) for text in texts if len(text) > 1]


@contextmanager
def _hidden(secrets: Iterable[Secret]) -> Iterator[None]:
    """Keep secrets out of what the libraries below log meanwhile."""
    known = tuple(secrets)

    def scrubbed(record: logging.LogRecord) -> bool:
        record.msg, record.args = scrub(record.getMessage(), known), ()
        return True

    for name in _LOGGERS:
        logging.getLogger(name).addFilter(scrubbed)
    try:
        yield
    finally:
        for name in _LOGGERS:
            logging.getLogger(name).removeFilter(scrubbed)
