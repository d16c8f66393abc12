"""Masking: takes a deployment's own values out of what the cluster says about it, before anything is made of its words.

The API server, kubelets, schedulers and applications repeat what a pod was given: in Events, in a container's last words, in a
fill's. Whatever they say is masked as it comes in, not as it is recorded: a sight is then held against what was told of it
before, masked likewise, and the same sight again is no news.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from domain.audit import RequestWitnessed
from domain.deployment import Deployment
from domain.facts import Fact
from domain.masks import MASK, NOTHING_KNOWN
from domain.objects import Fields
from domain.observations import (
    AutoscalerSeen,
    ContainerSeen,
    EventSeen,
    Exit,
    FillPodSeen,
    GoneSeen,
    JobSeen,
    Observation,
    PodSeen,
    Running,
    Waiting,
    WatchEvent,
)
from domain.ownership import Fleet, homes_by_name
from domain.ports import Ledger
from reconciler.literals import Literals

_FILLS_MARK = "(masked)"
"""What a fill's script puts in the place of a login; its text stands in renderings that stay as they are for ever."""
Hide = Callable[[str], str]
State = TypeVar("State", bound=Waiting | Running | Exit | None)


class Masking:
    """Masks what comes in about deployments, by their literals."""

    def __init__(self, ledger: Ledger) -> None:
        """Begin with no literals read."""
        self._literals = Literals(ledger)

    def masked(self, watch_event: WatchEvent, fleet: Fleet) -> WatchEvent:
        """Give a watch event without private values in anyone's words."""
        return replace(
            watch_event, observations=tuple(self._without(observation, fleet) for observation in watch_event.observations)
        )

    def without(self, fact: Fact, deployment: Deployment | None) -> Fact:
        """Give a request of others without private values in the API server's words."""
        if not isinstance(fact, RequestWitnessed) or not fact.message:
            return fact
        message = self._literals.of(deployment).hide(fact.message) if deployment else fact.message
        return replace(fact, message=NOTHING_KNOWN.hide(message))

    def _without(self, observation: Observation, fleet: Fleet) -> Observation:  # noqa: PLR0911 (one line an observation)
        def hide(text: str) -> str:
            if not text:
                return text
            for home in _homes(observation, fleet):
                text = self._literals.of(home).hide(text)
            return NOTHING_KNOWN.hide(text)

        match observation:
            case PodSeen():
                return _pod(observation, hide)
            case EventSeen():
                return replace(observation, message=hide(observation.message))
            case AutoscalerSeen():
                told = tuple(replace(each, message=hide(each.message)) for each in observation.conditions)
                return replace(observation, conditions=told, reason=hide(observation.reason))
            case JobSeen():
                return replace(observation, failed=hide(observation.failed))
            case GoneSeen(pod=PodSeen() as last):
                return replace(observation, pod=_pod(last, hide))
            case FillPodSeen():
                return replace(observation, pod=_pod(observation.pod, lambda text: hide(text).replace(_FILLS_MARK, MASK)))
            case _:
                return observation


def _homes(observation: Observation, fleet: Fleet) -> Iterator[Deployment]:
    """Give the deployments that an observation may be about: too many hide too much, which harms nobody."""
    if isinstance(observation, EventSeen):
        owner = observation.owner.ref.name if observation.owner else ""
        yield from homes_by_name(fleet, observation.about, owner)
    elif isinstance(observation, PodSeen | GoneSeen | AutoscalerSeen | JobSeen | FillPodSeen):
        ref = observation.job if isinstance(observation, FillPodSeen) else observation.ref
        yield from homes_by_name(fleet, ref, observation.deployment)


def _pod(seen: PodSeen, hide: Hide) -> PodSeen:
    return replace(
        seen,
        unschedulable=hide(seen.unschedulable),
        status_message=hide(seen.status_message),
        departure=replace(seen.departure, message=hide(seen.departure.message)),
        spec=replace(seen.spec, fields=_fields(seen.spec.fields, hide), limits=hide(seen.spec.limits)) if seen.spec else None,
        owner=replace(seen.owner, template=_fields(seen.owner.template, hide)) if seen.owner else None,
        container=_container(seen.container, hide) if seen.container else None,
    )


def _fields(fields: Fields, hide: Hide) -> Fields:
    return {path: hide(value) if _chosen(path) and isinstance(value, str) else value for path, value in fields.items()}


def _chosen(path: str) -> bool:
    """Tell whether others may have put any text there: the values of labels and notes, but for Kubernetes' own and ours."""
    return (
        path.startswith(("metadata.labels.", "metadata.annotations."))
        and "deadreckon.dev/" not in path
        and not path.endswith(".pod-template-hash")
    )


def _container(seen: ContainerSeen, hide: Hide) -> ContainerSeen:
    return replace(seen, state=_state(seen.state, hide), last_exit=_state(seen.last_exit, hide))


def _state(state: State, hide: Hide) -> State:
    return replace(state, message=hide(state.message)) if isinstance(state, Waiting | Exit) else state
