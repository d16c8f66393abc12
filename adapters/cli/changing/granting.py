"""`reckon project grant`: what lets people into a project on the cluster, and engines at its secrets. Administrators apply it."""

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.session import Session, a_project
from domain.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from adapters.install.grants import Person
    from domain.names import Scheme

_PLAIN = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_LONGEST = 253
"""Characters of a user's or a group's name; a certificate's or a provider's are shorter."""

Users = Annotated[list[str] | None, typer.Option("--user", metavar="NAME", help="A user, as the cluster calls them; repeatable.")]
Groups = Annotated[list[str] | None, typer.Option("--group", metavar="NAME", help="A group of users; may be repeated.")]
Accounts = Annotated[
    list[str] | None, typer.Option("--service-account", metavar="NAMESPACE/NAME", help="A pipeline's account; may be repeated.")
]
Engine = Annotated[
    str, typer.Option("--engine", metavar="NAMESPACE", help="Engines, by their namespace: they may copy shared secrets here.")
]
Spaces = Annotated[
    bool, typer.Option("--namespaces", help="The namespaces first, if they are not there yet. Never for kubectl delete.")
]


def grant(  # noqa: PLR0913, PLR0917 (a command's options)
    session: Session,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The project.")],
    users: Users = None,
    groups: Groups = None,
    accounts: Accounts = None,
    engine: Engine = "",
    spaces: Spaces = False,
) -> None:
    """Print what lets people into a project on the cluster, for an administrator's kubectl apply -f -.

    Roles in the project's namespace: to see what runs, read logs, open ports, and store secrets, which they cannot read back.
    The same print with kubectl delete -f - takes it away again. Nothing is asked of any cluster.
    """
    from adapters.cli.running.manifests import printed
    from adapters.install.grants import Spaces as Named
    from adapters.install.grants import granted
    from domain.project import shared_namespace

    project, people = a_project(name), tuple(_people(users, groups, accounts))
    if not people and not engine:
        hint = "name whom: --user ann, --group developers, --service-account ci/deployer, --engine deadreckon"
        raise Refused("nobody", "to whom?", hint=hint)
    if engine and not _PLAIN.fullmatch(engine):
        raise Refused("bad-name", f"{engine!r} is no name of a namespace: lower case letters, digits and -, at most 63")
    shared = tuple(shared_namespace(session.ledger.identity, scheme) for scheme in _schemes(session))
    named = Named(_namespace(session, project), shared)
    made = tuple(_spaces(session, project, shared=bool(engine))) if spaces else ()
    printed(session, (*made, *granted(named, people, engine)))


def _people(users: list[str] | None, groups: list[str] | None, accounts: list[str] | None) -> "Iterator[Person]":
    from adapters.install.grants import Person

    for kind, given in (("User", users), ("Group", groups)):
        yield from (Person(kind, _a_name(one)) for one in given or ())
    for one in accounts or ():
        namespace, _, name = one.partition("/")
        if not (_PLAIN.fullmatch(namespace) and _PLAIN.fullmatch(name)):
            raise Refused("bad-name", f"{one!r} is no account", hint="write NAMESPACE/NAME, as in ci/deployer")
        yield Person("ServiceAccount", name, namespace)


def _a_name(given: str) -> str:
    """Take a name as it is. Raises Refused: nobody's, or everybody's, whom no project is for."""
    if not given or len(given) > _LONGEST or not given.isprintable():
        raise Refused("bad-name", f"{given!r} can be nobody's name: 1 to {_LONGEST} printable characters")
    if given in {"system:authenticated", "system:unauthenticated", "system:anonymous"}:
        raise Refused("everybody", f"{given} is everybody: name those who work in the project")
    return given


def _namespace(session: Session, project: str) -> str:
    from adapters.desk.recorded_names import Called

    return Called(session.archive).namespace(project)


def _schemes(session: Session) -> "tuple[Scheme, ...]":
    """Give the schemes by which the shared namespaces are called: the one of now, and the first where something stands by it."""
    from domain.names import FIRST, WHOLE
    from domain.project import CLUSTER, TEAM

    shared = tuple(session.archive.project("", scope) for scope in (CLUSTER, TEAM))
    of_first = any(one.first or one.first_logins for one in shared)
    return (WHOLE, FIRST) if of_first else (WHOLE,)


def _spaces(session: Session, project: str, *, shared: bool) -> "Iterator[dict[str, Any]]":
    """Give the namespaces as an engine would make them."""
    from reconciler.desired import namespace
    from reconciler.secret_copies import shared_space

    identity, restricted = session.ledger.identity, session.archive.project(project).restricted
    yield namespace(project, identity, restricted=restricted, name=_namespace(session, project))
    yield from (shared_space(identity, scheme) for scheme in _schemes(session) if shared)
