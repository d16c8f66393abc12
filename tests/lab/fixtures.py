"""The lab as pytest fixtures: one a session, started when the first test asks for it.

pytest_plugins = ["tests.lab.fixtures"]     # in tests/conftest.py
"""

import os
import sys
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Protocol, cast

import pytest

from tests.lab import debian, toolchain
from tests.lab.cluster import Lab
from tests.lab.external import ExternalCluster
from tests.lab.require import require_or_skip

_lab = pytest.StashKey[Lab]()


class _Capture(Protocol):
    """What we use of pytest's own capturing."""

    def global_and_fixture_disabled(self) -> AbstractContextManager[None]: ...


@pytest.fixture(scope="session")
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The lab with its control plane; it has a node only once a test has asked for `node_lab`."""
    if os.environ.get("RECKON_TEST_KUBECONFIG"):
        require_or_skip("cluster", "this test needs the lab itself", "unset RECKON_TEST_KUBECONFIG")
    need_control_plane("cluster")
    with _aloud(request):
        one = Lab.start()
    request.config.stash[_lab] = one
    yield one
    del request.config.stash[_lab]
    one.stop(keep_logs=bool(request.session.testsfailed))


@pytest.fixture(scope="session")
def node_lab(request: pytest.FixtureRequest) -> Lab:
    """The same lab with a node on which containers run."""
    if os.environ.get("RECKON_TEST_KUBECONFIG"):
        require_or_skip("node", "this test needs the lab's own node", "unset RECKON_TEST_KUBECONFIG")
    _check_node()
    one: Lab = request.getfixturevalue("lab")
    with _aloud(request):
        one.add_node()
    return one


@pytest.fixture(scope="module")
def two_node_lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """The same lab with a second node for as long as the module's tests run: those of others count on one."""
    one: Lab = request.getfixturevalue("node_lab")
    with _aloud(request):
        one.add_second_node()
    yield one
    one.remove_second_node()


@pytest.fixture(scope="session")
def metrics_lab(request: pytest.FixtureRequest) -> Lab:
    """The same lab and node with metrics-server beside it: `kubectl top` and the HorizontalPodAutoscaler work."""
    one: Lab = request.getfixturevalue("node_lab")
    with _aloud(request):
        one.add_metrics()
    return one


@pytest.fixture(scope="session")
def any_cluster(request: pytest.FixtureRequest) -> Lab | ExternalCluster:
    """The cluster that RECKON_TEST_KUBECONFIG names, else the lab."""
    given = os.environ.get("RECKON_TEST_KUBECONFIG")
    if given:
        return ExternalCluster(Path(given))
    one: Lab = request.getfixturevalue("lab")
    return one


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let the report of a failed test name the lab's logs and show their last lines."""
    report = yield
    running = item.config.stash.get(_lab, None)
    if running is not None and report.failed:
        report.sections.append(("the lab's logs", f"{running.logs}\n{running.last_errors()}"))
    return report


def need_control_plane(kind: str) -> None:
    """End the test, with reason and cure, where no control plane can be started."""
    if not sys.platform.startswith("linux"):
        require_or_skip(kind, "the lab runs on Linux only", "set RECKON_TEST_KUBECONFIG to a cluster for tests")
    if toolchain.missing_go():
        require_or_skip(kind, "no Go toolchain to build Kubernetes with", "install Go 1.26 or later")


def _check_node() -> None:
    need_control_plane("node")
    if os.getuid() != 0:
        require_or_skip("node", "only root may run containers here", "run the tests as root")
    try:
        debian.ensure_packages()
    except debian.PackagesMissing as error:
        require_or_skip("node", str(error), f"install by hand: {' '.join(debian.missing_packages())}")


def _aloud(request: pytest.FixtureRequest) -> AbstractContextManager[object]:
    """Let progress through to the person: a first build takes minutes, which must not pass in silence."""
    capture = cast("_Capture | None", request.config.pluginmanager.getplugin("capturemanager"))
    return nullcontext() if capture is None else capture.global_and_fixture_disabled()
