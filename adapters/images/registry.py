"""A registry's API (v2, OCI distribution) over HTTP: manifests and blobs, with an anonymous token where one is asked for."""

import json
import re
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import urllib3

from domain.images import Reference

_LARGEST = 4 * 1024 * 1024
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_LOOPBACK = {"localhost", "127.0.0.1", "::1", "[::1]"}
_KINDS = (
    "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json"
)


class Missing(Exception):
    """The registry knows no such thing."""


class Mute(Exception):
    """The registry does not answer, lets nobody in, or says what nobody understands."""


def connect() -> urllib3.PoolManager:
    """Open a way to registries: a short patience, no retries, redirects to where blobs are kept."""
    return urllib3.PoolManager(timeout=urllib3.Timeout(total=3), retries=urllib3.Retry(0, redirect=3))


class Registry:
    """One repository of one registry, asked for one image."""

    def __init__(self, http: urllib3.PoolManager, reference: Reference) -> None:
        """Only a registry on this very machine is asked without TLS."""
        host = urlsplit(f"//{reference.host}").hostname or ""
        scheme = "http" if host in _LOOPBACK or f"[{host}]" in _LOOPBACK else "https"
        self._http = http
        self._base = f"{scheme}://{reference.host}/v2/{reference.repository}"
        self._repository = reference.repository
        self._token = ""

    def manifest(self, name: str) -> tuple[bytes, str]:
        """Give a manifest's bytes and the digest the registry names it by (may be empty). Raises Missing, Mute."""
        response = self._get(f"{self._base}/manifests/{name}", {"Accept": _KINDS})
        return self._body(response), response.headers.get("Docker-Content-Digest", "")

    def blob(self, digest: str) -> bytes:
        """Give a small blob. Raises Missing, Mute."""
        return self._body(self._get(f"{self._base}/blobs/{digest}", {}))

    def _get(self, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        response = self._ask(url, headers)
        if response.status == 401 and self._sign_in(response.headers.get("WWW-Authenticate", "")):
            response.release_conn()
            response = self._ask(url, headers)
        if response.status in {200, 404}:
            return response
        response.release_conn()
        raise Mute(f"{url}: {response.status}")

    def _ask(self, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        signed = {**headers, "Authorization": f"Bearer {self._token}"} if self._token else dict(headers)
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
            response.release_conn()
        if response.status == 404:
            # Only a registry's own words count: a proxy in between says 404 too.
            if _error_codes(body) & {"MANIFEST_UNKNOWN", "NAME_UNKNOWN", "BLOB_UNKNOWN", "NOT_FOUND"}:
                raise Missing
            raise Mute("404, but not in a registry's words")
        if len(body) > _LARGEST:
            raise Mute("the answer is too long")
        return body

    def _sign_in(self, challenge: str) -> bool:
        """Fetch the anonymous token that a challenge asks for; tell whether there is a new one."""
        scheme, _, rest = challenge.partition(" ")
        asked: dict[str, str] = dict(_CHALLENGE.findall(rest))
        if scheme.lower() != "bearer" or "realm" not in asked or self._token:
            return False
        query = {"service": asked.get("service", ""), "scope": asked.get("scope", f"repository:{self._repository}:pull")}
        realm = urlsplit(asked["realm"])
        if realm.scheme != "https" and realm.hostname not in _LOOPBACK:
            return False
        response = self._ask(f"{asked['realm']}?{urlencode(query)}", {})
        if response.status != 200:
            response.release_conn()
            return False
        answer = parsed(self._body(response))
        self._token = str(answer.get("token") or answer.get("access_token") or "")
        return bool(self._token)


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
