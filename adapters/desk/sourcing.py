"""Sourcing: what each integration's source stands at; a version has its content for good, as it has its image's digest."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from domain.cluster_ports import SecretValues
from domain.deployment import Deployment, Version
from domain.errors import DeadreckonError, Unreachable
from domain.filling import is_empty
from domain.objects import Kind, ObjectRef
from domain.orders import Fill
from domain.platform import Platform
from domain.ports import NewId, Sources, reason
from domain.project import PROJECT, secret_object, shared_namespace
from domain.reach import Reach
from domain.spec import Bucket, GitLfs, Literal, SecretRef, Spec
from reconciler.filling import STAY, UNKNOWN

Source = GitLfs | Bucket


@dataclass(frozen=True, slots=True)
class Sourced:
    """The identities of a spec's sources, as `Ground.identities` has them, and what to tell the person."""

    identities: Mapping[str, str] = field(default_factory=dict[str, str])
    remarks: tuple[str, ...] = ()


class Unasked:
    """Asks nobody."""

    def identify(self, source: Source, values: Mapping[str, str], *, inner: bool) -> str:
        """Give nothing: it is found out when it is filled."""
        del source, values, inner
        return ""


@dataclass(frozen=True)
class Sourcing:
    """Asks sources; secrets' values are read from the cluster for that moment, and kept nowhere."""

    ledger: str
    sources: Callable[[], Sources]
    cluster: Callable[[], SecretValues]
    new_id: NewId

    def asked(self, spec: Spec, namespace: str, reach: Reach, platform: Platform) -> Sourced:
        """Ask all sources of a spec (its models replaced). Raises Refused: one is not there, or does not open."""
        return self._sourced(spec, namespace, reach, platform, stay={})

    def changed(self, spec: Spec, namespace: str, reach: Reach, platform: Platform, *, before: tuple[Spec, Version]) -> Sourced:
        """Ask only the sources that a version did not have; the others stay as they are. Raises Refused."""
        old, version = before
        same = {_place(source) for source in _sources(old)} & {_place(source) for source in _sources(spec)}
        names = {source.name for source in same}
        stay = {fill.integration: _stay(fill) for fill in version.order.fills if fill.integration in names}
        return self._sourced(spec, namespace, reach, platform, stay=stay)

    def _sourced(self, spec: Spec, namespace: str, reach: Reach, platform: Platform, *, stay: Mapping[str, str]) -> Sourced:
        identities, remarks = dict(stay), list[str]()
        for source in _sources(spec):
            if source.name in stay or not spec.replicas_wanted:
                identities.setdefault(source.name, f"{UNKNOWN}{self.new_id()}")
                continue
            identity, why = self._identity(source, namespace, reach, inner=platform.inner_endpoints)
            identities[source.name] = identity or f"{UNKNOWN}{self.new_id()}"
            if not identity:
                unknown = "what it holds is known once it is filled"
                remarks.append(f"integration {source.name}: {source.url} could not be asked{why}; {unknown}")
            elif is_empty(identity):
                remarks.append(_nothing_in(source))
        return Sourced(identities, tuple(remarks))

    def _identity(self, source: Source, namespace: str, reach: Reach, *, inner: bool) -> tuple[str, str]:
        """Give what a source stands at, or nothing, and why."""
        names = _secrets(source)
        if not reach.secrets.keys() >= set(names):
            return "", ""  # the submission is refused for it, which names all that are missing at once
        try:
            values = {name: self._value(name, namespace, reach) for name in names}
        except (DeadreckonError, UnicodeDecodeError):
            return "", ""
        if not all(values.values()):
            return "", ""
        sources = self.sources()
        return sources.identify(source, values, inner=inner), reason(sources)

    def _value(self, name: str, namespace: str, reach: Reach) -> str:
        scope = reach.wider.get(name, PROJECT)
        scheme = reach.scheme(scope, name)
        place = namespace if scope == PROJECT else shared_namespace(self.ledger, scheme)
        ref = ObjectRef(Kind.SECRET.value, place, secret_object(name, reach.secrets[name], scope, scheme))
        return self.cluster().secret(ref).get("value", b"").decode()


def _nothing_in(source: Source) -> str:
    prefix = source.url.removeprefix("s3://").partition("/")[2].strip("/")
    where = f"no object stands below {prefix}/" if prefix else "no object is in it"
    return (
        f"integration {source.name}: {source.url} holds nothing ({where}): replicas would find an empty folder at {source.mount}"
    )


def _nowhere() -> SecretValues:
    raise Unreachable("no cluster is asked here")


ASKS_NOBODY = Sourcing("", Unasked, _nowhere, lambda: "")


def gone_back(deployment: Deployment, version: Version) -> Sourced:
    """Give the identities that a version had, for rendering it anew: those that were asked, else those that its fills found."""
    known = {fill.integration: fill.identity or deployment.filled.get(fill.claim.name, "") for fill in version.order.fills}
    return Sourced({fill.integration: known[fill.integration] or _stay(fill) for fill in version.order.fills})


def content_known(deployment: Deployment, version: Version) -> bool:
    """Tell whether a version's own rendering gives its content again: by what it names, or because it is still there."""
    done = {claim for claim, filling in deployment.fills.items() if filling.stage == "done"}
    found = deployment.filled
    return all(fill.identity or fill.claim.name in done or fill.claim.name not in found for fill in version.order.fills)


def _sources(spec: Spec) -> Iterator[Source]:
    return (integration for integration in spec.integrations if isinstance(integration, GitLfs | Bucket))


def _place(source: Source) -> Source:
    """Give a source without what does not matter to its content: where it is mounted, and who asks for it."""
    if isinstance(source, GitLfs):
        return replace(source, mount="", username="", password=None)
    return replace(source, mount="", access_key=None, secret_key=None)


def _stay(fill: Fill) -> str:
    return f"{STAY}{fill.claim.name}{STAY}{fill.identity}"


def _secrets(source: Source) -> tuple[str, ...]:
    values: tuple[Literal | SecretRef | None, ...]
    values = (source.password,) if isinstance(source, GitLfs) else (source.access_key, source.secret_key)
    return tuple(value.name for value in values if isinstance(value, SecretRef))


SOURCE_REFUSALS = frozenset({"source-missing", "source-login", "inner-endpoint", "unknown-model"})
"""The codes of refusals that a spec's sources are the reason of."""
