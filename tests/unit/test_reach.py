"""For any secrets of three scopes: the nearest counts, and what a version pinned stays as it was."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from domain.project import PROJECT, SCOPES, Project, RegistrySet, SecretRemoved, SecretSet, evolve
from domain.reach import Reach, reach
from tests.unit.one_deployment import submitted

NAMES = ("a", "b", "c")
sets = st.builds(SecretSet, st.sampled_from(NAMES), st.integers(1, 9), st.booleans(), binary=st.booleans())
removals = st.builds(SecretRemoved, st.sampled_from(NAMES))
logins = st.builds(RegistrySet, st.sampled_from(("hub", "own")), st.just("registry.example"), st.just("u"), st.integers(1, 9))


def folded(facts: list[SecretSet | SecretRemoved | RegistrySet]) -> Project:
    project = Project()
    for fact in facts:
        project = evolve(project, fact)
    return project


projects = st.lists(st.one_of(sets, removals, logins), max_size=8).map(folded)


@given(projects, projects, projects)
def test_the_nearest_scope_that_has_a_name_counts(own: Project, cluster: Project, team: Project) -> None:
    by_scope: dict[str, Project] = dict(zip(SCOPES, (own, cluster, team), strict=True))
    found = reach(own, cluster, team)
    for name in NAMES:
        nearest = next((scope for scope in SCOPES if name in by_scope[scope].secrets), None)
        if nearest is None:
            assert name not in found.secrets
            continue
        assert found.secrets[name] == by_scope[nearest].secrets[name]
        assert found.with_hash(name) == ((name, found.secrets[name]) in by_scope[nearest].hashed)
        assert found.is_binary(name) == ((name, found.secrets[name]) in by_scope[nearest].binary)
        assert found.wider.get(name, PROJECT) == nearest
    assert PROJECT not in found.wider.values(), "what the project has itself is of no wider scope"


pins = st.dictionaries(st.sampled_from(NAMES), st.tuples(st.integers(1, 9), st.sampled_from(SCOPES)))


@given(projects, projects, projects, pins, st.none() | st.tuples(st.just("hub"), st.integers(1, 9)))
def test_what_a_version_pinned_stays_and_the_rest_is_as_it_is_now(
    own: Project, cluster: Project, team: Project, pinned: dict[str, tuple[int, str]], registry: tuple[str, int] | None
) -> None:
    now = reach(own, cluster, team)
    order = replace(
        submitted(1),
        secrets=tuple((name, version) for name, (version, _) in pinned.items()),
        wider_secrets=tuple((name, scope) for name, (_, scope) in pinned.items() if scope != PROJECT),
        registry=registry,
    )
    kept, bare = now.pinned_by(order), now.only(order)
    for name in NAMES:
        expected = pinned.get(name) or ((now.secrets[name], now.wider.get(name, PROJECT)) if name in now.secrets else None)
        assert _of(kept, name) == expected
        assert _of(bare, name) == pinned.get(name)
    assert bare.logins == (dict([registry]) if registry else {})
    assert kept.logins == {**now.logins, **bare.logins}


def _of(found: Reach, name: str) -> tuple[int, str] | None:
    return (found.secrets[name], found.wider.get(name, PROJECT)) if name in found.secrets else None
