"""Troubles: what stands in the way of a deployment now, in sentences, the nearest cause first."""

from domain.deployment import Deployment, Version
from domain.objects import Kind
from domain.seen import MarkDoubted
from domain.serving import unserved
from projections.current_replicas import present_replicas, suffers
from projections.sentences import serving
from projections.sentences.objects import doubt
from projections.wording import count, last_words, one_line, short_replica


def troubles(deployment: Deployment) -> tuple[str, ...]:
    """Say what stands in the way, the nearest cause first; empty when nothing does."""
    version = deployment.wanted
    unsound = [f"held: {one_line(why, 400)}" for why in deployment.unsound.values()]
    told = [*unsound, *map(_doubt, deployment.doubted), *_actions(deployment), *_fills(deployment, version)]
    told += _serving(deployment, version)
    told += _replicas(deployment)
    if version and version.verdict == "failed" and not version.recovered:
        told.extend(last_words(why) for why in version.why if not any(last_words(why) in other for other in told))
    return tuple(dict.fromkeys(told))


def _doubt(found: MarkDoubted) -> str:
    return f"{doubt(found)} (reckon resume NAME --accept-rewind)"


def _actions(deployment: Deployment) -> list[str]:
    told: list[str] = []
    for trouble in deployment.troubles.values():
        times = f" ({trouble.times} times)" if trouble.times > 1 else ""
        told.append(one_line(f"{trouble.ref}: {trouble.code}: {trouble.message}", 400) + times)
    told.extend(f"{ref}: whether our last write arrived is not known yet" for ref in deployment.unsure)
    if deployment.refused_replicas:
        told.append(one_line(f"the cluster makes no replica: {deployment.refused_replicas}", 400))
    return told


def _fills(deployment: Deployment, version: Version | None) -> list[str]:
    """Say what fills wait for; how one failed is in the verdict."""
    return [
        f"integration {fill.integration} {'is tried again' if filling.failed else 'waits'}: {last_words(filling.words)}"
        for fill, filling in (deployment.filling(version) if version else ())
        if filling is not None and filling.stage == "waiting" and filling.words
    ]


def _serving(deployment: Deployment, version: Version | None) -> list[str]:
    """Say which Services do not reach ready replicas, and which objects of a version that went well are gone or going."""
    told = [f"{one.ref} {serving.served(one)}" for one in unserved(deployment) if one.total]
    if version is None or not version.verdict or deployment.removing:
        return told
    parts = [one.ref for one in version.order.objects if one.ref.kind != Kind.JOB.value]
    told += [f"{ref} is missing" for ref in parts if ref not in deployment.objects]
    return told + [f"{ref} is being deleted" for ref in parts if (known := deployment.objects.get(ref)) and known.leaving]


def _replicas(deployment: Deployment) -> list[str]:
    """Say each trouble of replicas once, and whose it is."""
    whose: dict[str, list[str]] = {}
    for replica in present_replicas(deployment):
        if not replica.ready and (words := suffers(replica)):
            whose.setdefault(last_words(words), []).append(replica.pod)
        if replica.disowned:
            whose.setdefault("was taken out of its ReplicaSet, and runs on beside those that are wanted", []).append(replica.pod)
    return [
        f"replica {short_replica(names[0])}: {words}" if len(names) == 1 else f"{count(len(names), 'replica')}: {words}"
        for words, names in whose.items()
    ]
