"""Names: what a person calls a deployment, and what its objects are called on Kubernetes.

A name on Kubernetes is a slug to read and a hash that tells apart: 128 bits of SHA-256 over the whole name, so that nobody finds
two names that meet. Names that were given before that (`FIRST`) have 32 bits. They stay what they are, told by their shape: the
hash of one is never as long as that of the other, so the two kinds do not meet either.
"""

import hashlib
import re
from base64 import b32encode
from dataclasses import dataclass
from typing import Literal

LABEL = "deadreckon.dev"
MANAGER = "deadreckon"
REPLICAS_MANAGER = "deadreckon-replicas"
"""The field manager under which the number of replicas is handed over to an autoscaler, and nothing else."""
OUR_MANAGERS = frozenset({MANAGER, REPLICAS_MANAGER})
SOMEBODY_ELSES = " (somebody else's)"
"""Stands behind the name of a field manager of ours that another took."""

Scheme = Literal[1, 2]
FIRST: Scheme = 1
"""How things were named at first, and are named as long as they last: with eight hexadecimal digits."""
WHOLE: Scheme = 2
"""How things are named since: with 26 letters and digits of base 32."""
_DIGITS = 26
_SHORT_DIGITS = 8
_LABEL_LENGTH = 63
_WORKLOAD_LENGTH = 46
"""A ReplicaSet adds a hyphen and ten, a pod a hyphen and five; a pod's name is cut at 63, and 17 + 46 is that."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a deployment is called on Kubernetes, as its versions have it on record: its namespace, and its objects' name."""

    namespace: str
    workload: str

    @property
    def scheme(self) -> Scheme:
        """Tell how the deployment was named."""
        return scheme_of(self.workload)

    @property
    def project_scheme(self) -> Scheme:
        """Tell how its project was named; its first deployments may be older than its newest."""
        return scheme_of(self.namespace)


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """A deployment's name within its project; both as a person wrote them."""

    project: str
    name: str

    @property
    def subject(self) -> str:
        """Name the deployment in one string. A project's name has no slash, so this is unambiguous."""
        return f"{self.project}/{self.name}"

    @classmethod
    def of(cls, subject: str) -> "Key":
        """Read a subject back."""
        project, _, name = subject.partition("/")
        return cls(project, name)

    @property
    def object_name(self) -> str:
        """Give the name that a new deployment's objects get. One that has a version keeps what that has on record."""
        return self.names().workload

    @property
    def namespace(self) -> str:
        """Give the namespace that a new project gets. One that was used before keeps what is on record."""
        return namespace_of(self.project)

    def names(self, scheme: Scheme = WHOLE) -> Names:
        """Give the names that a deployment gets under a scheme."""
        room = 40 if scheme == FIRST else _WORKLOAD_LENGTH - _DIGITS - 1
        plain = slug(self.name, room)
        if not plain[0].isalpha():  # A Service's name begins with a letter.
            plain = f"x-{plain}" if scheme == FIRST else f"x-{slug(self.name, room - 2)}"
        return Names(namespace_of(self.project, scheme), f"{plain}-{told_apart(self.subject, scheme)}")


def namespace_of(project: str, scheme: Scheme = WHOLE) -> str:
    """Give the namespace that a project gets under a scheme, the same each time."""
    room = 40 if scheme == FIRST else _LABEL_LENGTH - len("reckon-") - _DIGITS - 1
    return f"reckon-{slug(project, room)}-{told_apart(project, scheme)}"


def scheme_of(name: str) -> Scheme:
    """Tell under which scheme a name on Kubernetes was given."""
    return FIRST if len(name.rpartition("-")[2]) == _SHORT_DIGITS else WHOLE


def looks_hashed(text: str) -> bool:
    """Tell whether a text ends as a name with a hash does, under any scheme: written plainly, it could be another's name."""
    return re.search(rf"-([0-9a-f]{{{_SHORT_DIGITS}}}|[a-z2-7]{{{_DIGITS}}})$", text) is not None


def slug(text: str, longest: int) -> str:
    """Turn any name into lower-case letters, digits and single hyphens (RFC 1123), never empty."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return plain[:longest].strip("-") or "x"


def told_apart(text: str, scheme: Scheme = WHOLE) -> str:
    """Give the hash that tells equal slugs apart under a scheme."""
    return short_hash(text) if scheme == FIRST else whole_hash(text)


def whole_hash(text: str) -> str:
    """Give 128 bits of a text's SHA-256 as 26 lower-case letters and digits: nobody finds two texts that share them."""
    return b32encode(_sha256(text)[:16]).decode().rstrip("=").lower()


def short_hash(text: str) -> str:
    """Give eight hexadecimal digits: for names that were given before there were more, and where no two people can meet."""
    return _sha256(text).hex()[:_SHORT_DIGITS]


def _sha256(text: str) -> bytes:
    # A name may come from a terminal that is not UTF-8; it is refused elsewhere, and has a name of its own all the same.
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()
