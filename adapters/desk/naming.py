"""What a spec names, looked up: each secret with its version and scope, and the registry's login. Nothing is left for later."""

from collections.abc import Mapping
from dataclasses import dataclass
from shlex import quote

from domain.errors import Refused
from domain.images import parse_reference
from domain.reach import Reach
from domain.registries import below
from domain.spec import Spec


@dataclass(frozen=True, slots=True)
class Named:
    """The version of each secret that a spec refers to, the scope of those that are not the project's, the login's version."""

    secrets: Mapping[str, int]
    wider: Mapping[str, str]
    registry: tuple[str, int] | None


def named_by(spec: Spec, reach: Reach, project: str) -> Named:
    """Look up all that a spec names. Raises Refused: missing-secret, binary-secret, missing-registry, basic-auth-secret."""
    missing = [secret for secret in spec.secrets if secret not in reach.secrets]
    if missing:
        raise _missing(missing, project)
    binary = [secret for secret in spec.secret_variables if reach.is_binary(secret)]
    if binary:
        raise _no_text(binary, reach)
    if spec.registry and spec.registry not in reach.logins:
        raise Refused(
            "missing-registry",
            f"there is no registry {spec.registry!r}, which containerRegistry names",
            hint=f"store its login first: reckon registry add {quote(spec.registry)} --server HOST --username USER",
        )
    if spec.basic_auth and not reach.with_hash(spec.basic_auth.name):
        raise _without_hash(spec.basic_auth.name, reach)
    secrets = {name: reach.secrets[name] for name in spec.secrets}
    wider = {name: scope for name, scope in reach.wider.items() if name in secrets}
    return Named(secrets, wider, (spec.registry, reach.logins[spec.registry]) if spec.registry else None)


def unused_login(spec: Spec, reach: Reach) -> str:
    """Say that the named registry is not the image's, so that its login is not used to pull it; empty where it is."""
    registry, reference = reach.registries.get(spec.registry), parse_reference(spec.image)
    if registry is None or reference is None or below(reference, registry.server):
        return ""
    return f"{spec.image} is not an image of registry {spec.registry} ({registry.server}): its login does not pull it"


def _missing(names: list[str], project: str) -> Refused:
    listed = ", ".join(repr(name) for name in names)
    what, them = ("secrets", "them") if len(names) > 1 else ("secret", "it")
    command = f"reckon secret set {quote(names[0])} -p {quote(project)}"
    return Refused(
        "missing-secret",
        f"project {project!r} has no {what} {listed}, and neither has the cluster nor the team",
        hint=f"set {them} first: {command} (for all projects: --scope cluster or --scope team)",
    )


def _no_text(names: list[str], reach: Reach) -> Refused:
    listed = ", ".join(f"{name!r} (version {reach.secrets[name]})" for name in names)
    scope = f" --scope {reach.wider[names[0]]}" if names[0] in reach.wider else ""
    what = "the values of secrets" if len(names) > 1 else "the value of secret"
    return Refused(
        "binary-secret",
        f"{what} {listed} cannot be a variable: it holds a NUL, or is not text in UTF-8, and no container would start with it",
        hint=f"keep it as text, which the application takes apart: base64 -w0 FILE | reckon secret set {quote(names[0])}{scope}",
    )


def _without_hash(name: str, reach: Reach) -> Refused:
    scope = f" --scope {reach.wider[name]}" if name in reach.wider else ""
    return Refused(
        "basic-auth-secret",
        f"version {reach.secrets[name]} of secret {name!r}, which basicAuthKey names, cannot be an endpoint's password: it was "
        "set by an earlier build, or is longer than the 72 bytes that bcrypt takes",
        hint=f"set it again: reckon secret set {quote(name)}{scope}, then submit the spec",
    )
