"""The commit that a git repository's ref stands for, asked over git's own HTTP protocol."""

import re

import urllib3
from dulwich.client import HTTPUnauthorized, LsRemoteResult, Urllib3HttpGitClient
from dulwich.errors import GitProtocolError, NotGitRepository

from adapters.sources.silence import Mute
from domain.errors import Refused
from domain.spec import GitLfs

_COMMIT = re.compile(r"[0-9a-f]{40}")


def commit_of(source: GitLfs, password: str, http: urllib3.PoolManager) -> str:
    """Give the commit. Raises Refused (no such repository or ref, the login is wrong), Mute (it gave no answer)."""
    refs = _refs(source, password, http)
    wanted = source.ref or "HEAD"
    for name in (wanted, f"refs/tags/{wanted}", f"refs/heads/{wanted}"):
        for form in (f"{name}^{{}}", name):  # of a tag that is an object of its own, the commit behind it
            found = refs.refs.get(form.encode())  # type: ignore[call-overload]  # a Ref is bytes with another name
            if found:
                return _commit(source, found)
    if _COMMIT.fullmatch(wanted):
        return wanted
    what = f"no branch, tag or commit {source.ref!r}" if source.ref else "no default branch: nothing was ever pushed to it"
    hint = "name one that there is; a commit by all its 40 digits"
    raise Refused("source-missing", f"the repository {source.url} has {what} (integration {source.name!r})", hint)


def _commit(source: GitLfs, said: bytes) -> str:
    """Read what a server calls a commit; it may say anything, and it becomes part of a command's words. Raises Mute."""
    text = said.decode(errors="replace")
    if not _COMMIT.fullmatch(text):
        raise Mute(f"{source.url}: no commit of this kind can be filled: {text[:80]!r}")
    return text


def _refs(source: GitLfs, password: str, http: urllib3.PoolManager) -> LsRemoteResult:
    login = (source.username or "git", password) if password else (None, None)
    client = Urllib3HttpGitClient(source.url, pool_manager=http, username=login[0], password=login[1])
    try:
        return client.get_refs("", protocol_version=2, ref_prefix=[b"HEAD", b"refs/heads/", b"refs/tags/"])
    except HTTPUnauthorized as error:
        with_it = "does not accept the username and the password" if password else "asks for a username and a password"
        hint = "check `username`, and set the secret behind `password` anew"
        raise Refused("source-login", f"the repository {source.url} {with_it} (integration {source.name!r})", hint) from error
    except NotGitRepository as error:
        hint = "check the address; a private repository also hides from who has no login"
        raise Refused("source-missing", f"there is no repository {source.url} (integration {source.name!r})", hint) from error
    except (GitProtocolError, urllib3.exceptions.HTTPError, OSError, ValueError, AssertionError, LookupError) as error:
        raise Mute(f"{source.url}: {error}") from error
