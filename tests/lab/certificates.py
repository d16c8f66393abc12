"""Certificates for the lab, made with the machine's openssl."""

import subprocess
from pathlib import Path

_CURVE = ("-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
_DAYS = "30"


def authority(certificate: Path, name: str) -> None:
    """Make an authority; its key lies beside the certificate."""
    _openssl("req", "-x509", "-newkey", "ec", *_CURVE, "-days", _DAYS, "-subj", f"/CN={name}",
             "-keyout", str(certificate.with_suffix(".key")), "-out", str(certificate))  # fmt: skip


def signed(certificate: Path, subject: str, by: Path) -> None:
    """Make a key and a certificate beside it, vouched for by that authority; the subject as openssl writes it."""
    asked, key = certificate.with_suffix(".csr"), certificate.with_suffix(".key")
    _openssl("req", "-new", "-newkey", "ec", *_CURVE, "-subj", subject, "-keyout", str(key), "-out", str(asked))
    _openssl("x509", "-req", "-in", str(asked), "-CA", str(by), "-CAkey", str(by.with_suffix(".key")),
             "-CAcreateserial", "-days", _DAYS, "-out", str(certificate))  # fmt: skip


def signing_key(file: Path) -> Path:
    """The key that signs service account tokens, made if it is not there."""
    if not file.exists():
        _openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", str(file))
    return file


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
