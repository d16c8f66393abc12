"""Whom the engines hear and whom they ask: NetworkPolicies for their own namespace."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.names import LABEL

_DNS = 53
_API_SERVER = (443, 6443)
"""Where an API server listens, behind its Service and by itself."""


@dataclass(frozen=True, slots=True)
class Network:
    """What an engine's surroundings look like, as far as a policy has to know it.

    `ledger_ports` are PostgreSQL's. `api_servers` are the addresses (CIDR) that the API server has, where they are known: it
    belongs to no pod and no namespace, so Kubernetes cannot say it by itself.
    """

    ledger_ports: Sequence[int] = (5432,)
    api_ports: Sequence[int] = _API_SERVER
    api_servers: Sequence[str] = ()


def network_policy(network: Network, selector: dict[str, str], *, health: int, metrics: int) -> dict[str, Any]:
    """Give the policy's spec: what is not named here is neither heard nor asked."""
    return {
        "podSelector": {"matchLabels": dict(selector)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [_watched(network, health), _asked(network, metrics)],
        "egress": [
            {"ports": [_port(_DNS, "UDP"), _port(_DNS)]},
            {**_towards(network), "ports": [_port(port) for port in network.api_ports]},
            {"ports": [_port(port) for port in network.ledger_ports]},
        ],
    }


def _watched(network: Network, health: int) -> dict[str, Any]:
    """Let monitoring in, wherever it runs but in a project; a kubelet's probes always get through."""
    monitoring = {"namespaceSelector": {"matchExpressions": [{"key": f"{LABEL}/project", "operator": "DoesNotExist"}]}}
    return {"from": [monitoring, *_blocks(network)], "ports": [_port(health)]}


def _asked(network: Network, metrics: int) -> dict[str, Any]:
    """Let the API server in; while its addresses are not named anybody comes as far as TLS, which asks for its certificate."""
    return {**({"from": _blocks(network)} if network.api_servers else {}), "ports": [_port(metrics)]}


def _towards(network: Network) -> dict[str, Any]:
    # A Service's address is changed for the API server's own before policies are asked, on most networks: both ports are named.
    return {"to": _blocks(network)} if network.api_servers else {}


def _blocks(network: Network) -> list[dict[str, Any]]:
    return [{"ipBlock": {"cidr": address}} for address in network.api_servers]


def _port(number: int, protocol: str = "TCP") -> dict[str, Any]:
    return {"port": number, "protocol": protocol}
