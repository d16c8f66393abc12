"""Going back: which version, and what of it can be taken as it is."""

from shlex import quote

from domain.decide import present
from domain.deployment import Deployment, Version
from domain.errors import NotFound, Refused
from domain.last_good_version import soon_crashed, way_back


def rollback_target(deployment: Deployment, to: int | None = None) -> Version:
    """Choose the version to go back to: the one named, else the last healthy one that differs from what stands.

    Raises Refused, NotFound; both say what there is.
    """
    newest = deployment.newest
    if newest is None:
        present(deployment)
        raise AssertionError
    if to is None:
        return _last_good(deployment, newest)
    version = deployment.version(to)
    if version is None:
        numbers = "only version 1" if newest.number == 1 else f"versions 1 to {newest.number}"
        raise NotFound("no-such-version", f"{deployment.key.name!r} has no version {to}; there are {numbers}")
    if version is deployment.wanted:
        raise Refused("already-there", f"{deployment.key.name!r} is at version {to} already", hint="name an earlier one")
    return version


def _last_good(deployment: Deployment, newest: Version) -> Version:
    version = way_back(deployment)
    if version is None:
        raise Refused(
            "nothing-healthy",
            f"nothing else than what stands of {deployment.key.name!r} was ever healthy ({_how_each_went(deployment, newest)})",
            hint=f"name the version you want: reckon rollback {quote(deployment.key.name)} VERSION",
        )
    return version


def _how_each_went(deployment: Deployment, newest: Version) -> str:
    return ", ".join(f"{version.number}: {_went(deployment, version, newest)}" for version in deployment.versions[-5:])


def _went(deployment: Deployment, version: Version, newest: Version) -> str:
    if not version.runs:
        return "wanted no replica"
    if soon_crashed(deployment, version):
        return "healthy, but crashed soon after"
    if version.was_healthy:
        return "healthy" if version is newest else "healthy, the same as what stands"
    return version.verdict or ("not assessed yet" if version is newest else "never healthy")


def digest_to_return_to(deployment: Deployment, version: Version) -> str:
    """Give the one digest that ran under a version whose image's name was never resolved; empty when it is not known."""
    if version.order.digest:
        return ""
    ran = deployment.ran.get(version.order.template, ())
    return ran[-1] if ran else ""
