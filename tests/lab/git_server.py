"""A real git server with LFS for tests: git's own HTTP backend, and the LFS batch API with basic transfer beside it.

with git_server(lab.host, password="secret") as git:
    commit = git.commit("models/falcon", {"weights.bin": b"…", "README": b"a model"})
    git.url("models/falcon")
"""

import hashlib
import os
import subprocess
import tempfile
import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from http.server import ThreadingHTTPServer
from pathlib import Path

from tests.lab import debian
from tests.lab.git_http import Backend, handler

_LARGE = ("*.bin", "*.safetensors")
_POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n"


@dataclass
class GitServer:
    """Repositories by name; files named *.bin and *.safetensors are kept in LFS."""

    folder: Path
    backend: Backend
    address: str
    _began: set[str] = field(default_factory=set[str])

    def url(self, repository: str) -> str:
        """Where the repository is cloned from, without a login in it."""
        return f"http://{self.address}/{repository}"

    @property
    def login(self) -> tuple[str, str] | None:
        """The user and password that every request must bring; None: anyone may read and write. May be set at any time."""
        return self.backend.login

    @login.setter
    def login(self, login: tuple[str, str] | None) -> None:
        self.backend.login = login

    @property
    def requests(self) -> tuple[str, ...]:
        """What was asked so far, each as in `GET /models/falcon/info/refs 200`."""
        return tuple(self.backend.requests)

    def pace(self, bytes_a_second: int | None) -> None:
        """Hand large files out no faster than that, so that progress can be watched."""
        self.backend.pace = bytes_a_second

    def commit(self, repository: str, files: Mapping[str, bytes], *, branch: str = "main", tag: str | None = None) -> str:
        """Commit these files on top of what the branch holds, and tell the commit's id; a new branch begins at main."""
        if repository not in self._began:
            self._begin(repository)
        self._stand_on(repository, branch)
        for name, content in files.items():
            file = self._tree(repository) / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(self._kept(name, content))
        self._git(repository, "add", "--all")
        self._git(repository, "commit", "--quiet", "--allow-empty", "--message", f"{len(files)} files")
        commit = self._git(repository, "rev-parse", "HEAD")
        if tag:
            self._git(repository, "tag", "--force", tag)
        self._git(repository, "symbolic-ref", "HEAD", "refs/heads/main")
        return commit

    def lose(self, content: bytes) -> None:
        """Lose a large file's content, as a store does that was cleared too eagerly."""
        self.backend.large(hashlib.sha256(content).hexdigest()).unlink()

    def _kept(self, name: str, content: bytes) -> bytes:
        if not any(fnmatch(name, pattern) for pattern in _LARGE):
            return content
        oid = hashlib.sha256(content).hexdigest()
        self.backend.large(oid).write_bytes(content)
        return _POINTER.format(oid=oid, size=len(content)).encode()

    def _begin(self, repository: str) -> None:
        for folder in (self._tree(repository), self.backend.repository(repository)):
            folder.mkdir(parents=True)
        self._git(repository, "init", "--quiet", "--bare", "--initial-branch=main")
        # As the great hosts do: any commit may be asked for by its id, and anyone who is let in may push.
        for key in ("uploadpack.allowAnySHA1InWant", "uploadpack.allowFilter", "http.receivepack"):
            self._git(repository, "config", key, "true")
        attributes = "".join(f"{pattern} filter=lfs diff=lfs merge=lfs -text\n" for pattern in _LARGE)
        (self._tree(repository) / ".gitattributes").write_text(attributes)
        self._began.add(repository)

    def _stand_on(self, repository: str, branch: str) -> None:
        known = self._git(repository, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()
        if known and branch not in known:
            self._git(repository, "branch", branch, "main")
        self._git(repository, "symbolic-ref", "HEAD", f"refs/heads/{branch}")
        if known:
            self._git(repository, "read-tree", "HEAD")
            self._git(repository, "checkout-index", "--all", "--force")
            self._git(repository, "clean", "-fdq")

    def _tree(self, repository: str) -> Path:
        return self.folder / "trees" / repository

    def _git(self, repository: str, *arguments: str) -> str:
        directories = [f"--git-dir={self.backend.repository(repository)}", f"--work-tree={self._tree(repository)}"]
        if arguments[0] == "init":
            directories = directories[:1]
        who = {f"GIT_{role}_{what}": "lab@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        # The machine's own settings, its LFS filter among them, are no part of the test.
        env = {**os.environ, **who, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null"}
        done = subprocess.run(
            ["git", *directories, *arguments], env=env, cwd=self._tree(repository), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"git {' '.join(arguments)}: {done.stderr.strip()}")
        return done.stdout.strip()


@contextmanager
def git_server(host: str, *, password: str | None = None, user: str = "lab") -> Generator[GitServer]:
    """A git server at that address of this machine, as a lab's `host`; with a password it wants a login."""
    debian.ensure_packages({"git": "git"})
    with tempfile.TemporaryDirectory(prefix="deadreckon-git-") as scratch:
        folder = Path(scratch)
        backend = Backend(folder / "repositories", folder / "large", (user, password) if password else None)
        for kept in (backend.repositories, backend.objects):
            kept.mkdir()
        with ThreadingHTTPServer((host, 0), handler(backend)) as server:
            serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            serving.start()
            try:
                yield GitServer(folder, backend, f"{host}:{server.server_address[1]}")
            finally:
                server.shutdown()
                serving.join()
