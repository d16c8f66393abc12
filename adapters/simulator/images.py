"""A simulated image registry: it has every image, but those whose tag says `missing`.

A digest is a hash of the image's name. Where the tag holds a word that `apps.WORDS` knows, the digest begins with that
word's mark: the name is lost when an image is rendered by its digest, and the application must behave the same.
"""

import hashlib
import re
from dataclasses import dataclass, field

from domain.errors import Refused
from domain.ports import Image, Login, wrong_login

MARKS = {
    "missing": "0000",
    "crash": "dead",
    "bad": "bad0",
    "stuck": "57cc",
    "flaky": "f1a4",
    "hang": "4a46",
    "oom": "000f",
    "slow": "5105",
    "busy": "b059",
}
_WORD_OF = {mark: word for word, mark in MARKS.items()}


def word_of(image: str) -> str:
    """Give the word that says how an image misbehaves; empty for a good one."""
    name, _, digest = image.partition("@")
    if digest:
        return _WORD_OF.get(digest.removeprefix("sha256:")[:4], "")
    tag = name.rpartition("/")[2].partition(":")[2].lower()
    return next((word for word in re.split(r"[^a-z]+", tag) if word in MARKS), "")


def repository_of(image: str) -> str:
    """Give an image's name without tag and digest."""
    name = image.partition("@")[0]
    host, slash, last = name.rpartition("/")
    return f"{host}{slash}{last.partition(':')[0]}"


def digest_of(image: str) -> str:
    """Give the digest that an image's name stands for, for ever."""
    if "@" in image:
        return image.rpartition("@")[2]
    plain = hashlib.sha256(image.encode()).hexdigest()
    mark = MARKS.get(word_of(image)) or ("1" + plain[1:4] if plain[:4] in _WORD_OF else plain[:4])
    return f"sha256:{mark}{plain[4:]}"


@dataclass(slots=True)
class SimulatedImages:
    """The port `Images` on a registry that exists only here; `ports` and `digests` by image name, where one wants others."""

    ports: dict[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])
    digests: dict[str, str] = field(default_factory=dict[str, str])

    logins: dict[str, tuple[str, str]] = field(default_factory=dict[str, tuple[str, str]])
    """User and password by server, where a registry wants others than any."""

    def probe(self, login: Login) -> None:
        """Take any login, but a password that says `wrong`, and where one is given another than that."""
        expected = self.logins.get(login.server, (login.username, login.password))
        if "wrong" in login.password or (login.username, login.password) != expected:
            raise wrong_login(login)

    def resolve(self, image: str, login: Login | None = None) -> Image | None:
        """Give the digest; refuse an image whose tag says `missing`."""
        if login is not None:
            self.probe(login)
        if word_of(image) == "missing":
            raise Refused(
                "image-unknown",
                f"the simulated registry has no image {image}: its tag says `missing`",
                "name another tag; the simulated registry has every image whose tag does not hold that word",
            )
        return Image(self.digests.get(image) or digest_of(image), self.ports.get(image, ()))
