"""What holds of every chain, whatever the history: it ends, it raises nothing, and it blames nobody but by what is recorded."""

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.audit import RequestWitnessed
from domain.nodes_seen import NodeCordoned, NodeGone, NodeReady, NodeUnready
from domain.pod_facts import ReplicaChanged, ReplicaEnded
from domain.replica import BecameReady, BecameUnready, ProbeFailed, ReplicaKilled, ReplicaWaiting, Restarted
from domain.seen import Change, ReplicasRefused
from projections.why.ends import ORDERS
from projections.why.links import Chain
from projections.why.starts import telling
from tests.at_night import at_night
from tests.unit.projections.why.scene import Scene

_STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "comes",
                "leaves",
                "evicted",
                "removed",
                "asked",
                "up",
                "down",
                "order",
                "image",
                "node",
                "crash",
                "probe",
                "drift",
                "refused",
                "changed",
                "stop",
                "delete",
                "gone",
                "kill",
                "wait",
                "ready",
                "unready",
                "ended",
                "correct",
                "later",
            ]
        ),
        st.integers(0, 5),
    ),
    max_size=25,
)


def played(steps: list[tuple[str, int]]) -> Scene:  # noqa: C901, PLR0912, PLR0915 (one line a step)
    """Give the scene that some steps make, sensible or not."""
    s = Scene.calm()
    for step, n in steps:
        one = n % len(s.replicas)
        match step:
            case "comes":
                s.comes(ready=n % 2 == 0, node=f"node-{n % 3}")
            case "leaves":
                s.leaves(one, gone=n % 2 == 0)
            case "evicted":
                s.leaves(one, ("EvictionByEvictionAPI", "DeletionByPodGC", "DeletionByTaintManager", "Other")[n % 4])
            case "removed":
                s.leaves(one, removed=True)
            case "asked":
                s.asked(("alice", "bea")[n % 2], ("delete", "patch", "create")[n % 3], name=s.pod(one))
            case "up":
                s.counted(n, n + 1)
            case "down":
                s.counted(n + 1, n)
            case "order":
                s.told.scaled(n + 1, who="carl").applied()
            case "image":
                s.told.submitted(image=f"shop:{n}", who="dora").applied()
            case "node":
                fact = (
                    NodeGone("node-1"),
                    NodeCordoned("node-1", "kubectl"),
                    NodeUnready("node-1", "r", "m"),
                    NodeReady("node-1"),
                )
                s.node(fact[n % 4])
            case "crash":
                cause = ("crashed", "unknown", "liveness probe", "out of memory")[n % 4]
                s.of(one, Restarted(n, 1, 1, 0, "Error", "", cause, s.now))  # type: ignore[arg-type]
            case "probe":
                s.of(one, ProbeFailed("liveness", "no", 1, "exact", s.now, s.now, f"e{n}", 1))
            case "drift":
                s.told.drifted("spec.replicas", 3, n, "kubectl")
            case "refused":
                s.saw(ReplicasRefused("FailedCreate", f'pods "{s.replica_set.name}-xxxxx" is forbidden', "e", 1))
            case "changed":
                s.of(one, ReplicaChanged((Change("image", "a", "b", "kubectl", s.now),)))
            case "stop":
                s.told.stopped(who="carl").applied()
            case "delete":
                s.told.deleted(who="dora")
            case "gone" if s.told.deployment.removing:
                s.told.gone()
            case "kill":
                words = ("Stopping container app", "Container app definition changed, will be restarted")[n % 2]
                s.of(one, ReplicaKilled(words, "liveness" if n == 5 else None, s.now, f"k{n}", 1))
            case "wait":
                s.of(one, ReplicaWaiting(("CrashLoopBackOff", "ImagePullBackOff")[n % 2], "words"))
            case "ready":
                s.of(one, BecameReady(s.now))
            case "unready":
                s.of(one, BecameUnready(s.now, "ContainersNotReady"))
            case "ended":
                s.of(one, ReplicaEnded(137, 9, "Error", "", None, s.now))
            case "correct" if s.told.deployment.workload:
                s.told.corrected()
            case _:
                s.later(n * 20)
    return s


def _leads(found: Chain) -> None:
    positions = [link.recorded.position for link in found.links]
    assert len(positions) == len(set(positions))
    assert found.links[0].surety == "asked"
    assert all(link.surety in {"recorded", "follows", "beside"} for link in found.links[1:])
    last = found.causes[-1]
    explained = {link.of for link in found.links if link.surety == "beside"}
    assert explained <= {last.recorded.position}, "beside stands only where no cause leads on"
    if found.root == "person":
        assert isinstance(last.recorded.fact, (*ORDERS, RequestWitnessed))
        assert not explained
    assert found.end


@given(_STEPS)
@settings(max_examples=at_night(60), deadline=None)
def test_every_chain_ends_and_names_a_person_only_by_what_is_sure(steps: list[tuple[str, int]]) -> None:
    s = played(steps)
    for start in s.told.history:
        _leads(s.why(start))


@given(_STEPS)
@settings(max_examples=at_night(60), deadline=None)
def test_there_is_always_a_fact_to_begin_with_and_it_is_of_no_replica_that_has_left(steps: list[tuple[str, int]]) -> None:
    s = played(steps)
    start = telling(s.told.history, s.told.deployment)

    assert start is not None
    _leads(s.why(start))
    uid = start.stream.partition("/")[2] if start.stream.startswith("replica/") else ""
    assert not uid or uid in {replica.uid for replica in s.told.deployment.replicas.values() if not replica.leaving}


def test_no_words_of_others_make_it_fail() -> None:
    s = Scene.calm().saw(ReplicasRefused("FailedCreate", 'pods "' + "a" * 10_000 + '" is forbidden' * 100, "e", 1))

    assert s.why(s.newest(ReplicasRefused)).end
