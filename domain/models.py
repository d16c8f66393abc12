"""The platform's models: where the content of each `model` integration comes from. Stream `project/*`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from shlex import quote

from domain.errors import Refused
from domain.spec import Bucket, GitLfs, Literal, Model, SecretRef, Spec


@dataclass(frozen=True, slots=True)
class ModelSet:
    """A model has this source from now on; versions that were rendered before stay as they are.

    `url` is that of a git repository, or `s3://bucket/prefix`; keys are `secret:NAME`, looked up in each project's scopes.
    """

    id: str
    url: str
    ref: str = ""
    endpoint: str = ""
    region: str = ""
    username: str = ""
    password: str = ""
    """The name of a secret, as `secret_access_key` is; `access_key_id` is one where it begins with `secret:`."""
    access_key_id: str = ""
    secret_access_key: str = ""


@dataclass(frozen=True, slots=True)
class ModelRemoved:
    """New submissions cannot name this model any more."""

    id: str


ModelFact = ModelSet | ModelRemoved
Models = Mapping[str, ModelSet]


def take_in(models: Models, fact: ModelFact) -> Models:
    """Take a fact in."""
    others = {id: model for id, model in models.items() if id != fact.id}  # noqa: A001 (what it is called)
    return {**others, fact.id: fact} if isinstance(fact, ModelSet) else others


def sourced(spec: Spec, models: Models) -> Spec:
    """Give the spec with each model's source in its place. Raises Refused for one that the platform does not have."""
    if not any(isinstance(integration, Model) for integration in spec.integrations):
        return spec
    return replace(spec, integrations=tuple(_source(i, models) if isinstance(i, Model) else i for i in spec.integrations))


def _source(model: Model, models: Models) -> GitLfs | Bucket:
    known = models.get(model.id)
    if known is None:
        near = get_close_matches(model.id, models, n=1)
        there = f"; there are: {', '.join(sorted(models)[:10])} (reckon model list)" if models else ""
        add = f"add it: reckon model add {quote(model.id)} --url URL{there}"
        hint = f"did you mean {near[0]}? Else {add}" if near else add
        raise Refused("unknown-model", f"the platform has no model {model.id!r} (integration {model.name!r})", hint)
    if not known.url.startswith("s3://"):
        return GitLfs(model.name, model.mount, known.url, known.ref, known.username, _secret(known.password))
    key = known.access_key_id
    access = SecretRef(key.removeprefix("secret:")) if key.startswith("secret:") else Literal(key) if key else None
    secret = _secret(known.secret_access_key)
    place = {"endpoint": known.endpoint, "region": known.region}
    return Bucket(model.name, model.mount, known.url, "s3", **place, access_key=access, secret_key=secret)


def _secret(name: str) -> SecretRef | None:
    return SecretRef(name) if name else None
