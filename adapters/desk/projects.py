"""Projects and the platform: what holds for a project's pods, and what the platform's owner chose."""

from dataclasses import dataclass

from adapters.desk.archive import ALL_PROJECTS, Archive
from adapters.desk.recorded_names import Called
from adapters.desk.signature import Signature
from adapters.desk.uses import Uses
from adapters.desk.writes import Writes, WriteStep
from domain.errors import Refused
from domain.facts import project_stream
from domain.objects import Kind, Manifest
from domain.orders import Submitted
from domain.platform import Platform, PlatformSet, choose
from domain.project import PodSecurity, PodSecuritySet
from reconciler.desired import is_restricted, namespace


@dataclass(frozen=True, slots=True)
class ListedProject:
    """A project: its namespace, what its pods keep to, how many deployments stand and how many secrets it has."""

    name: str
    namespace: str
    pod_security: PodSecurity
    deployments: int
    secrets: int


@dataclass(frozen=True)
class Projects:
    """Looks projects up and sets what holds for them; sets the platform's choices."""

    writes: Writes

    def listed(self) -> tuple[ListedProject, ...]:
        """Give all projects that anything was ever recorded about, by name."""
        archive = self.writes.archive
        names = sorted({subject.partition("/")[0] for subject in self.writes.ledger.subjects()} - {""})
        return tuple(_listed(archive, name) for name in names)

    def unfit(self, project: str) -> tuple[str, ...]:
        """Name the deployments whose replicas a restricted namespace would not take: they were rendered before."""
        wanted = Uses(self.writes.archive, project).wanted
        return tuple(key.name for key, order in wanted if order.replicas and not self._restricted(order))

    def secure(self, project: str, level: PodSecurity, signature: Signature) -> bool:
        """Set what a project's pods keep to; False when it was so. Raises Rejected, Unreachable, Conflict."""
        archive, identity = self.writes.archive, self.writes.ledger.identity
        known = archive.project(project).restricted
        order = self.writes.order(signature, project)
        space = Manifest.of(
            namespace(project, identity, restricted=level == "restricted", name=Called(archive).namespace(project))
        )
        self.writes.carry_out(order, (self._step(space, f"pod security {level}"),), "the pod security")
        if known == (level == "restricted"):
            return False
        self.writes.record(order, project_stream(project), (PodSecuritySet(level),))
        return True

    def platform(self) -> Platform:
        """Give what the platform's owner chose."""
        return self.writes.archive.platform()

    def choose(self, choices: tuple[tuple[str, str], ...], signature: Signature) -> tuple[Platform, bool]:
        """Set choices; gives the platform as it is then, and whether that is news. Raises Refused, Conflict."""
        before = self.platform()
        after = choose(before, choices)
        if not choices:
            raise Refused("nothing-chosen", "no choice was given", "reckon platform set NAME=VALUE")
        if after == before:
            return after, False
        order = self.writes.order(signature)
        self.writes.record(order, project_stream(ALL_PROJECTS), (PlatformSet(choices),))
        return after, True

    def _step(self, space: Manifest, because: str) -> WriteStep:
        live = self.writes.cluster().read(space.ref)
        return WriteStep(space, because, "update", live.uid) if live else WriteStep(space, because)

    def _restricted(self, order: Submitted) -> bool:
        spaces = (one for one in order.objects if one.ref.kind == Kind.NAMESPACE.value)
        return any(is_restricted(self.writes.ledger.document(space.body) or b"") for space in spaces)


def _listed(archive: Archive, name: str) -> ListedProject:
    project = archive.project(name)
    level: PodSecurity = "restricted" if project.restricted else "baseline"
    return ListedProject(name, Called(archive).namespace(name), level, len(Uses(archive, name).wanted), len(project.secrets))
