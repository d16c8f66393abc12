"""`reckon open NAME`: the URL of a deployment; where it has none, a port of this machine that leads to its replicas."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.command import LOOKING, command
from adapters.cli.reading.naming import Name
from adapters.cli.session import Session
from domain.errors import Refused

if TYPE_CHECKING:
    from domain.deployment import Deployment, Version
    from domain.objects import ObjectRef


def _a_port(given: int | None) -> int | None:
    if given is not None and not 0 <= given <= 65_535:
        raise typer.BadParameter(f"{given} is no port: from 0 to 65535")
    return given


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "open", panel=LOOKING)(open_)


def open_(
    session: Session,
    name: Name,
    port: Annotated[
        int | None,
        typer.Option("--port", metavar="LOCAL", callback=_a_port, help="Lead this port there (0: any that is free)."),
    ] = None,
) -> None:
    """Say under which URL a deployment is reached; without an ingress, lead a port of this machine there until Ctrl-C."""
    deployment = session.deployment(name)
    version = _serving(deployment)
    if version.order.endpoint and port is None:
        session.screen.answer(
            {"url": version.order.endpoint, "forwarded": False}, lambda: version.order.endpoint, [version.order.endpoint]
        )
        return
    _forward(session, deployment, version, port)


def _serving(deployment: "Deployment") -> "Version":
    from domain.decide import present

    version, name = present(deployment), deployment.key.name
    if not version.order.enabled:
        raise Refused("stopped", f"{name!r} is stopped: nothing listens", f"reckon start {name}")
    return version


def _forward(session: Session, deployment: "Deployment", version: "Version", port: int | None) -> None:
    from adapters.cli.reading.forwarding import Forwarder

    name = deployment.key.name
    public, inner = _ports(session, version, name)
    cluster = session.cluster()
    if cluster.simulated:
        raise Refused(
            "simulated",
            f"{name!r} runs in a simulated cluster: nothing listens there, so there is nothing to open",
            "name a real cluster: --context, --kubeconfig",
        )

    def replicas() -> "tuple[ObjectRef, ...]":
        return _ready(session.archive.standing(deployment.key).deployment)

    if not replicas():
        raise Refused("no-replicas", f"no replica of {name!r} takes requests now", f"see: reckon get {name}")
    forwarder = Forwarder(cluster.forward, replicas, inner, told=session.screen.note)
    local = forwarder.listen(public if port is None else port, exactly=port is not None)
    url = f"http://127.0.0.1:{local}/"
    session.screen.answer({"url": url, "forwarded": True, "port": public}, lambda: url, [url])
    session.screen.note(f"leads to port {public} of {name}, through the cluster's API, until Ctrl-C")
    forwarder.run()


def _ports(session: Session, version: "Version", name: str) -> tuple[int, int]:
    """Give the endpoint's port, and the one behind it in a replica: a relay's, where there is one."""
    import json

    from domain.objects import Kind

    bodies = [one.body for one in version.order.objects if one.ref.kind == Kind.SERVICE.value]
    if not bodies:
        raise Refused("no-ports", f"{name!r} has no ports", "name one in its spec: resources.ports")
    manifest = session.ledger.document(bodies[0])
    if manifest is None:
        raise Refused("erased", f"the manifests of {name!r} were erased", "submit it anew")
    content: Any = json.loads(manifest)
    first = content["spec"]["ports"][0]
    return int(first["port"]), int(first["targetPort"])


def _ready(deployment: "Deployment") -> "tuple[ObjectRef, ...]":
    from domain.objects import Kind, ObjectRef

    there = deployment.current_replicas()
    return tuple(ObjectRef(Kind.POD.value, one.namespace, one.pod) for one in there if one.ready and not one.leaving)
