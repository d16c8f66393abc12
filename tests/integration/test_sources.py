"""What sources say of themselves: a real git server with LFS, and a real S3 server."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters.clock import now
from adapters.sources.asking import RemoteSources
from domain.errors import Refused
from domain.filling import essence
from domain.spec import Bucket, GitLfs, Literal, SecretRef
from tests.lab.cluster import Lab
from tests.lab.git_server import GitServer, git_server
from tests.lab.s3_server import S3Server, s3_server

MODEL = "models/falcon"
VALUES = {"password": "hush-hush"}


@pytest.fixture(scope="module")
def git() -> Iterator[GitServer]:
    with git_server("127.0.0.1", user="lab", password="hush-hush") as server:
        server.commit(MODEL, {"weights.bin": b"one"}, tag="v1")
        yield server


@pytest.fixture(scope="module")
def s3(lab: Lab) -> Iterator[S3Server]:
    with s3_server(lab) as server:
        yield server


def ask(source: GitLfs | Bucket, values: dict[str, str], *, inner: bool = True) -> str:
    return RemoteSources(now).identify(source, values, inner=inner)


def refused(source: GitLfs | Bucket, values: dict[str, str], *, inner: bool = True) -> str:
    with pytest.raises(Refused) as no:
        ask(source, values, inner=inner)
    assert not any(value in str(no.value) for value in values.values())
    return no.value.code


def falcon(git: GitServer, **changes: str) -> GitLfs:
    plain = GitLfs("falcon", "/falcon", git.url(MODEL), username="lab", password=SecretRef("password"))
    return replace(plain, **changes)  # type: ignore[arg-type]  # texts, all of them


def test_a_repository_tells_the_commit_behind_a_branch_a_tag_or_nothing(git: GitServer) -> None:
    tagged = ask(falcon(git, ref="v1"), VALUES)
    newest = git.commit(MODEL, {"README": b"newer"})

    assert [ask(falcon(git, ref=ref), VALUES) for ref in ("", "main", newest, "v1")] == [newest, newest, newest, tagged]


def test_a_repository_that_is_not_there_or_does_not_open_is_no_source(git: GitServer) -> None:
    assert refused(falcon(git, ref="nope"), VALUES) == "source-missing"
    assert refused(falcon(git, url=git.url("models/none")), VALUES) == "source-missing"
    assert refused(falcon(git), {"password": "wrong-one"}) == "source-login"
    assert refused(replace(falcon(git), username="", password=None), {}) == "source-login"
    assert refused(falcon(git), VALUES, inner=False) == "inner-endpoint"
    assert ask(falcon(git, url="http://127.0.0.1:9/nobody"), VALUES) == ""


def bucket(s3: S3Server, url: str) -> Bucket:
    return Bucket(
        "b", "/b", url, endpoint=s3.url, region=s3.region, access_key=Literal(s3.access_key), secret_key=SecretRef("key")
    )


def test_a_bucket_tells_its_content_and_the_same_content_the_same(s3: S3Server) -> None:
    values = {"key": s3.secret_key}
    s3.put("data", "a/one", b"1")
    s3.put("data", "b", b"beside")
    first = ask(bucket(s3, "s3://data/a"), values)
    s3.put("data", "b", b"beside, changed")
    s3.put("data", "a/one", b"1")
    assert essence(ask(bucket(s3, "s3://data/a"), values)) == essence(first), "written anew, and yet the same"

    s3.put("data", "a/one", b"2")
    changed = ask(bucket(s3, "s3://data/a"), values)

    assert essence(changed) != essence(first)
    assert ";at:" not in changed
    s3.create("kept", versions=True)
    assert ";at:" in ask(bucket(s3, "s3://kept"), values), "a bucket that keeps versions gives them again"


def test_a_bucket_that_is_not_there_or_does_not_open_is_no_source(s3: S3Server) -> None:
    values = {"key": s3.secret_key}
    assert refused(bucket(s3, "s3://nowhere"), values) == "source-missing"
    assert refused(bucket(s3, "s3://data"), {"key": "wrong-secret-key"}) == "source-login"
    assert refused(replace(bucket(s3, "s3://data"), access_key=Literal("nobody")), values) == "source-login"
    assert ask(replace(bucket(s3, "s3://data"), endpoint="http://127.0.0.1:9"), values) == ""
