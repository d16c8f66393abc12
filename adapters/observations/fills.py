"""A job that fills a claim, and the pods of its tries, as observations."""

from adapters.observations.objects import label, ref, resource_version, uid
from adapters.observations.pods import pod_seen
from adapters.observations.tolerant import Tree, branches, text
from domain.objects import Kind, ObjectRef
from domain.observations import FillPodSeen, JobSeen


def job_seen(obj: Tree) -> JobSeen:
    """Read a job's status."""
    true = {text(one, "type"): one for one in branches(obj, "status", "conditions") if text(one, "status") == "True"}
    failed = true.get("Failed")
    said = [part for part in (text(failed, "reason"), text(failed, "message")) if part]
    return JobSeen(
        ref=ref(Kind.JOB.value, obj),
        uid=uid(obj),
        resource_version=resource_version(obj),
        deployment=label(obj, "deployment"),
        complete="Complete" in true,
        failed=(": ".join(said) or "the job failed") if failed else "",
    )


def fill_pod_seen(obj: Tree) -> FillPodSeen | None:
    """Read a pod of a job; None for any other pod. Its owner tells, which nobody changes, not its labels."""
    owners = (one for one in branches(obj, "metadata", "ownerReferences") if text(one, "kind") == Kind.JOB.value)
    owner = next(owners, None)
    if owner is None:
        return None
    job = ObjectRef(Kind.JOB.value, text(obj, "metadata", "namespace"), text(owner, "name"))
    return FillPodSeen(job, text(owner, "uid"), label(obj, "fill"), pod_seen(obj))
