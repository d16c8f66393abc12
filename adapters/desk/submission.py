"""Submissions: a spec file, or a change of what stands, becomes a new version; what is refused is put on record too."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from adapters.desk.archive import LoadedDeployment
from adapters.desk.bad_spec import BadSpec
from adapters.desk.preparing import Pinned, RenderedSubmission, RenderInputs, pin, prepare
from adapters.desk.sourcing import ASKS_NOBODY, Sourcing, content_known, gone_back
from adapters.spec_file.glimpse import glimpse
from adapters.spec_file.normal import spec_from_json, spec_json
from adapters.spec_file.reading import SpecReading, read_spec
from adapters.spec_file.set_edits import apply_sets
from domain.decide import PreparedVersion
from domain.deployment import Deployment, Version
from domain.errors import Refused
from domain.images import parse_reference
from domain.machines import Catalogue
from domain.models import Models, ModelSet, sourced
from domain.names import Key, Names
from domain.objects import Kind, Manifest
from domain.orders import Origin, OriginKind
from domain.platform import Platform
from domain.ports import Images, Ledger, Login
from domain.project import RegistrySet
from domain.reach import Reach
from domain.registries import below
from domain.rollback import digest_to_return_to, rollback_target
from domain.spec import Spec
from projections.scaling import staying
from reconciler.desired import is_restricted


@dataclass(frozen=True, slots=True)
class SubmissionRequest:
    """What someone wants to run: a file's text, or (no text) what stands under a name; and changes of it.

    `kind` is what the version will say it came from. `anew` asks registries and secrets again; a mere scaling does not,
    so that it restarts nothing.
    """

    project: str
    text: bytes = b""
    file: str = ""
    name: str = ""
    sets: tuple[str, ...] = ()
    kind: OriginKind = "submit"
    to: int | None = None
    """For a rollback: the version to go back to; None is the last healthy one."""

    @property
    def from_file(self) -> bool:
        """Tell whether there is a file, be it empty."""
        return bool(self.text or self.file)

    @property
    def anew(self) -> bool:
        """Tell whether images and secrets are resolved again, rather than taken as they stand."""
        return self.from_file or (self.kind == "submit" and not self.sets)


@dataclass(frozen=True)
class SubmissionPipeline:
    """Turns requests into rendered submissions; looks up, records nothing."""

    ledger: Ledger
    images: Callable[[], Images]
    catalogue: Callable[[], Catalogue]
    reach: Callable[[str], Reach]
    rollout_deadline: int
    platform: Callable[[], Platform]
    login: Callable[[RegistrySet], Login | None] = lambda _: None
    """Gives a registry's login for the moment in which its registry is asked; None where it cannot be read."""
    models: Callable[[], Models] = dict[str, ModelSet]
    sourcing: Sourcing = ASKS_NOBODY
    names: Callable[[Key], Names] = Key.names
    """Gives what a deployment is called on Kubernetes, as it stands on record."""

    def read(self, request: SubmissionRequest) -> SpecReading:
        """Read a request's file with its changes. Raises BadSpec."""
        catalogue, inner = self.catalogue(), self.platform().inner_endpoints
        known = partial(read_spec, file=request.file, catalogue=catalogue, name=request.name or None, inner_endpoints=inner)
        read = partial(known, request.text, sets=request.sets)
        reading = read()
        if any(problem.code == "probe-without-port" for problem in reading.problems):
            exposed = self._exposed(request)
            reading = read(exposed=exposed)
        return sound(reading)

    def change(self, request: SubmissionRequest, version: Version) -> SpecReading:
        """Apply a request's changes to a version's spec. Raises BadSpec, Refused (its document was erased)."""
        spec = self.spec_of(version)
        if not request.sets:
            return SpecReading(spec)
        inner = self.platform().inner_endpoints
        reading = sound(apply_sets(spec, request.sets, catalogue=self.catalogue(), inner_endpoints=inner))
        # Who only scales was warned of the rest when it was submitted.
        return reading if request.kind == "set" else replace(reading, warnings=())

    def offer(
        self, request: SubmissionRequest, standing: LoadedDeployment, reading: SpecReading, incarnation: int
    ) -> RenderedSubmission:
        """Prepare what a request asks for. Raises Refused, NotFound."""
        key = standing.deployment.key
        if request.kind == "rollback":
            return self._back(request, standing, incarnation)
        spec = reading.spec
        assert spec is not None
        stands = standing.deployment.wanted
        reach = self.reach(key.project)
        pinned = self._pinned(spec, reach, None if request.anew else stands)
        if not request.anew and stands:
            reach = reach.pinned_by(stands.order)
        source = request.text or spec_json(spec).encode()
        inputs = self._sourced(spec, self._inputs(reach, key), None if request.anew else stands)
        inputs = replace(inputs, ran=self._staying(standing.deployment, spec))
        origin = Origin(request.kind, stands.number if stands and request.kind != "submit" else 0)
        offer = prepare(spec, key, pinned, incarnation=incarnation, source=source, origin=origin, inputs=inputs)
        return replace(offer, warnings=reading.warnings)

    def _staying(self, deployment: Deployment, spec: Spec) -> int:
        version = deployment.wanted
        kept = version is not None and self.ledger.document(version.order.spec) is not None
        return staying(deployment, self.spec_of(version), spec) if version is not None and kept else 0

    def spec_of(self, version: Version) -> Spec:
        """Give a version's spec. Raises Refused when its document was erased."""
        body = self.ledger.document(version.order.spec)
        if body is None:
            raise Refused("erased", f"the document of version {version.number} was erased", hint="submit a spec file instead")
        return spec_from_json(body)

    def manifests_of(self, version: Version) -> tuple[Manifest, ...]:
        """Give a version's objects as they were rendered, as far as they are still kept."""
        bodies = ((rendered.ref, self.ledger.document(rendered.body)) for rendered in version.order.objects)
        return tuple(Manifest(ref, body.decode()) for ref, body in bodies if body is not None)

    def _back(self, request: SubmissionRequest, standing: LoadedDeployment, incarnation: int) -> RenderedSubmission:
        deployment = standing.deployment
        version = rollback_target(deployment, request.to)
        order, spec = version.order, self.spec_of(version)
        origin = Origin("rollback", version.number)
        ran = digest_to_return_to(deployment, version)
        reach = self.reach(deployment.key.project).only(order)
        same = content_known(deployment, version) and not ran and self._fits(version, reach)
        if order.incarnation == incarnation and same:
            return RenderedSubmission(deployment.key, spec, PreparedVersion.again(order), (), self.manifests_of(version), origin)
        digest = order.digest or ran
        source = self.ledger.document(order.source) or spec_json(spec).encode()
        inputs = replace(self._inputs(reach, deployment.key), sourced=gone_back(deployment, version))
        image = _at(spec.image, digest)
        return prepare(spec, deployment.key, image, incarnation=incarnation, source=source, origin=origin, inputs=inputs)

    def _fits(self, version: Version, reach: Reach) -> bool:
        """Tell whether a version's own rendering keeps to the project's pod security of now."""
        spaces = (one for one in version.order.objects if one.ref.kind == Kind.NAMESPACE.value)
        bodies = (self.ledger.document(space.body) or b"" for space in spaces)
        return not reach.restricted or any(is_restricted(body) for body in bodies)

    def _pinned(self, spec: Spec, reach: Reach, stands: Version | None) -> Pinned:
        if stands is not None and stands.order.image == spec.image:
            return _at(spec.image, stands.order.digest)
        registry, reference = reach.registries.get(spec.registry), parse_reference(spec.image)
        if registry is None or reference is None or not below(reference, registry.server):
            return pin(spec.image, self.images())
        login = self.login(registry)
        if login is None:
            unread = f"the login of registry {registry.name} could not be read from the cluster: the tag of {spec.image} stays"
            cure = "; where it must not move, name its digest (IMAGE@sha256:…)"
            return replace(_at(spec.image, reference.digest), remark="" if reference.digest else unread + cure)
        return pin(spec.image, self.images(), login)

    def _exposed(self, request: SubmissionRequest) -> tuple[int, ...]:
        image, named = (_said(request, field) for field in ("image", "containerRegistry"))
        registry, reference = self.reach(request.project).registries.get(named), parse_reference(image)
        if reference is None:
            return ()
        login = self.login(registry) if registry and below(reference, registry.server) else None
        answer = self.images().resolve(image, login)
        return answer.ports if answer else ()

    def _inputs(self, reach: Reach, key: Key) -> RenderInputs:
        known = (self.ledger, self.catalogue(), reach, self.names(key), self.rollout_deadline, self.platform())
        return RenderInputs(*known, self.models())

    def _sourced(self, spec: Spec, inputs: RenderInputs, stands: Version | None) -> RenderInputs:
        """Ask what the integrations' sources stand at; those that a standing version has already stay as they are."""
        full = sourced(spec, inputs.models)
        if stands is None:
            return replace(inputs, sourced=self.sourcing.asked(full, inputs.names.namespace, inputs.reach, inputs.platform))
        before = (sourced(self.spec_of(stands), inputs.models), stands)
        return replace(
            inputs, sourced=self.sourcing.changed(full, inputs.names.namespace, inputs.reach, inputs.platform, before=before)
        )


def _said(request: SubmissionRequest, field: str) -> str:
    """Make out what a request says of a field, in its changes or in its file."""
    changes = (change.removeprefix(f"{field}=") for change in reversed(request.sets) if change.startswith(f"{field}="))
    return next(changes, "") or glimpse(request.text, request.file, field)


def _at(image: str, digest: str) -> Pinned:
    reference = parse_reference(image)
    return Pinned(reference.pinned(digest) if reference and digest else image, digest)


def sound(reading: SpecReading) -> SpecReading:
    """Give a reading back when it has a spec. Raises BadSpec with all problems."""
    if reading.spec is None:
        raise BadSpec(reading.problems, reading.warnings)
    return reading


def name_in(text: bytes, file: str = "") -> str:
    """Make out the name in a text that is no sound spec, so that its refusal stands where people look for it."""
    return glimpse(text, file, "name")
