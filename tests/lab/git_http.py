"""How the tests' git server speaks HTTP: git's own backend as a CGI program, and the LFS batch API."""

import base64
import hashlib
import json
import os
import re
import subprocess
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from io import BufferedIOBase
from pathlib import Path
from typing import Any

_BATCH = re.compile(r"/(?P<repository>.+?)(\.git)?/info/lfs/objects/batch")
_LARGE = re.compile(r"/.+/info/lfs/objects/(?P<oid>[0-9a-f]{64})")
_LFS = "application/vnd.git-lfs+json"
_BLOCK = 1 << 16


@dataclass
class Backend:
    """What the server keeps and how it behaves; changed by the test, read at each request."""

    repositories: Path
    objects: Path
    login: tuple[str, str] | None
    pace: int | None = None
    """Bytes a second at which large files go out."""
    requests: list[str] = field(default_factory=list[str])

    def repository(self, name: str) -> Path:
        """The folder of a repository."""
        return self.repositories / f"{name.removesuffix('.git')}.git"

    def large(self, oid: str) -> Path:
        """The file of a large object."""
        return self.objects / oid

    def lets_in(self, authorization: str) -> bool:
        """Whether whoever sent that header may go on."""
        if self.login is None:
            return True
        wanted = base64.b64encode(":".join(self.login).encode()).decode()
        return authorization == f"Basic {wanted}"


def handler(to: Backend) -> type[BaseHTTPRequestHandler]:
    """The class of request handlers for that backend."""

    class Handler(_Handler):
        backend = to

    return Handler


class _Handler(BaseHTTPRequestHandler):
    backend: Backend

    def do_GET(self) -> None:
        if self._let_in():
            large = _LARGE.fullmatch(self._path)
            if large:
                self._hand_out(large["oid"])
            else:
                self._ask_git()

    def do_POST(self) -> None:
        if self._let_in():
            if _BATCH.fullmatch(self._path):
                self._answer_batch()
            else:
                self._ask_git()

    def do_PUT(self) -> None:
        large = _LARGE.fullmatch(self._path)
        if self._let_in() and large:
            content = self._body()
            right = hashlib.sha256(content).hexdigest() == large["oid"]
            if right:
                self.backend.large(large["oid"]).write_bytes(content)
            self._say(HTTPStatus.OK if right else HTTPStatus.UNPROCESSABLE_ENTITY, {})

    @property
    def _path(self) -> str:
        return self.path.partition("?")[0]

    def _let_in(self) -> bool:
        if self.backend.lets_in(self.headers.get("Authorization", "")):
            return True
        self._body()
        headers = {"WWW-Authenticate": 'Basic realm="lab"', "LFS-Authenticate": 'Basic realm="lab"'}
        self._say(HTTPStatus.UNAUTHORIZED, {"message": "credentials needed"}, headers)
        return False

    def _answer_batch(self) -> None:
        asked = json.loads(self._body())
        base = f"http://{self.headers['Host']}{self._path.removesuffix('/batch')}"
        objects = [self._one_of_batch(asked["operation"], base, one) for one in asked["objects"]]
        self._say(HTTPStatus.OK, {"transfer": "basic", "objects": objects, "hash_algo": "sha256"})

    def _one_of_batch(self, operation: str, base: str, one: dict[str, Any]) -> dict[str, Any]:
        known = {"oid": one["oid"], "size": one["size"], "authenticated": True}
        there = self.backend.large(one["oid"]).exists()
        if operation == "download" and not there:
            error = {"code": HTTPStatus.NOT_FOUND, "message": "Object does not exist on the server"}
            return {**known, "error": error}
        if operation == "upload" and there:
            return known
        login = self.headers.get("Authorization")
        action = {"href": f"{base}/{one['oid']}", "header": {"Authorization": login} if login else {}}
        return {**known, "actions": {operation: action}}

    def _hand_out(self, oid: str) -> None:
        file = self.backend.large(oid)
        if not file.exists():
            self._say(HTTPStatus.NOT_FOUND, {"message": "no such object"})
            return
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Length", str(file.stat().st_size))
        self.end_headers()
        with file.open("rb") as content:
            while block := content.read(_BLOCK):
                self.wfile.write(block)
                if self.backend.pace:
                    time.sleep(len(block) / self.backend.pace)

    def _ask_git(self) -> None:
        """Let git's own backend answer; what it says first is headers, as CGI has them."""
        path, _, query = self.path.partition("?")
        top, _, rest = path.removeprefix("/").partition("/info/refs" if path.endswith("/info/refs") else "/git-")
        place = self.backend.repository(top)
        inside = path.removeprefix(f"/{top}")
        if not place.is_dir() or not (rest or path.endswith("/info/refs")):
            self._say(HTTPStatus.NOT_FOUND, {"message": "no such repository"})
            return
        body = self._body()
        env = {
            **os.environ,
            "GIT_PROJECT_ROOT": str(place),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "GIT_CONFIG_NOSYSTEM": "1",
            "PATH_INFO": inside,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_USER": "lab",
            "REMOTE_ADDR": self.client_address[0],
        }
        done = subprocess.run(["git", "http-backend"], env=env, input=body, capture_output=True, check=False)
        self._pass_on(done.stdout)

    def _pass_on(self, answer: bytes) -> None:
        head, _, content = answer.partition(b"\r\n\r\n")
        headers = [line.split(": ", 1) for line in head.decode().split("\r\n")]
        status = next((int(value.split()[0]) for name, value in headers if name == "Status"), HTTPStatus.OK)
        self.send_response(status)
        for name, value in headers:
            if name != "Status":
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(_chunks(self.rfile))
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _say(self, status: HTTPStatus, answer: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": _LFS, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep what was asked for the test, instead of writing it to standard error."""
        del size
        number = code.value if isinstance(code, HTTPStatus) else code
        self.backend.requests.append(f"{self.command} {self.path} {number}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name that http.server gives it
        """Say nothing."""


def _chunks(source: BufferedIOBase) -> list[bytes]:
    chunks: list[bytes] = []
    while size := int(source.readline().split(b";")[0], 16):
        chunks.append(source.read(size))
        source.readline()
    source.readline()
    return chunks
