"""A registry's API (v2, OCI distribution) over HTTP: manifests and blobs, with a token or a password where it asks for one.

A registry may say what it likes, and lead where it likes; the door (`adapters.outgoing`) bounds what is read and where it
leads, and here is decided who is told the password: the registry itself, and the host that may give tokens for it.
"""

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlencode

import urllib3

from adapters.images.realm import Challenge, challenge_of
from adapters.outgoing.bounds import NoAnswer
from adapters.outgoing.door import Door, origin
from domain.ports import Login
from domain.registries import gives_tokens, without_tls

_KINDS = (
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json"
)
_TOKEN = re.compile(r"[\x21-\x7e]{1,16384}")
_UNKNOWN = {"MANIFEST_UNKNOWN", "NAME_UNKNOWN", "BLOB_UNKNOWN", "NOT_FOUND"}


class Missing(Exception):
    """The registry knows no such thing."""


class Denied(Exception):
    """The registry does not know the login."""


class StrayRealm(NoAnswer):
    """The registry sends whoever logs in to a host that its login is not for."""

    def __init__(self, host: str, realm: str) -> None:
        super().__init__(f"{host} sends its logins to {realm}, which is not told the password: it is another host")
        self.realm = realm


class Registry:
    """One repository of one registry, asked for one image."""

    def __init__(self, http: Door, host: str, repository: str = "", login: Login | None = None) -> None:
        """Only a registry on this very machine is asked without TLS; a login is given only to the one that it is for."""
        scheme = "http" if without_tls(host) else "https"
        self._http = http
        self._host = host
        self._root = f"{scheme}://{host}/v2/"
        self._base = f"{self._root}{repository}"
        self._repository = repository
        self._login = login
        self._authorization = ""

    def enter(self) -> None:
        """Log in, no more. Raises Denied, NoAnswer."""
        if self._get(self._root, {}).status == 404:
            raise NoAnswer(f"{self._host} does not speak a registry's API")

    def manifest(self, name: str) -> tuple[bytes, str]:
        """Give a manifest's bytes and the digest that the registry names it by (may be empty). Raises Missing, NoAnswer."""
        response = self._get(f"{self._base}/manifests/{name}", {"Accept": _KINDS})
        return self._body(response), response.headers.get("Docker-Content-Digest", "")

    def by_digest(self, kind: str, digest: str) -> bytes:
        """Give a small blob or a manifest (`blobs`, `manifests`), which is that very one. Raises Missing, NoAnswer."""
        body = self._body(self._get(f"{self._base}/{kind}/{digest}", {"Accept": _KINDS} if kind == "manifests" else {}))
        if digest_of(body) != digest:
            raise NoAnswer(f"{self._host} gave other bytes than those that were asked for by their digest")
        return body

    def _get(self, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        response = self._ask(url, headers, self._authorization)
        # A challenge counts from the registry itself, not from where it led.
        if response.status == 401 and origin(str(response.geturl())) == origin(url) and self._sign_in(response):
            response = self._ask(url, headers, self._authorization)
        if response.status in {200, 404}:
            return response
        if response.status == 401 and self._authorization.startswith("Basic"):
            raise Denied
        # Who got a token is known; that it opens nothing here says that this repository is not theirs to see.
        wanted = ": it wants a login" if response.status == 401 and self._login is None else ""
        raise NoAnswer(f"{self._host} answered with status {response.status}{wanted}")

    def _ask(self, url: str, headers: Mapping[str, str], authorization: str) -> urllib3.BaseHTTPResponse:
        signed = {**headers, "Authorization": authorization} if authorization else dict(headers)
        return self._http.request("GET", url, headers=signed)

    def _body(self, response: urllib3.BaseHTTPResponse) -> bytes:
        if response.status == 404:
            # Only a registry's own words count: a proxy in between says 404 too.
            if _error_codes(response.data) & _UNKNOWN:
                raise Missing
            raise NoAnswer(f"{self._host} answered with status 404, but not in a registry's words")
        return response.data

    def _sign_in(self, response: urllib3.BaseHTTPResponse) -> bool:
        """Give what a challenge asks for, a password or a token; tell whether there is something new. Raises Denied, NoAnswer."""
        if self._authorization:
            return False
        challenge = challenge_of(self._host, response.headers.get("WWW-Authenticate", ""))
        if challenge is None:
            return False
        if challenge.scheme == "basic":
            self._authorization = self._password()
        else:
            token = self._token(challenge)
            self._authorization = f"Bearer {token}" if token else ""
        return bool(self._authorization)

    def _token(self, asked: Challenge) -> str:
        """Fetch a token to pull this repository, whatever else the challenge names."""
        if self._login and not gives_tokens(asked.host, self._host, self._login.realm):
            raise StrayRealm(self._host, asked.host)
        scope = f"repository:{self._repository}:pull" if self._repository else ""
        query = urlencode({name: value for name, value in (("service", asked.service), ("scope", scope)) if value})
        try:
            response = self._ask(f"{asked.realm}{'&' if '?' in asked.realm else '?'}{query}", {}, self._password())
        except NoAnswer as error:
            raise NoAnswer(f"{self._host} has its tokens given elsewhere: {error}") from error
        if response.status != 200:
            if response.status in {401, 403} and self._login:
                raise Denied
            return ""
        answer = parsed(response.data)
        token: object = answer.get("token") or answer.get("access_token") or ""
        if not isinstance(token, str) or (token and not _TOKEN.fullmatch(token)):
            raise NoAnswer(f"{self._host} has its tokens given by {asked.host}, which gave one that is none")
        return token

    def _password(self) -> str:
        if self._login is None:
            return ""
        return f"Basic {b64encode(f'{self._login.username}:{self._login.password}'.encode()).decode()}"


def digest_of(body: bytes) -> str:
    """Give the digest of bytes, as registries write it."""
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def parsed(body: bytes) -> dict[str, Any]:
    """Read a JSON object; raises NoAnswer for anything else."""
    try:
        answer: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NoAnswer("the registry's answer is not JSON") from error
    if not isinstance(answer, dict):
        raise NoAnswer("the registry's answer is not an object of JSON")
    return cast("dict[str, Any]", answer)


def _error_codes(body: bytes) -> set[str]:
    try:
        errors = parsed(body).get("errors", [])
    except NoAnswer:
        return set()
    listed = cast("list[object]", errors) if isinstance(errors, list) else []
    codes = (cast("dict[str, object]", error).get("code") for error in listed if isinstance(error, dict))
    return {code for code in codes if isinstance(code, str)}
