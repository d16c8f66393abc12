"""Preparing a version: the image's name becomes a digest, secrets get their versions, the spec becomes objects. Once."""

from dataclasses import dataclass, field

from adapters.desk.naming import named_by, unused_login
from adapters.desk.sourcing import Sourced
from adapters.spec_file.normal import spec_json
from adapters.spec_file.problems import Problem
from domain.decide import PreparedVersion
from domain.errors import NotFound
from domain.images import parse_reference
from domain.machines import Catalogue
from domain.models import Models, ModelSet, sourced
from domain.names import Key, Names
from domain.objects import Manifest
from domain.orders import Origin, Rendered
from domain.platform import Platform
from domain.ports import Images, Ledger, Login, reason
from domain.reach import Reach
from domain.record import Document
from domain.spec import Spec
from reconciler.desired import render
from reconciler.render_context import RenderContext


@dataclass(frozen=True, slots=True)
class Pinned:
    """An image as it will run: pinned to a digest where its registry could be asked; `digest` is empty where not."""

    image: str
    digest: str
    remark: str = ""


@dataclass(frozen=True, slots=True)
class RenderedSubmission:
    """A version ready to be recorded: the spec, what it came from, its facts' content, its documents and its manifests."""

    key: Key
    spec: Spec
    prepared: PreparedVersion
    documents: tuple[Document, ...]
    """What its facts name and is not kept yet."""
    manifests: tuple[Manifest, ...]
    origin: Origin
    remarks: tuple[str, ...] = ()
    """What to tell the person of how it will run."""
    warnings: tuple[Problem, ...] = ()
    """What to tell the person of the file, each with its place."""


@dataclass(frozen=True, slots=True)
class RenderInputs:
    """What preparing needs from outside: read once for each order."""

    ledger: Ledger
    catalogue: Catalogue
    reach: Reach
    names: Names
    """What the deployment is called on Kubernetes."""
    rollout_deadline: int
    platform: Platform
    models: Models = field(default_factory=dict[str, ModelSet])
    sourced: Sourced = field(default_factory=Sourced)
    ran: int = 0
    """How many replicas ran last, where so many shall stay (`reconciler.render_context`)."""


def pin(image: str, images: Images, login: Login | None = None) -> Pinned:
    """Ask for the digest that an image's name stands for now. Raises Refused: no such image, or the login is wrong."""
    reference = parse_reference(image)
    if reference is None or "@" in image:
        return Pinned(image, image.partition("@")[2])
    answer = images.resolve(image, login)
    if answer is None:
        unknown = "its tag stays, and what it stands for is only known once it runs"
        remark = f"the registry of {image} could not be asked{reason(images)}: {unknown}"
        return Pinned(image, "", remark)
    return Pinned(reference.pinned(answer.digest), answer.digest)


def prepare(  # noqa: PLR0913 (what a rendering depends on, each by its name)
    spec: Spec, key: Key, pinned: Pinned, *, incarnation: int, source: bytes, origin: Origin, inputs: RenderInputs
) -> RenderedSubmission:
    """Render a spec for an incarnation; nothing is recorded yet. Raises Refused (missing secrets, machine type)."""
    context = _context(spec, key, pinned, incarnation=incarnation, inputs=inputs)
    rendering = render(context)
    bodies = [Document(inputs.ledger.digest(body), body) for body in _bodies(source, spec, rendering.manifests)]
    objects = tuple(
        Rendered(manifest.ref, document.digest) for manifest, document in zip(rendering.manifests, bodies[2:], strict=True)
    )
    prepared = PreparedVersion(
        incarnation=incarnation,
        source=bodies[0].digest,
        spec=bodies[1].digest,
        objects=objects,
        template=rendering.template,
        image=spec.image,
        digest=pinned.digest,
        machine_type=context.machine.name,
        replicas=context.replicas,
        enabled=spec.enabled,
        deadline=context.deadline,
        secrets=tuple(sorted(context.secrets.items())),
        catalogue=inputs.catalogue.digest,
        ceiling=spec.autoscaled.max_replicas if spec.autoscaled else 0,
        fills=rendering.fills,
        endpoint=rendering.endpoint,
        wider_secrets=tuple(sorted(context.wider.items())),
        registry=context.registry,
    )
    told = (pinned.remark, unused_login(spec, inputs.reach), *inputs.sourced.remarks)
    remarks = tuple(remark for remark in told if remark)
    return RenderedSubmission(key, spec, prepared, tuple(bodies), rendering.manifests, origin, remarks)


def _context(spec: Spec, key: Key, pinned: Pinned, *, incarnation: int, inputs: RenderInputs) -> RenderContext:
    machine = inputs.catalogue.machines.get(spec.resources.machine_type)
    if machine is None:
        raise NotFound(
            "unknown-machine-type",
            f"the catalogue has no machine type {spec.resources.machine_type!r} any more",
            hint="submit it anew with one that there is",
        )
    full = sourced(spec, inputs.models)
    named = named_by(full, inputs.reach, key.project)
    return RenderContext(
        full,
        key,
        ledger=inputs.ledger.identity,
        incarnation=incarnation,
        machine=machine,
        image=pinned.image,
        secrets=named.secrets,
        deadline=spec.deadline(inputs.rollout_deadline),
        restricted=inputs.reach.restricted,
        platform=inputs.platform,
        wider=named.wider,
        registry=named.registry,
        identities=inputs.sourced.identities,
        ran=inputs.ran,
        recorded=inputs.names,
        first=inputs.reach.first,
    )


def _bodies(source: bytes, spec: Spec, manifests: tuple[Manifest, ...]) -> list[bytes]:
    return [source, spec_json(spec).encode(), *(manifest.body.encode() for manifest in manifests)]
