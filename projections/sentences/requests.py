"""What others asked of the API server, told: by whom, with what, and what it answered."""

from domain.audit import RequestWitnessed
from projections.sentences.sentence import Sentence
from projections.wording import count, one_line

_DONE = {
    "create": ("created", "create"),
    "update": ("wrote", "write"),
    "patch": ("changed", "change"),
    "delete": ("deleted", "delete"),
    "deletecollection": ("deleted", "delete"),
}
_WITHIN = {
    ("create", "eviction"): ("evicted", "evict"),
    ("update", "scale"): ("scaled", "scale"),
    ("patch", "scale"): ("scaled", "scale"),
    ("create", "exec"): ("ran a command in", "run a command in"),
    ("get", "exec"): ("ran a command in", "run a command in"),
    ("create", "attach"): ("attached to", "attach to"),
    ("get", "attach"): ("attached to", "attach to"),
    ("create", "binding"): ("bound", "bind"),
    ("patch", "ephemeralcontainers"): ("added a debugging container to", "add a debugging container to"),
    ("update", "ephemeralcontainers"): ("added a debugging container to", "add a debugging container to"),
    ("patch", "resize"): ("resized", "resize"),
    ("update", "resize"): ("resized", "resize"),
}
_CONTROLLERS = {
    "deployment-controller": "the Deployment controller",
    "replicaset-controller": "the ReplicaSet controller",
    "node-controller": "the node controller",
    "taint-eviction-controller": "the taint manager",
    "pod-garbage-collector": "the pod garbage collector",
    "generic-garbage-collector": "the garbage collector",
    "horizontal-pod-autoscaler": "the autoscaler",
    "namespace-controller": "the namespace controller",
    "job-controller": "the Job controller",
    "ttl-after-finished-controller": "the controller of finished Jobs",
}
_SYSTEM = "system:serviceaccount:kube-system:"
_MANAGER = "system:kube-controller-manager"
_NODE = "system:node:"


def tell(fact: RequestWitnessed) -> Sentence:
    """Say who wrote what, or was refused."""
    who = f"{asker(fact)}{_with(fact)}"
    done, do = _WITHIN.get((fact.verb, fact.subresource)) or _DONE.get(fact.verb, ("asked for", "ask for"))
    what = _what(fact)
    if fact.succeeded:
        times = f" ({count(fact.count, 'time')} since it was last told)" if fact.count > 1 else ""
        return Sentence("request", "info" if fact.user.startswith("system:") else "warning", f"{who} {done} {what}{times}")
    times = f", {count(fact.count, 'time')} by now" if fact.count > 1 else ""
    said = f"{who} tried to {do} {what} and was refused ({fact.code}{times})"
    return Sentence("request", "warning", f"{said}: {one_line(fact.message)}" if fact.message else said)


def asker(fact: RequestWitnessed) -> str:
    """Name who asked: the user, whom they acted as, or the controller that it is known to be."""
    name = _controller(fact) or named(fact.user)
    return f"{name} (as {named(fact.acting_as)})" if fact.acting_as else name


def _controller(fact: RequestWitnessed) -> str:
    """Name the controller where all have one user: it says at the end of its program's name which it is."""
    one = fact.user == _MANAGER and not fact.acting_as
    return _CONTROLLERS.get(fact.user_agent.rpartition("/")[2], "") if one else ""


def by_replica_sets(fact: RequestWitnessed) -> bool:
    """Tell whether it was the ReplicaSet controller that asked."""
    return asker(fact) == _CONTROLLERS["replicaset-controller"]


def named(user: str) -> str:
    """Name a user of the API server's in words where it is a part of Kubernetes."""
    if user.startswith(_SYSTEM) and (controller := _CONTROLLERS.get(user.removeprefix(_SYSTEM))):
        return controller
    if user.startswith(_NODE):
        return f"the kubelet of {one_line(user.removeprefix(_NODE), 60)}"
    return one_line(user, 100) or "someone without a name"


def tool(fact: RequestWitnessed) -> str:
    """Name what the request was made with: the field manager that it named, else the program that it said it is."""
    return one_line(fact.manager or fact.user_agent.partition(" ")[0].partition("/")[0], 40)


def _with(fact: RequestWitnessed) -> str:
    program = tool(fact)
    return f" (by {program})" if program and not fact.user.startswith("system:") else ""


def _what(fact: RequestWitnessed) -> str:
    known = {"", *(within for _, within in _WITHIN)}
    within = "" if fact.subresource in known else f"the {one_line(fact.subresource, 40)} of "
    if not fact.ref.name:
        return f"{within}every {fact.ref.kind} that was asked for in namespace {one_line(fact.ref.namespace, 80)}"
    return f"{within}{one_line(str(fact.ref), 200)}"
