"""A real S3 server for tests: versitygw over a folder of the lab, where pods and this process reach it.

with s3_server(lab) as s3:
    s3.put("models", "falcon/weights.bin", b"…")
"""

import hashlib
import json
import os
import secrets
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from tests.lab.cluster import Lab
from tests.lab.processes import DidNotStart, last_lines, wait_until
from tests.lab.toolchain import binaries


class RcloneFailed(Exception):
    """Rclone, with which the server is filled, failed; the message is what it said."""


@dataclass(frozen=True, slots=True)
class S3Server:
    """A running server with one account. A bucket that keeps versions gives each object version an id."""

    lab: Lab
    folder: Path
    address: str
    access_key: str
    secret_key: str
    region: str = "us-east-1"

    @property
    def url(self) -> str:
        """Its endpoint, for pods as for this process."""
        return f"http://{self.address}"

    @property
    def access_log(self) -> Path:
        """One line a request, in the format of S3's own access logs."""
        return self.lab.logs / f"{self._name}-access.log"

    def create(self, bucket: str, *, versions: bool = False) -> None:
        """Make a bucket, unless it is there; with `versions` it keeps what is overwritten and deleted."""
        self.rclone("mkdir", f"s3:{bucket}")
        if versions:
            self.rclone("backend", "versioning", f"s3:{bucket}", "Enabled")

    def put(self, bucket: str, key: str, content: bytes | Path) -> None:
        """Store an object, in a bucket that is made if it is not there."""
        self.create(bucket)
        if isinstance(content, Path):
            self.rclone("copyto", str(content), f"s3:{bucket}/{key}")
        else:
            self.rclone("rcat", f"s3:{bucket}/{key}", text=content)

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object."""
        self.rclone("deletefile", f"s3:{bucket}/{key}")

    def objects(self, bucket: str, *flags: str) -> list[dict[str, Any]]:
        """What is in a bucket, as `rclone lsjson` tells it: Path, Size, ModTime, Hashes; `--s3-versions` adds the old ones."""
        listed: list[dict[str, Any]] = json.loads(self.rclone("lsjson", "-R", "--hash", *flags, f"s3:{bucket}"))
        return listed

    def rclone(self, *arguments: str, text: bytes = b"") -> str:
        """What rclone answers; the remote is called `s3:`. RcloneFailed with its words when it fails."""
        command = [str(binaries("rclone") / "rclone"), *arguments]
        done = subprocess.run(command, env={**os.environ, **self.environment}, input=text, capture_output=True, check=False)
        if done.returncode != 0:
            raise RcloneFailed(done.stderr.decode(errors="replace").strip())
        return done.stdout.decode()

    @property
    def environment(self) -> dict[str, str]:
        """Rclone's configuration of the remote `s3:`, as variables."""
        remote = {"TYPE": "s3", "PROVIDER": "Other", "ENDPOINT": self.url, "REGION": self.region}
        remote |= {"ACCESS_KEY_ID": self.access_key, "SECRET_ACCESS_KEY": self.secret_key}
        return {**{f"RCLONE_CONFIG_S3_{key}": value for key, value in remote.items()}, "RCLONE_CONFIG": "/dev/null"}

    def start(self) -> None:
        """Start it, again after `stop` with all that it held; it answers when this returns."""
        for name in ("buckets", "versions"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        # Not through arguments, which anyone on the machine may read.
        login = {"ROOT_ACCESS_KEY_ID": self.access_key, "ROOT_SECRET_ACCESS_KEY": self.secret_key}
        command = [str(binaries("versitygw") / "versitygw"), f"--port={self.address}", f"--region={self.region}"]
        command += ["--quiet", f"--access-log={self.access_log}", "posix", f"--versioning-dir={self.folder}/versions"]
        self.lab.run(self._name, [*command, str(self.folder / "buckets")], env=login)
        if not wait_until(self._answers, 60):
            log = self.lab.logs / f"{self._name}.log"
            raise DidNotStart(f"the S3 server does not answer; its log {log} ends:\n{last_lines(log)}")

    def stop(self) -> None:
        """Stop it; what it holds stays."""
        self.lab.end(self._name)

    @property
    def _name(self) -> str:
        return f"s3-{hashlib.sha256(self.address.encode()).hexdigest()[:6]}"

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=1):
                return True
        except urllib.error.HTTPError as refused:
            refused.close()
            return refused.code == HTTPStatus.FORBIDDEN
        except OSError:
            return False


@contextmanager
def s3_server(lab: Lab) -> Generator[S3Server]:
    """An S3 server on the lab's address, empty at first, gone at the end."""
    address = f"{lab.host}:{lab.free_port()}"
    folder = lab.folder / f"s3-{address.rpartition(':')[2]}"
    server = S3Server(lab, folder, address, f"LAB{secrets.token_hex(6).upper()}", secrets.token_urlsafe(24))
    try:
        server.start()
        yield server
    finally:
        server.stop()
        # The next one may get the same port, and with it the same folder.
        shutil.rmtree(folder, ignore_errors=True)
