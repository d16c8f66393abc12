"""The commit that a git repository's ref stands for, asked over git's own HTTP protocol."""

import re

from dulwich.client import HTTPUnauthorized, LsRemoteResult, Urllib3HttpGitClient
from dulwich.errors import NotGitRepository

from adapters.outgoing.bounds import MIB, NoAnswer, ServerFault
from adapters.outgoing.door import Door
from adapters.outgoing.gate import InnerAddress
from domain.errors import Refused
from domain.spec import GitLfs

MOST_REFS = 100_000
"""Refs that a server may list; one that speaks git's second protocol lists only those that are asked for."""
_MOST_PLAIN = MIB
_COMMIT = re.compile(r"[0-9a-f]{40}")


def commit_of(source: GitLfs, password: str, http: Door) -> str:
    """Give the commit. Raises Refused (no such repository or ref, the login is wrong), NoAnswer."""
    wanted = source.ref or "HEAD"
    refs = _refs(source, password, http, wanted)
    for name in (wanted, f"refs/tags/{wanted}", f"refs/heads/{wanted}"):
        for form in (f"{name}^{{}}", name):  # of a tag that is an object of its own, the commit behind it
            found = refs.refs.get(form.encode())  # type: ignore[call-overload]  # a Ref is bytes with another name
            if found:
                return _commit(source, found)
    if _COMMIT.fullmatch(wanted):
        return wanted
    what = (
        f"no branch, tag or commit {source.ref!r}" if source.ref else "no default branch: it is empty, or its HEAD leads nowhere"
    )
    hint = "name one that there is; a commit by all its 40 digits"
    raise Refused("source-missing", f"the repository {source.url} has {what} (integration {source.name!r})", hint)


def judge_refs(kind: str, body: bytes) -> None:
    """Look at what is about to be parsed. Raises Fault: more refs than are read, or no git's protocol and long."""
    if not kind.startswith("application/x-git-"):
        if len(body) > _MOST_PLAIN:
            raise ServerFault("answers at length in another protocol than git's")
        return
    at = count = 0
    while at + 4 <= len(body):
        try:
            at += max(int(body[at : at + 4], 16), 4)
        except ValueError:
            return  # no length of git's: who parses it says so
        count += 1
        if count > MOST_REFS:
            raise ServerFault(f"lists more than {MOST_REFS} refs")


def _commit(source: GitLfs, said: bytes) -> str:
    """Read what a server calls a commit; it may say anything, and it becomes part of a command's words. Raises NoAnswer."""
    text = said.decode(errors="replace")
    if not _COMMIT.fullmatch(text):
        raise NoAnswer(f"{source.url} names a commit of a kind that cannot be filled: 40 digits are wanted")
    return text


def _refs(source: GitLfs, password: str, http: Door, wanted: str) -> LsRemoteResult:
    login = (source.username or "git", password) if password else (None, None)
    try:
        client = Urllib3HttpGitClient(source.url, pool_manager=http, username=login[0], password=login[1])
        return client.get_refs("", protocol_version=2, ref_prefix=_prefixes(wanted))
    except (NoAnswer, InnerAddress, MemoryError):
        raise
    except HTTPUnauthorized as error:
        with_it = "does not accept the username and the password" if password else "asks for a username and a password"
        hint = "check `username`, and set the secret behind `password` anew"
        raise Refused("source-login", f"the repository {source.url} {with_it} (integration {source.name!r})", hint) from error
    except NotGitRepository as error:
        hint = "check the address; a private repository also hides from who has no login"
        raise Refused("source-missing", f"there is no repository {source.url} (integration {source.name!r})", hint) from error
    except Exception as error:  # every answer is in memory by now: what is left is a parser that stumbles over it, however
        raise NoAnswer(f"{source.url} does not answer as a git server does") from error


def _prefixes(wanted: str) -> list[bytes]:
    """Ask for what is wanted, and not for all the refs of a large repository."""
    whole = [wanted.encode()] if wanted.startswith(("refs/heads/", "refs/tags/")) else []
    return [b"HEAD", f"refs/heads/{wanted}".encode(), f"refs/tags/{wanted}".encode(), *whole]
