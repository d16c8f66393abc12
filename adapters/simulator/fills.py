"""How simulated fills go: in some seconds, by the words in their source's address.

`missing` is not there; `broken` fails each try; `slow` takes a minute and a half; of `empty` comes no file; all others are
filled within seconds.
"""

import hashlib
import json
from collections.abc import Mapping

from adapters.simulator.apps import AppBehaviour
from adapters.simulator.schema import Object, owner_of
from domain.filling import FINAL

_SOURCE = ("FILL_URL", "FILL_FROM")


def fill_behaviour(pod: Object) -> AppBehaviour | None:
    """Say how a job's pod behaves; None for any other pod."""
    owner = owner_of(pod)
    if owner is None or owner["kind"] != "Job":
        return None
    env: Mapping[str, str] = {one["name"]: one.get("value", "") for one in pod["spec"]["containers"][0].get("env") or ()}
    source = next((env[name] for name in _SOURCE if env.get(name)), "")
    chance = int(hashlib.sha256(source.encode()).hexdigest()[:6], 16)
    if "missing" in source:
        words = f"fatal: repository '{source}' not found"
        return AppBehaviour(exits_after=1.0, exit_code=FINAL, last_words=(words,))
    if "broken" in source:
        return AppBehaviour(exits_after=2.0, exit_code=1, last_words=(f"fatal: unable to access '{source}': it does not answer",))
    seconds = 90 if "slow" in source else 3 + chance % 6
    identity = env.get("FILL_IDENTITY") or hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()
    size, files = (0, 0) if "empty" in source else (1_000_000 + chance * 100, 3 + chance % 7)
    account = {"identity": identity, "bytes": size, "files": files, "seconds": seconds}
    return AppBehaviour(exits_after=float(seconds), exit_code=0, message=json.dumps(account))
