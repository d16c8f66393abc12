"""Integrations as people write them: where they end up, which store is asked, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.spec_file.addresses import inner, is_host
from adapters.spec_file.normal import spec_from_json, spec_json
from adapters.spec_file.problems import Problem
from adapters.spec_file.reading import SpecReading, read_spec
from domain.machines import Catalogue, Machine
from domain.spec import Bucket, GitLfs, Integration, Literal, Model, SecretRef, Volume

CATALOGUE = Catalogue({"C4": Machine("C4", 1800, 3686)})


def reading(*integrations: str, inner_endpoints: bool = False) -> SpecReading:
    text = "name: web\nimage: web:1\nresources: {machineType: C4}\nintegrations:\n"
    text += "".join(f"  - {{{integration}}}\n" for integration in integrations)
    return read_spec(text.encode(), file="a.yaml", catalogue=CATALOGUE, inner_endpoints=inner_endpoints)


def read(integration: str) -> Integration:
    found = reading(integration)
    assert found.spec is not None, found.problems
    assert spec_from_json(spec_json(found.spec)) == found.spec
    return found.spec.integrations[0]


def refused(*integrations: str) -> Problem:
    problems = reading(*integrations).problems
    assert len(problems) == 1, problems
    return problems[0]


@pytest.mark.parametrize(
    ("path", "mount"),
    [
        ("/models/", "/models/falcon"),
        ("/models", "/models/falcon"),
        ("/models/falcon", "/models/falcon"),
        ("/models/falcon/", "/models/falcon"),
        ("/", "/falcon"),
        ("", "/opt/integrations/falcon"),
    ],
)
def test_a_mount_is_the_path_and_the_name_unless_it_ends_in_it_already(path: str, mount: str) -> None:
    said = f", path: {path}" if path else ""
    assert read(f"type: git-lfs, name: falcon, url: https://git.example/falcon{said}").mount == mount


def test_each_kind_is_read_whole() -> None:
    git = "type: git-lfs, name: g, url: https://git.example/a.git, ref: v1, username: me, password: secret:pw"
    assert read(git) == GitLfs("g", "/opt/integrations/g", "https://git.example/a.git", "v1", "me", SecretRef("pw"))
    s3 = "type: s3, name: s, url: s3://bucket/a/b/, region: eu, endpoint: https://s3.example/, path: /d"
    keys = "accessKeyId: AKIA, secretAccessKey: secret:sk"
    assert read(f"{s3}, {keys}") == Bucket(
        "s", "/d/s", "s3://bucket/a/b", "s3", "https://s3.example", "eu", Literal("AKIA"), SecretRef("sk")
    )
    assert read("type: model, name: m, id: moX") == Model("m", "/opt/models", "moX")
    assert read("type: model, name: m, id: moX, path: /opt/models") == Model("m", "/opt/models/m", "moX")
    assert read("type: volume, name: my-volume") == Volume("my-volume", "/opt/integrations/my-volume")


@pytest.mark.parametrize(
    "said",
    [
        "endpoint: https://nyc3.digitaloceanspaces.com, url: s3://bucket/a",
        "endpoint: https://bucket.nyc3.digitaloceanspaces.com/a",
        "endpoint: https://nyc3.digitaloceanspaces.com/bucket/a/",
        "url: https://bucket.nyc3.digitaloceanspaces.com/a",
        "url: https://bucket.nyc3.cdn.digitaloceanspaces.com/a",
        "url: s3://bucket/a, endpoint: https://nyc3.digitaloceanspaces.com/",
    ],
)
def test_a_space_is_named_in_any_of_the_ways_that_people_know(said: str) -> None:
    expected = Bucket("s", "/opt/integrations/s", "s3://bucket/a", "spaces", "https://nyc3.digitaloceanspaces.com")
    assert read(f"type: spaces, name: s, {said}") == expected


@pytest.mark.parametrize(
    ("integration", "code", "word"),
    [
        ("type: space, name: a, url: s3://abc", "bad-value", "did you mean spaces"),
        ("name: a, url: s3://abc", "missing-field", "git-lfs"),
        ("type: s3, name: a", "missing-field", "`url`"),
        ("type: s3, name: a, url: s3://abc, ref: x", "unknown-field", "region"),
        ("type: s3, name: a, url: https://abc", "bad-value", "s3://bucket"),
        ("type: s3, name: a, url: s3://abc, secretAccessKey: secret:x", "missing-field", "accessKeyId"),
        ("type: s3, name: a, url: s3://abc, accessKeyId: A, secretAccessKey: hunter2", "bad-value", "reckon secret set"),
        ("type: git-lfs, name: a, url: https://h/a, username: me", "missing-field", "password"),
        ("type: git-lfs, name: a, url: https://h/a, password: hunter2", "bad-value", "reckon secret set"),
        ("type: git-lfs, name: a, url: https://me:hunter2@h/a", "bad-value", "`username` and `password`"),
        ("type: spaces, name: a, endpoint: https://nyc3.digitaloceanspaces.com", "unknown-space", "which space"),
        ("type: spaces, name: a, url: s3://abc", "missing-field", "where the space"),
        ("type: spaces, name: a, url: s3://abc, endpoint: https://xyz.nyc3.digitaloceanspaces.com", "unknown-space", "different"),
        ("type: volume, name: My_Volume", "bad-value", "small letters"),
        ("type: volume, name: v, path: models", "bad-value", "absolute"),
        ("type: volume, name: v, path: /a/../../etc", "bad-value", "`..`"),
        ("type: volume, name: v, path: /etc", "bad-mount", "/etc/v"),
        ("type: volume, name: proc, path: /", "bad-mount", "/proc"),
        ("type: volume, name: usr, path: /", "bad-mount", "/usr"),
        ("type: volume, name: v, path: /var/run/secrets", "bad-mount", "/var/run"),
        ("type: s3, name: '..', url: s3://abc", "bad-value", "letters"),
        ("type: s3, name: 'a/b', url: s3://abc", "bad-value", "letters"),
        ("type: s3, name: -a, url: s3://abc", "bad-value", "letters"),
        ("type: model, name: m, id: '../x'", "bad-value", "letters"),
    ],
)
def test_what_is_refused_says_why(integration: str, code: str, word: str) -> None:
    problem = refused(integration)
    assert problem.code == code
    assert word in str(problem)
    assert "hunter2" not in str(problem)


def test_names_and_mounts_are_apart() -> None:
    assert refused("type: volume, name: a", "type: volume, name: a, path: /x").code == "given-twice"
    nested = refused("type: volume, name: a, path: /x", "type: volume, name: b, path: /x/a")
    assert (nested.code, nested.line) == ("bad-mount", 6)
    six = reading(*(f"type: volume, name: v{n}" for n in range(6))).problems
    assert [problem.code for problem in six] == ["too-many"]


loopback = [
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "localhost",
    "LOCALHOST.",
    "a.localhost",
]
loopback += [
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "0",
    "0.0.0.0",
    "[::]",
    "0.1.2.3",
]
LINK_LOCAL = [
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0xA9.0xFE.43518",
    "0251.0376.0251.0376",
    "[fe80::1]",
    "[::ffff:169.254.169.254]",
]
METADATA = ["metadata.google.internal", "metadata", "100.100.100.200", "168.63.129.16", "[fd00:ec2::254]", "instance-data"]


@pytest.mark.parametrize("host", loopback + LINK_LOCAL + METADATA)
def test_the_platforms_own_addresses_are_refused_however_they_are_written(host: str) -> None:
    for said in (
        f"type: git-lfs, name: a, url: 'https://{host}/x'",
        f"type: s3, name: a, url: s3://abc, endpoint: 'http://{host}:9000'",
    ):
        assert refused(said).code == "inner-endpoint"
        assert reading(said, inner_endpoints=True).problems == ()


@pytest.mark.parametrize(
    "host", ["git.example", "10.0.0.1", "192.168.1.1", "8.8.8.8", "minio.storage.svc", "[2001:db8::1]", "127.example.org"]
)
def test_other_addresses_are_asked(host: str) -> None:
    read(f"type: git-lfs, name: a, url: 'https://{host}/x'")


@pytest.mark.parametrize(
    "host",
    ["1.2.3.4.5", "256.256.256.256", "09", "1.2.3.999", "[::g]", "[:::]", "4294967296", "a.0x7", "99999999999999999999"],
)
def test_what_only_looks_like_an_address_is_refused(host: str) -> None:
    found = reading(f"type: git-lfs, name: a, url: 'https://{host}/x'").problems
    assert {problem.code for problem in found} == {"bad-value"}


@given(st.integers(0, 2**32 - 1), st.sampled_from(["{}", "{:#x}", "0{:o}", "0x{:08X}"]))
def test_a_number_is_the_address_that_it_is(number: int, form: str) -> None:
    dotted = ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
    assert inner(form.format(number)) == inner(dotted) == inner(f"[::ffff:{dotted}]")


@given(
    st.from_regex(
        r"(0x[0-9a-fA-F]{0,9}|[0-9]{1,12})(\.(0x[0-9a-fA-F]{0,9}|[0-9]{1,12})){0,4}\.?|\[[0-9a-f:.]{2,20}\]", fullmatch=True
    )
)
def test_any_host_is_answered(host: str) -> None:
    assert not inner(host) or is_host(host)


HOSTILE = [
    "$(reboot)",
    "`id`",
    "a;b",
    "a|b",
    "a b",
    "a\tb",
    "a'b",
    'a"b',
    "a\\b",
    "a&b",
    "--upload-pack=x",
    "-x",
    "a\u202eb",
    "a\u00a0b",
]


@pytest.mark.parametrize("word", HOSTILE)
def test_what_a_shell_would_take_for_its_own_never_passes_in_names_and_hosts(word: str) -> None:
    quoted = word.replace("'", "''")
    for said in (
        f"type: s3, url: s3://abc, name: '{quoted}'",
        f"type: git-lfs, name: a, url: 'https://{quoted}/x'",
        f"type: git-lfs, name: a, url: '{quoted}'",
        f"type: s3, name: a, url: 's3://{quoted}'",
        f"type: model, name: a, id: '{quoted}'",
    ):
        assert reading(said).problems, said


no_refs = [
    "-x",
    "--upload-pack=x",
    "a..b",
    "a b",
    "a~1",
    "a^",
    "a:b",
    "a?",
    "a*",
    "a[b",
    "a\\b",
    "/a",
    "a/",
    "a//b",
    ".a",
    "a/.b",
]
no_refs += ["a.lock", "a.lock/b", "a.", "@", "a@{b", "a\u200bb", "a\tb"]


@pytest.mark.parametrize("ref", no_refs)
def test_a_ref_that_git_would_not_have_is_refused(ref: str) -> None:
    quoted = ref.replace("'", "''")
    assert refused(f"type: git-lfs, name: a, url: https://h/x, ref: '{quoted}'").code == "bad-value"


@pytest.mark.parametrize("ref", ["main", "v1.0-rc", "feature/a_b", "refs/tags/v1", "4f24fd9", "a@b", "ä"])
def test_a_ref_that_git_has_is_taken(ref: str) -> None:
    read(f"type: git-lfs, name: a, url: https://h/x, ref: {ref}")
