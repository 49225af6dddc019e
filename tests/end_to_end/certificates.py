"""Certificates for tests: an authority, a server and a client whom it vouches for, made by openssl."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

PROGRAM = shutil.which("openssl")


class Authority:
    """Signs certificates; all files are in one folder, `NAME.pem` and `NAME.key`."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self.folder, self.name = folder, name
        self.file = folder / f"{name}.pem"
        subject = ["-subj", f"/CN={name}", "-days", "2", "-addext", "basicConstraints=critical,CA:TRUE"]
        self._openssl("req", "-x509", *self._new_key(name), *subject, "-out", str(self.file))

    def issue(self, name: str, *, host: str = "DNS:localhost") -> tuple[Path, Path]:
        """A certificate for a host, and its key."""
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={host}\n")
        certificate = self.folder / f"{name}.pem"
        self._openssl("req", *self._new_key(name), "-subj", f"/CN={name}", "-out", str(request))
        signer = ["-CA", str(self.file), "-CAkey", str(self.folder / f"{self.name}.key"), "-CAcreateserial"]
        signed = ["-days", "2", "-extfile", str(extensions), "-out", str(certificate)]
        self._openssl("x509", "-req", "-in", str(request), *signer, *signed)
        return certificate, self.folder / f"{name}.key"

    def _new_key(self, name: str) -> list[str]:
        key = str(self.folder / f"{name}.key")
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key]

    def _openssl(self, *arguments: str) -> None:
        subprocess.run([str(PROGRAM), *arguments], check=True, capture_output=True)
