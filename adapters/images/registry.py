"""A registry's API (v2, OCI distribution) over HTTP: manifests and blobs, with a token or a password where it asks for one."""

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import urllib3

from domain.ports import Login
from domain.registries import without_tls

_LARGEST = 4 * 1024 * 1024
_CHALLENGE = re.compile(r'\b(\w{1,64})="([^"]*)"')
_LOOPBACK = {"localhost", "127.0.0.1", "::1", "[::1]"}
_KINDS = (
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json"
)


class Missing(Exception):
    """The registry knows no such thing."""


class Mute(Exception):
    """The registry does not answer, lets nobody in, or says what nobody understands."""


class Denied(Exception):
    """The registry does not know the login."""


def connect() -> urllib3.PoolManager:
    """Open a way to registries: a short patience, no retries, redirects to where blobs are kept."""
    # A total of 0 would forbid redirects too. urllib3 takes the login off a request that is sent to another host.
    patience = urllib3.Retry(total=None, connect=0, read=0, status=0, other=0, redirect=3)
    return urllib3.PoolManager(timeout=urllib3.Timeout(total=3), retries=patience)


class Registry:
    """One repository of one registry, asked for one image."""

    def __init__(self, http: urllib3.PoolManager, host: str, repository: str = "", login: Login | None = None) -> None:
        """Only a registry on this very machine is asked without TLS; a login is given only to the one that it is for."""
        scheme = "http" if without_tls(host) else "https"
        self._http = http
        self._root = f"{scheme}://{host}/v2/"
        self._base = f"{self._root}{repository}"
        self._repository = repository
        self._login = login
        self._authorization = ""

    def enter(self) -> None:
        """Log in, no more. Raises Denied, Mute."""
        response = self._get(self._root, {})
        response.close()  # not given back: what of its body was not read would be taken for the next answer
        if response.status == 404:
            raise Mute("it does not speak a registry's API")

    def manifest(self, name: str) -> tuple[bytes, str]:
        """Give a manifest's bytes and the digest the registry names it by (may be empty). Raises Missing, Mute."""
        response = self._get(f"{self._base}/manifests/{name}", {"Accept": _KINDS})
        return self._body(response), response.headers.get("Docker-Content-Digest", "")

    def blob(self, digest: str) -> bytes:
        """Give a small blob. Raises Missing, Mute."""
        return self._body(self._get(f"{self._base}/blobs/{digest}", {}))

    def _get(self, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        response = self._ask(url, headers, self._authorization)
        if response.status == 401:
            response.close()
            if self._sign_in(response.headers.get("WWW-Authenticate", "")):
                response = self._ask(url, headers, self._authorization)
        if response.status in {200, 404}:
            return response
        response.close()
        if response.status == 401 and self._authorization.startswith("Basic"):
            raise Denied
        # Who got a token is known; that it opens nothing here says that this repository is not theirs to see.
        raise Mute(f"{url}: {response.status}")

    def _ask(self, url: str, headers: Mapping[str, str], authorization: str) -> urllib3.BaseHTTPResponse:
        signed = {**headers, "Authorization": authorization} if authorization else dict(headers)
        try:
            return self._http.request("GET", url, headers=signed, preload_content=False)
        except urllib3.exceptions.HTTPError as error:
            raise Mute(f"{url}: {type(error).__name__}") from error

    def _body(self, response: urllib3.BaseHTTPResponse) -> bytes:
        try:
            body = response.read(_LARGEST + 1)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Mute(type(error).__name__) from error
        finally:
            response.close()
        if response.status == 404:
            # Only a registry's own words count: a proxy in between says 404 too.
            if _error_codes(body) & {"MANIFEST_UNKNOWN", "NAME_UNKNOWN", "BLOB_UNKNOWN", "NOT_FOUND"}:
                raise Missing
            raise Mute("404, but not in a registry's words")
        if len(body) > _LARGEST:
            raise Mute("the answer is too long")
        return body

    def _sign_in(self, challenge: str) -> bool:
        """Give what a challenge asks for, a password or a token; tell whether there is something new. Raises Denied, Mute."""
        scheme, _, rest = challenge.partition(" ")
        if self._authorization:
            return False
        if scheme.lower() == "basic":
            self._authorization = self._password()
        elif scheme.lower() == "bearer":
            token = self._token(dict(_CHALLENGE.findall(rest)))
            self._authorization = f"Bearer {token}" if token else ""
        return bool(self._authorization)

    def _token(self, asked: Mapping[str, str]) -> str:
        realm = urlsplit(asked.get("realm", ""))
        if realm.scheme != "https" and realm.hostname not in _LOOPBACK:
            return ""
        scope = asked.get("scope", f"repository:{self._repository}:pull" if self._repository else "")
        query = {name: value for name, value in (("service", asked.get("service", "")), ("scope", scope)) if value}
        response = self._ask(f"{asked['realm']}?{urlencode(query)}", {}, self._password())
        if response.status != 200:
            response.close()
            if response.status in {401, 403} and self._login:
                raise Denied
            return ""
        answer = parsed(self._body(response))
        return str(answer.get("token") or answer.get("access_token") or "")

    def _password(self) -> str:
        if self._login is None:
            return ""
        return f"Basic {b64encode(f'{self._login.username}:{self._login.password}'.encode()).decode()}"


def parsed(body: bytes) -> dict[str, Any]:
    """Read a JSON object; raises Mute for anything else."""
    try:
        answer: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Mute("the answer is not JSON") from error
    if not isinstance(answer, dict):
        raise Mute("the answer is not an object")
    return cast("dict[str, Any]", answer)


def _error_codes(body: bytes) -> set[str]:
    try:
        errors = parsed(body).get("errors", [])
    except Mute:
        return set()
    listed = cast("list[object]", errors) if isinstance(errors, list) else []
    return {str(cast("dict[str, Any]", error).get("code")) for error in listed if isinstance(error, dict)}
