"""How often a thing that repeats is told: at first each time, then only when its number has doubled.

So no stream grows faster than the logarithm of what happened, however much a thing flaps.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_KEPT = 64
"""Events remembered for each subject: an API server forgets an Event after an hour, and a kubelet sends fewer in that time."""

LONGEST = 2048
"""Of a message: as many characters from its end, where a traceback says what went wrong."""

_ENDS = ",;:."


@dataclass(frozen=True, slots=True)
class RepeatCount:
    """Of one core Event: the count that was told last, and in how many facts."""

    count: int
    facts: int

    def worth(self, count: int, *, each: int) -> bool:
        """Tell whether a count is worth a fact: any other count among the first `each` facts, later only a doubled one."""
        if count == self.count:
            return False
        return self.facts < each or count >= 2 * self.count

    def since(self, count: int) -> int:
        """Give how many there were since the last fact; where the count fell, counting had begun anew."""
        return count - self.count if count > self.count else count


NEVER = RepeatCount(0, 0)


def count_told(told: Mapping[str, RepeatCount], event: str, count: int) -> Mapping[str, RepeatCount]:
    """Note that a count of an event was told now."""
    before = told.get(event, NEVER)
    others = [(other, of) for other, of in told.items() if other != event]
    return dict([*others[-(_KEPT - 1) :], (event, RepeatCount(count, before.facts + 1))])


def gist(text: str) -> str:
    """Reduce a message to what it says: numbers, ids and the order of its words do not count."""
    said = (word.rstrip(_ENDS) for word in text.split() if not any(character.isdecimal() for character in word))
    return " ".join(sorted({word for word in said if word}))


def last_words(message: str) -> str:
    """Keep the end of a message that is too long."""
    return message if len(message) <= LONGEST else f"…{message[1 - LONGEST :]}"
