"""How simulated applications behave: when they start, what they answer to probes, when they end.

The word in an image's tag says it, so that a demonstration needs no script: see `WORDS`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from adapters.simulator.images import digest_of, word_of

Answer = Callable[[float], str]
"""What a probe gets, by the seconds since the container started: empty for success, else the kubelet's words for the failure."""

UNAVAILABLE = "HTTP probe failed with statuscode: 503"
TIMED_OUT = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
REFUSED = "connection refused"


def passes(_seconds: float) -> str:
    """Answer that all is well."""
    return ""


def fails(words: str = UNAVAILABLE, *, after: float = 0.0, until: float = float("inf")) -> Answer:
    """Answer with a failure from some second on, until another."""
    return lambda seconds: words if after <= seconds < until else ""


@dataclass(frozen=True, slots=True)
class AppBehaviour:
    """One application. It serves `start_seconds` after its container started; before, probes find nobody there.

    `exits_after`: it ends by itself after so many seconds, with `exit_code` (137 and `out_of_memory`: the kernel killed it),
    having printed `last_words`. `pull_error`: the registry's words, if the image cannot be had. On SIGTERM it ends within
    `stop_seconds` with `stop_code`.
    """

    start_seconds: float = 2.0
    startup: Answer = passes
    readiness: Answer = passes
    liveness: Answer = passes
    exits_after: float | None = None
    exit_code: int = 1
    out_of_memory: bool = False
    last_words: tuple[str, ...] = ()
    message: str = ""
    """What it leaves as its termination message when it ends by itself."""
    pull_error: str = ""
    pull_seconds: float = 1.5
    stop_seconds: float = 0.5
    stop_code: int = 0
    work: float = 10.0
    """What all replicas together have to do, in percent of what one requests; a request takes a millisecond for each percent."""


def _flapping(seconds: float) -> str:
    return UNAVAILABLE if seconds % 120.0 >= 90.0 else ""


_TRACE = (
    "Traceback (most recent call last):",
    '  File "/app/main.py", line 12, in <module>',
    "    settings = load_settings()",
    "KeyError: 'DATABASE_URL'",
)

WORDS: Mapping[str, AppBehaviour] = {
    "missing": AppBehaviour(pull_error="not found"),
    "crash": AppBehaviour(exits_after=3.0, last_words=_TRACE),
    "bad": AppBehaviour(readiness=fails(UNAVAILABLE)),
    "stuck": AppBehaviour(startup=fails(UNAVAILABLE)),
    "flaky": AppBehaviour(readiness=_flapping),
    "hang": AppBehaviour(liveness=fails(TIMED_OUT, after=60.0), stop_seconds=60.0),
    "oom": AppBehaviour(exits_after=20.0, exit_code=137, out_of_memory=True, last_words=("loading model weights",)),
    "slow": AppBehaviour(start_seconds=45.0),
    "busy": AppBehaviour(work=180.0),
}
"""What the words in a tag do: `missing` cannot be pulled; `crash` ends with code 1 after 3 s, again and again; `bad` is
never ready; `stuck` never passes its startup probe; `flaky` is unready for the last 30 s of each two minutes; `hang` stops
answering its liveness probe after a minute; `oom` is killed for its memory after 20 s; `slow` takes 45 s to start; `busy`
has so much to do that an autoscaler makes more replicas of it."""

Pattern = str | Callable[[str], bool]


@dataclass(slots=True)
class Apps:
    """What is known of applications: by script first, the newest first, then by the word in the tag."""

    scripted: list[tuple[Pattern, AppBehaviour]] = field(default_factory=list[tuple[Pattern, AppBehaviour]])

    def behaves(self, image: Pattern, behaviour: AppBehaviour) -> None:
        """Say how an image behaves from now on: its name, or a predicate over names."""
        self.scripted.insert(0, (image, behaviour))

    def of(self, image: str) -> AppBehaviour:
        """Give the behaviour of an image."""
        for pattern, behaviour in self.scripted:
            if _same_image(pattern, image) if isinstance(pattern, str) else pattern(image):
                return behaviour
        return WORDS.get(word_of(image), _PLAIN)


_PLAIN = AppBehaviour()


def _same_image(pattern: str, image: str) -> bool:
    return image == pattern or ("@" in image and image.rpartition("@")[2] == digest_of(pattern))
