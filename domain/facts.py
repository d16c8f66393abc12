"""All facts there are: the closed union that the ledger stores and every fold takes in."""

from domain.actions import ActionFact
from domain.audit import RequestWitnessed
from domain.cluster import ClusterFact
from domain.filling import FillFact
from domain.measuring import MeasuringFact
from domain.models import ModelFact
from domain.nodes_seen import NodeFact
from domain.orders import OrderFact
from domain.platform import PlatformSet
from domain.project import ProjectFact, Scope
from domain.replica import ReplicaFact
from domain.scaling import ScalingFact
from domain.seen import SeenFact
from domain.serving_seen import ServingFact
from domain.shared_seen import SharedFact
from domain.unsound import Unreadable, UnsoundFact

Fact = (
    OrderFact
    | ProjectFact
    | PlatformSet
    | ModelFact
    | ActionFact
    | ReplicaFact
    | SeenFact
    | ScalingFact
    | MeasuringFact
    | FillFact
    | ClusterFact
    | RequestWitnessed
    | NodeFact
    | SharedFact
    | ServingFact
    | Unreadable
    | UnsoundFact
)


def orders_stream(subject: str) -> str:
    """Name the stream of people's orders about a deployment."""
    return f"deployment/{subject}"


def host_stream(host: str) -> str:
    """Name the stream of who took a host name: whoever would take it too finds it moved on."""
    return f"host/{host}"


def project_stream(project: str) -> str:
    """Name the stream of people's orders about a project."""
    return f"project/{project}"


def scope_stream(scope: Scope, project: str) -> str:
    """Name the stream of the facts about a scope's secrets; that of the cluster also has the registries and the platform."""
    return project_stream({"cluster": "*", "team": "*team"}.get(scope, project))


def scope_in(stream: str) -> Scope:
    """Tell which scope's stream this is; a project's name begins with no `*`."""
    return "cluster" if stream == project_stream("*") else "team" if stream == project_stream("*team") else "project"


def actions_stream(subject: str) -> str:
    """Name the stream of decisions and outcomes about a deployment or a project."""
    return f"actions/{subject}"


def seen_stream(subject: str) -> str:
    """Name the stream of what was seen of a deployment's objects."""
    return f"seen/{subject}"


def audited_stream(subject: str) -> str:
    """Name the stream of what the API server's audit log tells about a deployment, a project, or (`*`) the cluster."""
    return f"audited/{subject or '*'}"


def replica_stream(uid: str) -> str:
    """Name the stream of one replica."""
    return f"replica/{uid}"


def cluster_stream(uid: str) -> str:
    """Name the stream of the cluster."""
    return f"cluster/{uid}"
