"""Whom the transports believe: TLS from 1.2 on, certificates always checked, and an own CA file beside the system's.

There is no switch that turns the checks off.  An own CA file is trusted *in addition to* the store that httpx2
uses (the system's, or what ``SSL_CERT_FILE`` or ``SSL_CERT_DIR`` put in its place), since a network whose proxy
signs its traffic anew seldom does so for every host.
"""

import os
import shlex
import ssl
from pathlib import Path

import httpx2

from dailymotion_reports.errors import CertificateRefused, InvalidSettings
from dailymotion_reports.redaction import one_line, scrub

_OLDEST = ssl.TLSVersion.TLSv1_2

_OWN_CA = "If a proxy of your network signs its traffic anew, name the PEM file of its CA in DMR_CA_FILE."
_CLOCK = "Check this machine's clock first; if it is right, only the service can mend this."
_NAME = "Something else answers in its place, or the address is wrong; check the address and the proxy."
_NEWER = "The service, or a proxy between, must offer TLS 1.2 or newer; there is no switch that allows less."

_CERTIFICATES = {
    9: ("its certificate is not valid yet", _CLOCK),
    10: ("its certificate has expired", _CLOCK),
    18: ("its certificate is self-signed", _OWN_CA),
    19: ("its certificate comes from an authority that is not trusted here", _OWN_CA),
    20: ("its certificate comes from an authority that is not trusted here", _OWN_CA),
    21: ("its certificate comes from an authority that is not trusted here", _OWN_CA),
    62: ("its certificate is for another name", _NAME),
    64: ("its certificate is for another address", _NAME),
}
"""What OpenSSL's numbers mean (X509_V_ERR_ in openssl/x509_vfy.h), and what may mend it."""

_TOO_OLD = {"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION", "VERSION_TOO_LOW", "WRONG_SSL_VERSION"}


def tls_context(ca_file: Path | str | None = None) -> ssl.SSLContext:
    """What every connection over TLS is made with: 1.2 or newer, name and certificate checked.

    ``ca_file`` is a PEM file of further authorities (``~`` is the user's home); None and an empty text mean none.
    Raises InvalidSettings naming the setting where it, or what SSL_CERT_FILE names, is not such a file.
    """
    context = _system_context()
    context.minimum_version = max(context.minimum_version, _OLDEST)
    context.verify_mode, context.check_hostname = ssl.CERT_REQUIRED, True
    if ca_file:
        path = os.path.expanduser(ca_file)
        try:
            context.load_verify_locations(cafile=path)
        except (OSError, ValueError) as error:
            raise _unusable(path, "DMR_CA_FILE", error) from None
    return context


def _system_context() -> ssl.SSLContext:
    try:
        return httpx2.create_ssl_context()
    except (OSError, ValueError) as error:
        where = "SSL_CERT_FILE" if os.environ.get("SSL_CERT_FILE") else "SSL_CERT_DIR"
        raise _unusable(os.environ.get(where, ""), where, error) from None


def _unusable(path: str, where: str, error: Exception) -> InvalidSettings:
    unopened = isinstance(error, OSError) and not isinstance(error, ssl.SSLError)
    reason = "it holds no certificate in PEM form"
    if unopened:
        reason = getattr(error, "strerror", "") or "it cannot be opened"
    setting = f"{where} (ca_file in the configuration)" if where == "DMR_CA_FILE" else where
    return InvalidSettings(
        f"The CA file {one_line(path)!r}, which {setting} names, cannot be used: {reason}.",
        where=where,
        hint="It must be a text file in which each certificate begins with -----BEGIN CERTIFICATE-----.",
        next=shlex.join([*(["ls", "-ld"] if unopened else ["head", "-n2"]), path]) if path else f"unset {where}",
    )


def refusal(speaker: str, error: ssl.SSLError) -> CertificateRefused | None:
    """The error where ``speaker`` did not prove who it is, or None where ``error`` is another trouble of TLS."""
    if isinstance(error, ssl.SSLCertVerificationError):
        unknown = (f"its certificate is refused ({scrub(one_line(str(error.verify_message)))})", "")
        why, hint = _CERTIFICATES.get(error.verify_code, unknown)
    elif error.reason in _TOO_OLD:
        why, hint = "it speaks no TLS that is new enough (1.2 or newer)", _NEWER
    else:
        return None
    return CertificateRefused(f"{speaker} did not prove who it is: {why}. Nothing was sent to it.", hint=hint)
