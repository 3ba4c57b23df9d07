"""The authority whose certificates a served cloud shows."""

from __future__ import annotations

import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509

from archlib.errors import UsageError
from archlib.local.served.certificates import Authority


def handshake(server: ssl.SSLContext, ca_file: Path, name: str) -> x509.Certificate:
    """The certificate that a client which trusts the authority gets for a name."""
    client = ssl.create_default_context(cafile=str(ca_file))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=name)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    done = 0
    while done < 2:
        done = 0
        for side in (ours, theirs):
            try:
                side.do_handshake()
                done += 1
            except ssl.SSLWantReadError:
                pass
    certificate = ours.getpeercert(binary_form=True)
    assert certificate is not None
    return x509.load_der_x509_certificate(certificate)


@pytest.mark.parametrize(
    "name",
    ["localhost", "dynamodb.us-east-1.amazonaws.com", "my.dotted.bucket.s3.amazonaws.com",
     "a_b.s3.localhost", "127.0.0.1"],
)  # fmt: skip
def test_a_client_that_trusts_it_takes_any_name(name: str) -> None:
    authority = Authority()
    try:
        found = handshake(authority.context(), authority.ca_file, name)
        named = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert name in [str(entry.value) for entry in named]
        # Nothing but the certificate to trust is left in files.
        assert [path.name for path in authority.folder.iterdir()] == ["archlib-ca.pem"]
    finally:
        authority.close()
    assert not authority.folder.exists()


def test_nobody_else_does() -> None:
    one, other = Authority(), Authority()
    try:
        with pytest.raises(ssl.SSLCertVerificationError):
            handshake(one.context(), other.ca_file, "localhost")
    finally:
        one.close()
        other.close()


def test_a_folder_keeps_it(tmp_path: Path) -> None:
    folder = tmp_path / "ca"
    first = Authority(folder)
    trusted = first.ca_file.read_bytes()
    first.close()
    again = Authority(folder)
    assert again.ca_file.read_bytes() == trusted
    assert handshake(again.context(), first.ca_file, "s3.amazonaws.com")
    assert stat.S_IMODE((folder / "archlib-ca-key.pem").stat().st_mode) == 0o600


def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(UsageError, match="cannot keep certificates"):
        Authority(file)
