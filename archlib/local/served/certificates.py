"""A certificate authority of one's own: TLS for every name that a served cloud answers to.

A client that trusts the authority's certificate (``AWS_CA_BUNDLE``, ``REQUESTS_CA_BUNDLE``,
``curl --cacert``) takes the server for any AWS host; nobody else does. The authority's key stays in
memory, unless a folder is given in which both are kept from one run to the next.
"""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from archlib.errors import UsageError
from archlib.local.served.wall_clock import real_time

#: The certificate to trust, in the authority's folder.
CA_FILE = "archlib-ca.pem"
_KEY_FILE = "archlib-ca-key.pem"
_NAME = "archlib local cloud"

#: What a client asks for that names no host: it connects to an address.
OWN_NAMES = ("localhost", "127.0.0.1", "::1")

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*)(?:\.[a-z0-9_-]+)*\.?")
_CONTEXTS = 1000


class Authority:
    """Makes certificates on demand; :attr:`ca_file` is what clients must trust."""

    def __init__(self, folder: Path | None = None) -> None:
        """Raises :class:`UsageError` for a folder that cannot be used."""
        self._own: tempfile.TemporaryDirectory[str] | None = None
        if folder is None:
            self._own = tempfile.TemporaryDirectory(prefix="archlib-tls-")
        self.folder = Path(self._own.name) if self._own is not None else Path(folder or "")
        try:
            self._key, self._certificate = self._kept() if folder is not None else _new_authority()
            self.ca_file = self.folder / CA_FILE
            if folder is None:
                self.ca_file.write_bytes(_pem(self._certificate))
        except (OSError, TypeError, ValueError, UnsupportedAlgorithm) as error:
            # A TypeError is a key with a password.
            self.close()
            raise UsageError(f"cannot keep certificates in {folder}: {error}") from None
        # One key for all names: making one costs more than signing with it.
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self._contexts: dict[str, ssl.SSLContext] = {}

    def close(self) -> None:
        """Remove what was written for this run only."""
        if self._own is not None:
            self._own.cleanup()

    def context(self) -> ssl.SSLContext:
        """A server's context that shows each client the certificate of the host it asks for."""
        default = self._made(OWN_NAMES)
        default.sni_callback = self._choose
        return default

    def named(self, host: str) -> ssl.SSLContext:
        """The context of one host name."""
        name = host.lower().rstrip(".")
        if name not in self._contexts:
            if len(self._contexts) >= _CONTEXTS:
                self._contexts.clear()
            self._contexts[name] = self._made((name,))
        return self._contexts[name]

    def _choose(self, socket: Any, name: str | None, context: ssl.SSLContext) -> int | None:
        if name is None:
            return None
        if not _HOST.fullmatch(name.lower()):
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        socket.context = self.named(name)
        return None

    def _made(self, names: Sequence[str]) -> ssl.SSLContext:
        certificate = self._leaf(names)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_alpn_protocols(["http/1.1"])
        # The ssl module reads certificates from files only.
        descriptor, path = tempfile.mkstemp(dir=self.folder, suffix=".pem")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_private(self._leaf_key) + _pem(certificate))
            context.load_cert_chain(path)
        finally:
            os.unlink(path)
        return context

    def _leaf(self, names: Sequence[str]) -> x509.Certificate:
        now = _now()
        issuer = self._key.public_key()
        return (
            x509.CertificateBuilder()
            .subject_name(_subject(names[0][:64]))
            .issuer_name(self._certificate.subject)
            .public_key(self._leaf_key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.SubjectAlternativeName([_general(n) for n in names]), False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), False)
            .sign(self._key, hashes.SHA256())
        )

    def _kept(self) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
        """The authority of the folder, made there at the first time."""
        key_path, path = self.folder / _KEY_FILE, self.folder / CA_FILE
        if key_path.exists() and path.exists():
            key = serialization.load_pem_private_key(key_path.read_bytes(), None)
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
            if not isinstance(key, ec.EllipticCurvePrivateKey):
                raise ValueError(f"{key_path} is not a key of this program")
            if certificate.not_valid_after_utc > _now() + timedelta(days=30):
                return key, certificate
        self.folder.mkdir(parents=True, exist_ok=True)
        key, certificate = _new_authority()
        descriptor = os.open(key_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(_private(key))
        path.write_bytes(_pem(certificate))
        return key, certificate


def _new_authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key, now = ec.generate_private_key(ec.SECP256R1()), _now()
    name = _subject(_NAME)
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .add_extension(usage, True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def _now() -> datetime:
    """Real time: clients do not live in virtual time."""
    return datetime.fromtimestamp(int(real_time()), UTC)


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
