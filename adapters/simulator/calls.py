"""What a call through the door of a simulated cluster does: each by its name, in JSON's words."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, cast

from adapters.simulator.cluster import SimulatedCluster
from adapters.simulator.wire import Words, live_words, ref_of, ref_words
from domain.cluster_ports import Guard
from domain.errors import Unreachable
from domain.names import MANAGER
from domain.objects import Live, Manifest, ObjectRef


def called(cluster: SimulatedCluster, call: str, words: Words) -> Any:  # noqa: ANN401 (JSON)
    """Do what is asked for and give the answer's words. Raises what the cluster raises, KeyError for a call that there is not."""
    return _CALLS[call](cluster, words)


def _apply(cluster: SimulatedCluster, words: Words) -> Words | None:
    guard = Guard(*words["guard"]) if words["guard"] else None
    manifest = Manifest(ref_of(words["ref"]), words["body"], words.get("manager", MANAGER))
    return live_words(cluster.apply(manifest, audit=words["audit"], guard=guard, dry_run=words["dry_run"]))


def _take_over(cluster: SimulatedCluster, words: Words) -> Words:
    manifest = Manifest(ref_of(words["ref"]), words["body"], words["manager"])
    over = cluster.take_over(manifest, words["paths"], guard=Guard(*words["guard"]), audit=words["audit"])
    return {"live": live_words(over.live), "taken": [asdict(one) for one in over.taken]}


def _interventions(cluster: SimulatedCluster, words: Words) -> Any:  # noqa: ANN401 (JSON)
    if words["act"] not in _HANDS:
        raise Unreachable(f"these hands cannot {words['act']}")
    told: list[Any] = words["taken"]
    taken = [_taken(one) for one in told]
    done = getattr(cluster.interventions, words["act"])(*taken, **words["named"])
    if isinstance(done, tuple):
        return [ref_words(one) for one in cast("tuple[ObjectRef, ...]", done)]
    return live_words(done) if isinstance(done, Live) else None


def _taken(one: Any) -> Any:  # noqa: ANN401 (JSON)
    words = cast("Words", one) if isinstance(one, dict) else {}
    return ref_of(words["ref"]) if "ref" in words else cast("object", one)


_HANDS = (
    "edit",
    "scale",
    "create",
    "delete",
    "delete_pod",
    "pods",
    "answer",
    "crash",
    "quota",
    "load",
    "forget_history",
    "cut_feeds",
)
_CALLS: Mapping[str, Callable[[SimulatedCluster, Words], Any]] = {
    "identity": lambda cluster, _: cluster.identity(),
    "read": lambda cluster, words: live_words(cluster.read(ref_of(words["ref"]))),
    "apply": _apply,
    "take-over": _take_over,
    "secret": lambda cluster, words: {n: b64encode(v).decode() for n, v in cluster.secret(ref_of(words["ref"])).items()},
    "remove": lambda cluster, words: cluster.remove(ref_of(words["ref"]), guard=Guard(*words["guard"]), audit=words["audit"]),
    "scrape": lambda cluster, words: cluster.scrape(ref_of(words["pod"]), words["port"]),
    "nodes": lambda cluster, words: [asdict(node) for node in cluster.nodes(counted=words["counted"])],
    "hands": _interventions,
}
