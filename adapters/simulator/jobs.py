"""The Job controller: a pod a try, until one succeeds, one failed for good, or there were too many."""

from dataclasses import dataclass

from adapters.simulator.dice import Dice
from adapters.simulator.occurrences import Occurrences
from adapters.simulator.replica_sets import ReplicaSetController
from adapters.simulator.schema import Object, tree
from adapters.simulator.store import ObjectStore

_SOURCE = "job-controller"
_FIRST_DELAY = 10.0


@dataclass(slots=True)
class Jobs:
    """Runs the jobs that want one success, as those that fill claims do."""

    store: ObjectStore
    dice: Dice
    occurrences: Occurrences
    replica_sets: ReplicaSetController

    def sync(self, namespace: str, name: str) -> None:
        """See what has become of a job's tries, and whether another is due."""
        job = self.store.get("Job", namespace, name)
        if job is None or "deletionTimestamp" in job["metadata"] or tree(job.get("status")).get("conditions"):
            return
        pods = self.store.owned(job["metadata"]["uid"])
        failed = [pod for pod in pods if pod["status"].get("phase") == "Failed"]
        if any(pod["status"].get("phase") == "Succeeded" for pod in pods):
            self._end(job, "Complete", "CompletionsReached", "Reached expected number of succeeded pods")
        elif reason := self._given_up(job, failed):
            self._end(job, "Failed", *reason)
        elif len(failed) == len(pods) and not job["spec"].get("suspend"):
            self._next(job, len(failed))

    def _next(self, job: Object, failed: int) -> None:
        status = tree(job.get("status"))
        if failed and status.get("failed") != failed:
            self.store.write({**job, "status": {**status, "failed": failed, "active": 0}})
            namespace, name = job["metadata"]["namespace"], job["metadata"]["name"]
            self.store.agenda.after(_FIRST_DELAY * 2 ** (failed - 1), "job.try", namespace, name, failed)
        elif not failed:
            self.begin(job["metadata"]["namespace"], job["metadata"]["name"], 0)

    def begin(self, namespace: str, name: str, failed: int) -> None:
        """Make the pod of the next try, unless there is one by now."""
        job = self.store.get("Job", namespace, name)
        if job is None or "deletionTimestamp" in job["metadata"] or tree(job.get("status")).get("conditions"):
            return
        pods = self.store.owned(job["metadata"]["uid"])
        if any(pod["status"].get("phase") != "Failed" for pod in pods) or len(pods) > failed:
            return
        pod = f"{name}-{self.dice.suffix()}"
        self.store.write(self.replica_sets.pod(job, namespace, pod))
        self.occurrences.tell(job, "SuccessfulCreate", f"Created pod: {pod}", source=_SOURCE)

    def _given_up(self, job: Object, failed: list[Object]) -> tuple[str, str] | None:
        for rule in tree(job["spec"].get("podFailurePolicy")).get("rules") or ():
            codes = tree(rule.get("onExitCodes")).get("values") or ()
            if rule["action"] == "FailJob" and any(_exit_code(pod) in codes for pod in failed):
                pod = next(pod["metadata"]["name"] for pod in failed if _exit_code(pod) in codes)
                text = f"Container app for pod {pod} failed with exit code matching FailJob rule at index 0"
                return "PodFailurePolicy", text
        if len(failed) > int(job["spec"].get("backoffLimit", 6)):
            return "BackoffLimitExceeded", "Job has reached the specified backoff limit"
        return None

    def _end(self, job: Object, kind: str, reason: str, message: str) -> None:
        stamp = self.store.agenda.stamp
        condition = {"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": stamp}
        status = {**tree(job.get("status")), "conditions": [condition], "active": 0}
        ended = self.store.write({**job, "status": status})
        self.occurrences.tell(ended, reason, message, source=_SOURCE, warning=kind == "Failed")


def _exit_code(pod: Object) -> int:
    for status in pod["status"].get("containerStatuses") or ():
        return int(tree(tree(status.get("state")).get("terminated")).get("exitCode", 0))
    return 0
