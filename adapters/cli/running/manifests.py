"""`reckon manifests`: what `kubectl apply` needs to put an engine into a cluster."""

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.command import RUNNING, Needs, command
from adapters.cli.options import IMAGE, OLD_SPELLINGS
from adapters.cli.session import Session
from domain.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from adapters.install.network import Network

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_OURS = {
    "RECKON_LEDGER": "its address comes from a Secret: --ledger-secret",
    "RECKON_IN_CLUSTER": "an engine in a cluster always uses its pod's account",
    "RECKON_CONTEXT": "an engine in a cluster always uses its pod's account",
    "RECKON_KUBECONFIG": "an engine in a cluster always uses its pod's account",
    "RECKON_CATALOGUE": "it names a file, and orders are made of those that people have: they name it where they submit",
}
"""Settings that an installation has its own way for."""

Image = Annotated[str, IMAGE]
Namespace = Annotated[
    str, typer.Option("--namespace", *OLD_SPELLINGS["--namespace"], help="The namespace of the engines; it is made.")
]
Replicas = Annotated[int, typer.Option("--replicas", min=1, help="Engines; one leads, the others stand by.")]
LedgerSecret = Annotated[str, typer.Option("--ledger-secret", help="The Secret whose key `url` has PostgreSQL's address.")]
PullSecret = Annotated[str, typer.Option("--pull-secret", help="The Secret by which the image is pulled.")]
LedgerPorts = Annotated[list[int] | None, typer.Option("--ledger-port", metavar="PORT", help="PostgreSQL's port: 5432.")]
ApiPorts = Annotated[list[int] | None, typer.Option("--api-port", metavar="PORT", help="The API server's: 443 and 6443.")]
ApiServers = Annotated[
    list[str] | None, typer.Option("--api-server", metavar="CIDR", help="Its addresses: then only these are heard and asked.")
]
Sets = Annotated[
    list[str] | None,
    typer.Option("--setting", *OLD_SPELLINGS["--setting"], metavar="RECKON_X=VALUE", help="A setting; may be repeated."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "manifests", panel=RUNNING, needs=Needs.NOTHING)(manifests)


def manifests(  # noqa: PLR0913, PLR0917 (a command's options)
    session: Session,
    image: Image = "",
    namespace: Namespace = "deadreckon",
    replicas: Replicas = 2,
    ledger_secret: LedgerSecret = "deadreckon-ledger",  # noqa: S107 (a Secret's name)
    pull_secret: PullSecret = "",
    ledger_ports: LedgerPorts = None,
    api_ports: ApiPorts = None,
    api_servers: ApiServers = None,
    sets: Sets = None,
) -> None:
    """Print what puts an engine into a cluster, for kubectl apply -f -.

    Namespace, account, roles, policies, Service and two engines; no Secret, and nothing is asked of any cluster. What people get
    is printed by reckon project grant.
    """
    from adapters.install.manifests import Installation
    from adapters.install.manifests import manifests as made
    from domain.images import parse_reference

    if not image:
        raise Refused("no-image", "which image shall the engines run?", hint="build it (docs/install.md), and name it: --image")
    if parse_reference(image) is None:
        raise Refused("image-name", f"{image!r} is no name of an image", hint="write REGISTRY/REPOSITORY:TAG")
    for name in (namespace, ledger_secret, *((pull_secret,) if pull_secret else ())):
        if not _NAME.fullmatch(name):
            raise Refused("bad-name", f"{name!r} is no name of an object: lower case letters, digits and -, at most 63")
    network = _network(ledger_ports, api_ports, api_servers)
    chosen = Installation(image, namespace, replicas, ledger_secret, pull_secret, _settings(sets or ()), network)
    printed(session, made(chosen))


def printed(session: Session, objects: "Sequence[dict[str, Any]]") -> None:
    """Print objects as kubectl takes them."""
    from adapters.cli.screen import Screen

    screen = session.screen
    if screen.format == "json":
        screen.answer({"apiVersion": "v1", "kind": "List", "items": objects})
        return
    written = Screen("yaml") if screen.people else screen
    for one in objects:
        written.item(one, str, f"{one['kind'].lower()}/{one['metadata']['name']}")


def _network(ledger: list[int] | None, api: list[int] | None, servers: list[str] | None) -> "Network":
    """Read what the network looks like. Raises Refused: no address, no port."""
    from ipaddress import ip_network

    from adapters.install.network import Network

    for one in servers or ():
        try:
            ip_network(one)
        except ValueError as error:
            raise Refused("bad-address", f"{one!r} is no range of addresses: {error}", hint="write it as 10.0.0.1/32") from None
    wrong = next((port for port in (*(ledger or ()), *(api or ())) if not 1 <= port <= 65535), None)
    if wrong is not None:
        raise Refused("bad-port", f"{wrong} is no port: 1 to 65535")
    known = Network()
    return Network(tuple(ledger or known.ledger_ports), tuple(api or known.api_ports), tuple(servers or ()))


def _settings(given: "Iterable[str]") -> dict[str, str]:
    """Read settings for the engines. Raises Refused, Unfit: one that an engine would not start with is refused here."""
    from adapters.settings import read_settings

    found: dict[str, str] = {}
    for one in given:
        name, sign, value = one.partition("=")
        if not sign or not name.startswith("RECKON_"):
            raise Refused("bad-setting", f"{one!r} is no setting", hint="write it as RECKON_LEASE_SECONDS=15")
        if name in _OURS:
            raise Refused("bad-setting", f"{name} cannot be set here", hint=_OURS[name])
        found[name] = value
    read_settings(found)
    return found
