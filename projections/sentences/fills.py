"""Fills of integrations, told; and the platform's models."""

from typing import assert_never

from domain.filling import FillDone, FillFact, FillFailed, FillProgressed, FillStarted, came_empty, essence
from domain.models import ModelFact, ModelRemoved, ModelSet
from domain.record import EventMetadata
from projections.sentences.orders import grounds
from projections.sentences.sentence import Sentence
from projections.who import person
from projections.wording import count, last_words, one_line, span

EMPTY = "its source held no file, and replicas find an empty folder"


def tell(fact: FillFact) -> Sentence:
    """Say how far an integration's content has come."""
    what = f"integration {one_line(fact.integration, 60)}"
    match fact:
        case FillStarted():
            return Sentence("fill", "info", f"{what} is being filled")
        case FillProgressed(phase="waiting", words=words):
            return Sentence("fill", "warning", f"{what} cannot be filled yet: {one_line(words)}")
        case FillProgressed(words=words):
            return Sentence("fill", "warning", f"{what}: a try to fill it failed, another follows: {last_words(words)}")
        case FillDone(identity=identity) if came_empty(identity, fact.size, fact.files):
            return Sentence("fill", "warning", f"{what} is filled with nothing: {EMPTY}, {named(identity)}")
        case FillDone(identity=identity):
            return Sentence("fill", "good", f"{what} is filled: {amount(fact.size, fact.files, fact.seconds)}, {named(identity)}")
        case FillFailed(words=words):
            return Sentence("fill", "bad", f"{what} could not be filled: {last_words(words)}")
        case _:
            assert_never(fact)


def tell_model(fact: ModelFact, metadata: EventMetadata) -> Sentence:
    """Say which model the platform has, or has no more."""
    who = person(metadata.who)
    match fact:
        case ModelSet(id=model, url=url):
            text = f"{who} gave the platform model {model}, from {one_line(url)}"
        case ModelRemoved(id=model):
            text = f"{who} took model {model} from the platform"
        case _:
            assert_never(fact)
    return Sentence("platform", "info", text + grounds(metadata))


def amount(size: int, files: int, seconds: float) -> str:
    """Say how much came in how long: `1.2 GB in 40 s, 3 files`."""
    return f"{sized(size)} in {span(seconds)}, {count(files, 'file')}" if size >= 0 else "how much is not known"


def sized(size: float) -> str:
    """Say a number of bytes."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def named(identity: str) -> str:
    """Name a content shortly: the first digits of its commit or of its listing's digest."""
    kind, _, digest = essence(identity).rpartition(":")
    return f"{kind or 'commit'} {digest[:12]}" if digest else "of no known identity"
