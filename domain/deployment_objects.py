"""What is known of a deployment's objects: one there, one gone, and content that went with it."""

from domain.changed import changed
from domain.deployment import Deployment
from domain.filling import emptied
from domain.objects import Kind, ObjectRef
from domain.tracked_objects import TrackedObject


def with_object(deployment: Deployment, known: TrackedObject) -> Deployment:
    """Take in what is known of an object that is there."""
    return changed(deployment, objects={**deployment.objects, known.ref: known})


def without_object(deployment: Deployment, ref: ObjectRef) -> Deployment:
    """Take in that an object is gone, and its content with it."""
    gone = changed(deployment, objects={other: k for other, k in deployment.objects.items() if other != ref})
    return content_lost(gone, ref)


def content_lost(deployment: Deployment, ref: ObjectRef) -> Deployment:
    """Take in that a claim is gone or begins empty: it has to be filled anew, by another job."""
    if ref.kind != Kind.CLAIM.value:
        return deployment
    fill = deployment.fill_at(ref)
    job = deployment.objects.get(fill.job) if fill else None
    objects = {**deployment.objects, job.ref: changed(job, unfit=True)} if job else deployment.objects
    return changed(deployment, fills=emptied(deployment.fills, ref.name), objects=objects)
