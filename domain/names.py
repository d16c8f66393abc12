"""Names: what a person calls a deployment, and what its objects are called on Kubernetes."""

import hashlib
import re
from dataclasses import dataclass

LABEL = "deadreckon.dev"
MANAGER = "deadreckon"
REPLICAS_MANAGER = "deadreckon-replicas"
"""The field manager under which the number of replicas is handed over to an autoscaler, and nothing else."""
OUR_MANAGERS = frozenset({MANAGER, REPLICAS_MANAGER})


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
        """Give the name of this deployment's objects: a slug to read and a hash to tell apart, 63 characters at most."""
        plain = slug(self.name, 40)
        # A Service's name begins with a letter.
        return f"{plain if plain[0].isalpha() else 'x-' + plain}-{short_hash(self.subject)}"

    @property
    def namespace(self) -> str:
        """Give the namespace of the project."""
        return namespace_of(self.project)


def namespace_of(project: str) -> str:
    """Give a project's namespace, the same each time."""
    return f"reckon-{slug(project, 40)}-{short_hash(project)}"


def slug(text: str, longest: int) -> str:
    """Turn any name into lower-case letters, digits and single hyphens (RFC 1123), never empty."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return plain[:longest].strip("-") or "x"


def short_hash(text: str) -> str:
    """Give eight hexadecimal digits that tell equal slugs apart."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]
