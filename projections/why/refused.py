"""Which replica it was that could not be made, by the ReplicaSet controller's own words."""

import re

_POD = re.compile(r'pods "([a-z0-9.-]{1,253})" is forbidden')


def pod_in(message: str) -> str:
    """Name the pod that a refusal is about; empty where its words name none."""
    found = _POD.search(message[:4096])
    return found[1] if found else ""
