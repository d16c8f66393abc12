"""Orders, told: who wanted what, and why."""

from typing import assert_never

from domain.orders import (
    DeletionOrdered,
    Held,
    HostTaken,
    MarksOverruled,
    OrderFact,
    Resumed,
    SubmissionRefused,
    Submitted,
    ValuesRevealed,
)
from domain.platform import PlatformSet
from domain.project import (
    PROJECT,
    PodSecuritySet,
    ProjectFact,
    RegistryRemoved,
    RegistrySet,
    Scope,
    SecretRemoved,
    SecretSet,
)
from domain.record import EventMetadata
from projections.sentences.sentence import Sentence
from projections.who import person
from projections.wording import Clocked, count, listed, one_line, short_image, whole


def tell(fact: OrderFact, metadata: EventMetadata, clocked: Clocked) -> Sentence:
    """Say what a person ordered, with the reason and the ticket that they gave."""
    who = person(metadata.who)
    match fact:
        case Submitted():
            said = Sentence("order", "info", f"{who} {submitted(fact)}")
        case SubmissionRefused():
            said = Sentence(
                "order", "warning", f"{who} submitted a spec{_meant(fact, metadata)} that was refused: {_wrong(fact)}"
            )
        case DeletionOrdered():
            said = Sentence("order", "warning", f"{who} ordered its deletion")
        case Held(until):
            end = f"until {clocked(until)}" if until else "until it is resumed"
            said = Sentence("order", "warning", f"{who} put {_scope(metadata.subject)} on hold {end}")
        case Resumed():
            said = Sentence("order", "info", f"{who} resumed {_scope(metadata.subject)}")
        case MarksOverruled(objects):
            those = listed([str(ref) for ref in objects])
            said = Sentence("order", "warning", f"{who} overruled the doubted mark of {those}: it is acted upon again")
        case ValuesRevealed(versions):
            those = f"{'version' if len(versions) == 1 else 'versions'} {listed([str(number) for number in versions])}"
            said = Sentence("order", "info", f"{who} had the literal values of {those} shown")
        case HostTaken(host):
            said = Sentence("order", "info", f"{who} took the host {host} for it")
        case _:
            assert_never(fact)
    return Sentence(said.kind, said.severity, said.text + grounds(metadata))


def tell_project(fact: ProjectFact | PlatformSet, metadata: EventMetadata, scope: Scope) -> Sentence:
    """Say what was done to a scope's secrets or a registry's login (never a value), to a project, or to the platform."""
    who, whose = person(metadata.who), "" if scope == PROJECT else f" of the {scope}"
    match fact:
        case SecretSet(name, version):
            text = f"{who} set secret {name}{whose} (its version {version})"
        case SecretRemoved(name):
            text = f"{who} removed secret {name}{whose}"
        case RegistrySet(name, server, username, version, realm):
            tokens = f", with tokens from {realm}" if realm else ""
            text = f"{who} stored the login of registry {name}: {username} at {server}{tokens} (its version {version})"
        case RegistryRemoved(name):
            text = f"{who} removed registry {name}"
        case PodSecuritySet(level):
            return Sentence("platform", "info", f"{who} set its pod security to {level}" + grounds(metadata))
        case PlatformSet(choices):
            chosen = ", ".join(f"{name} to {value!r}" for name, value in choices)
            return Sentence("platform", "info", f"{who} set the platform's {chosen}" + grounds(metadata))
        case _:
            assert_never(fact)
    return Sentence("secret", "info", text + grounds(metadata))


def submitted(order: Submitted) -> str:
    """Say what a submission did: the verb first, then what runs."""
    what = f"{short_image(order.image)}, {count(order.replicas, 'replica')} on {order.machine_type}"
    match order.origin.kind:
        case "submit":
            return f"submitted version {order.number}: {what}"
        case "rollback":
            return f"rolled back to version {order.origin.of}, as version {order.number}: {what}"
        case "start":
            return f"started it, as version {order.number}: {what}"
        case "stop":
            return f"stopped it, as version {order.number}"
        case "scale":
            return f"scaled it to {count(order.replicas, 'replica')}, as version {order.number}"
        case "set":
            return f"changed version {order.origin.of}, as version {order.number}: {what}"
        case _:
            assert_never(order.origin.kind)


def grounds(metadata: EventMetadata) -> str:
    """Say the reason and ticket that came with an order, where there are any."""
    ticket = f" [{whole(metadata.ticket)}]" if metadata.ticket else ""
    reason = f' — "{whole(metadata.reason)}"' if metadata.reason else ""
    return reason + ticket


def _scope(subject: str) -> str:
    if "/" in subject:
        return "it"
    return f"project {subject}" if subject else "everything"


def _meant(fact: SubmissionRefused, metadata: EventMetadata) -> str:
    """Name the deployment that it was meant for, where the line does not stand with it."""
    return f" for {one_line(fact.name, 64)}" if fact.name and "/" not in metadata.subject else ""


def _wrong(fact: SubmissionRefused) -> str:
    told = [_error(fact, number) for number in range(min(fact.errors, len(fact.codes)))]
    return listed(told) or "no reason" if fact.errors == len(told) else f"{', '.join(told[:3])} and {fact.errors - 3} more"


def _error(fact: SubmissionRefused, number: int) -> str:
    """Say one error: a field by its name and place, anything else in the refusal's own words."""
    code, place = fact.codes[number], fact.places[number] if number < len(fact.places) else ""
    about = one_line(fact.about[number], 400) if number < len(fact.about) else ""
    if not place:
        return f"{about} ({code})" if about else code
    return f"{about}: {code} at {place}" if about else f"{code} at {place}"
