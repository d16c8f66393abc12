"""The platform's models: what `model` integrations name, and where that comes from."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from shlex import quote

from adapters.desk.signature import Signature
from adapters.desk.writes import Writes
from adapters.spec_file.addresses import host_of, inner, is_host
from adapters.spec_file.forms import (
    ACCESS_KEY,
    BUCKET_URL,
    ENDPOINT,
    GIT_REF,
    GIT_URL,
    MODEL_ID,
    REGION,
    SECRET_REF,
    USERNAME,
    Form,
)
from adapters.spec_file.normal import spec_from_json
from domain.errors import NotFound, Refused
from domain.facts import scope_stream
from domain.models import ModelRemoved, ModelSet
from domain.names import Key
from domain.spec import Model

_FORMS: dict[str, Form] = {
    "ref": GIT_REF,
    "endpoint": ENDPOINT,
    "region": REGION,
    "username": USERNAME,
    "password": SECRET_REF,
    "access_key_id": ACCESS_KEY,
    "secret_access_key": SECRET_REF,
}
_GIT, _BUCKET = {"ref", "username", "password"}, {"endpoint", "region", "access_key_id", "secret_access_key"}
_STREAM = scope_stream("cluster", "")


@dataclass(frozen=True, slots=True)
class ListedModel:
    """A model as it is shown, and the deployments that run with it, as `project/name`."""

    model: ModelSet
    used_by: tuple[str, ...]


@dataclass(frozen=True)
class ModelShelf:
    """Keeps the models, for all projects."""

    writes: Writes

    def listed(self) -> tuple[ListedModel, ...]:
        """Give the models, by their ids."""
        users = dict[str, list[str]]()
        for subject, model in self._uses():
            users.setdefault(model, []).append(subject)
        known = self.writes.archive.models()
        return tuple(ListedModel(model, tuple(users.get(name, ()))) for name, model in sorted(known.items()))

    def add(self, model: ModelSet, signature: Signature) -> bool:
        """Keep a model, in place of one with its id; False when it is kept so already. Raises Refused, Conflict."""
        _checked(model, inner_allowed=self.writes.archive.platform().inner_endpoints)
        plain = {field.name: getattr(model, field.name) for field in fields(model)}
        for name in ("password", "secret_access_key"):
            plain[name] = plain[name].removeprefix("secret:")
        fact = ModelSet(**plain)
        if self.writes.archive.models().get(fact.id) == fact:
            return False
        self.writes.record(self.writes.order(signature), _STREAM, (fact,))
        return True

    def remove(self, name: str, signature: Signature) -> None:
        """Take a model away from new submissions. Raises NotFound, Refused (it is in use), Conflict."""
        if name not in self.writes.archive.models():
            raise NotFound("no-such-model", f"the platform has no model {name!r}", hint="reckon model list")
        users = [subject for subject, model in self._uses() if model == name]
        if users:
            listed = ", ".join(repr(user) for user in users)
            raise Refused("model-in-use", f"model {name!r} is used by {listed}", hint="submit them without it, or delete them")
        self.writes.record(self.writes.order(signature), _STREAM, (ModelRemoved(name),))

    def _uses(self) -> Iterator[tuple[str, str]]:
        archive = self.writes.archive
        for subject in self.writes.ledger.subjects():
            wanted = archive.standing(Key.of(subject)).deployment.wanted if "/" in subject else None
            body = self.writes.ledger.document(wanted.order.spec) if wanted and wanted.order.fills else None
            for integration in spec_from_json(body).integrations if body else ():
                if isinstance(integration, Model):
                    yield subject, integration.id


def _checked(model: ModelSet, *, inner_allowed: bool) -> None:
    _fitting("ID", model.id, MODEL_ID)
    bucket = model.url.startswith("s3://")
    _fitting("--url", model.url, BUCKET_URL if bucket else GIT_URL)
    for name, form in _FORMS.items():
        value, option = getattr(model, name), f"--{name.replace('_', '-')}"
        if value and name not in (_BUCKET if bucket else _GIT):
            what = "a bucket" if bucket else "a git repository"
            raise Refused("contradiction", f"{option} says nothing of {what}, which {model.url} is")
        if value:
            _fitting(option, value, form)
    if bool(model.access_key_id) != bool(model.secret_access_key):
        raise Refused("missing-field", "--access-key-id and --secret-access-key belong together")
    for url in (model.url, model.endpoint):
        if url.startswith("http") and (not is_host(host_of(url)) or (inner(host_of(url)) and not inner_allowed)):
            hint = "name the store's own host; the platform's owner may allow it: reckon platform set inner-endpoints=true"
            raise Refused("inner-endpoint", f"{url} is no source of data: it is the platform's own address, or none", hint)


def _fitting(what: str, value: str, form: Form) -> None:
    if not form.fits(value):
        raise Refused("bad-value", f"{what} {quote(value)}: {form.message}", form.hint)
