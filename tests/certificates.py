"""Certificates as a cluster has them, made by openssl."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl to make certificates with")

LONG_AGO = ("20200101000000Z", "20200102000000Z")
ONE_DAY = ("20990101000000Z", "20990102000000Z")

_NEW_KEY: tuple[str, ...] = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
_SIGNING = """
[ca]
default_ca = ours
[ours]
database = {folder}/{name}.index
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = added
[any]
commonName = supplied
[added]
subjectAltName = {valid_for}
{key_ids}
"""
_NO_KEY_IDS = "subjectKeyIdentifier = none\nauthorityKeyIdentifier = none"


def self_signed(folder: Path, name: str = "server", *, valid_for: str = "IP:127.0.0.1") -> Path:
    """Make a key and a certificate that is its own authority, in one PEM file."""
    return Authority(folder, name, added=(f"subjectAltName={valid_for}",)).both


class Authority:
    """A key and its certificate, which can sign others; `common_name` is what it calls itself."""

    def __init__(
        self,
        folder: Path,
        name: str,
        common_name: str = "",
        added: Iterable[str] = (),
        signed_by: "Authority | None" = None,
    ) -> None:
        self.folder = folder
        self.key, self.cert = folder / f"{name}.key", folder / f"{name}.crt"
        extensions = [word for each in added for word in ("-addext", each)]
        signer = ("-CA", signed_by.cert, "-CAkey", signed_by.key) if signed_by else ()
        names = ("-subj", f"/CN={common_name or name}", "-days", "2", *extensions)
        _openssl("req", "-x509", *_NEW_KEY, *names, *signer, "-keyout", self.key, "-out", self.cert)
        self.both = _joined(self.key, self.cert)

    def sign(
        self,
        name: str,
        *,
        valid_for: str = "IP:127.0.0.1",
        times: tuple[str, str] | None = None,
        key_ids: bool = True,
    ) -> Path:
        """A key and a certificate of this authority in one PEM file.

        Args:
            times: from when until when it is valid.
            key_ids: whether it says by which key it is signed, as newer ones do, or by which name only.
        """
        key, request, cert = (self.folder / f"{name}.{kind}" for kind in ("key", "csr", "crt"))
        _openssl("req", *_NEW_KEY, "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        config = self.folder / f"{name}.cnf"
        ids = "" if key_ids else _NO_KEY_IDS
        config.write_text(_SIGNING.format(folder=self.folder, name=name, valid_for=valid_for, key_ids=ids))
        (self.folder / f"{name}.index").touch()
        when = ("-startdate", times[0], "-enddate", times[1]) if times else ("-days", "2")
        signer = ("-keyfile", self.key, "-cert", self.cert, "-config", config)
        _openssl("ca", "-batch", "-notext", *signer, *when, "-in", request, "-out", cert)
        return _joined(key, cert)


def _joined(key: Path, cert: Path) -> Path:
    both = key.with_suffix(".pem")
    both.write_bytes(key.read_bytes() + cert.read_bytes())
    return both


def _openssl(*words: str | Path) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
