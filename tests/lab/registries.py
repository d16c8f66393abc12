"""The lab's image registry: the same images at a port without a login and at one that wants it, over plain HTTP."""

import json
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab.processes import Book, DidNotStart, last_lines, spawn, wait_until
from tests.lab.toolchain import binaries

_USER = "puller"
# Passwords, each with the line that `htpasswd -nbB` makes of it: fixed ones spare the tool.
_PASSWORDS = {
    "let-me-in": "$2y$04$QTtxYE7f5Pm.S7WpLXmRhO6ACBnyC/Hgb3VxoOoJnm/ritbBZMTE.",
    "let-the-other-in": "$2y$04$5sftgAmkPVMbhZ5hv4GqJemMDRv8Hga01T92rms.9u42x8gd6d9Xe",
}


@dataclass(frozen=True, slots=True)
class Registry:
    """Two doors to one store; each is opened on loopback, and again where the node can reach it."""

    folder: Path
    logs: Path
    host: str
    open_port: int
    login_port: int
    book: Book

    @property
    def open(self) -> str:
        """Where anyone pulls and pushes."""
        return f"127.0.0.1:{self.open_port}"

    @property
    def private(self) -> str:
        """Where only `login` gets in."""
        return f"127.0.0.1:{self.login_port}"

    @property
    def login(self) -> tuple[str, str]:
        """User and password of the private door, as they are now."""
        known = self._logins.read_text()
        return _USER, next(password for password, hashed in _PASSWORDS.items() if hashed in known)

    def set_password(self, password: str) -> None:
        """Let only that password in from now on; it must be one of those we have the hash of."""
        fresh = self._logins.with_suffix(".new")
        fresh.write_text(f"{_USER}:{_PASSWORDS[password]}\n")
        fresh.replace(self._logins)  # the registry looks at the file at each login

    @contextmanager
    def rotated(self) -> Generator[tuple[str, str]]:
        """Another password for a while: the one of before is refused."""
        _, before = self.login
        self.set_password(next(password for password in _PASSWORDS if password != before))
        try:
            yield self.login
        finally:
            self.set_password(before)

    @property
    def _logins(self) -> Path:
        return self.folder / "htpasswd"

    def start(self) -> None:
        """Open both doors on loopback."""
        self.set_password("let-me-in")
        self._open("127.0.0.1")

    def open_to_node(self) -> None:
        """Open both doors on the link to the node, at the same ports: loopback there is not ours."""
        self._open(self.host)

    def mirrors(self) -> dict[str, str]:
        """For each door, as an image's name says it, the URL at which the node finds it."""
        return {f"127.0.0.1:{port}": f"http://{self.host}:{port}" for port in (self.open_port, self.login_port)}

    def _open(self, address: str) -> None:
        for door, port in (("open", self.open_port), ("private", self.login_port)):
            name = f"registry-{door}-{address}"
            config = self.folder / f"{name}.json"
            config.write_text(json.dumps(self._config(door, f"{address}:{port}"), indent=1))
            log = self.logs / f"{name}.log"
            command = [str(binaries("registry") / "registry"), "serve", str(config)]
            self.book.add(spawn(name, command, log=log, env={"OTEL_TRACES_EXPORTER": "none"}))
            if not wait_until(lambda url=f"http://{address}:{port}/": _answers(url), 60):  # type: ignore[misc]
                raise DidNotStart(f"{name} does not answer; its log {log} ends:\n{last_lines(log)}")

    def _config(self, door: str, address: str) -> dict[str, object]:
        login = {"htpasswd": {"realm": "lab", "path": str(self._logins)}}
        return {
            "version": 0.1,
            "log": {"level": "warn"},
            "storage": {"filesystem": {"rootdirectory": str(self.folder / "images")}, "delete": {"enabled": True}},
            "http": {"addr": address, "secret": "of the lab"},
            **({"auth": login} if door == "private" else {}),
        }


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1):
            return True
    except OSError:
        return False
