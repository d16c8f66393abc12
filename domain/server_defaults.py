"""What an API server fills in where a manifest of ours says nothing: known values of known fields, and no others.

What stands in an answer beyond our manifest and beyond this, and is nobody's, was put there by admission: a policy, a webhook.
"""

import re
from decimal import Decimal, InvalidOperation
from functools import cache

from domain.objects import Kind, Scalar

ANY = object()
"""The server chooses the value."""

_BOXES = r"spec\.template\.spec\.(?:init)?[cC]ontainers\[[^\[\]]*\]"
_PROBES = rf"{_BOXES}\.(?:startup|readiness|liveness)Probe"

_Rows = tuple[tuple[str, tuple[object, ...]], ...]

_OF_PODS: _Rows = (
    (r"spec\.template\.metadata\.creationTimestamp", (None,)),
    (r"spec\.template\.spec\.dnsPolicy", ("ClusterFirst",)),
    (r"spec\.template\.spec\.restartPolicy", ("Always",)),
    (r"spec\.template\.spec\.schedulerName", ("default-scheduler",)),
    (r"spec\.template\.spec\.securityContext", ("{}",)),
    (r"spec\.template\.spec\.terminationGracePeriodSeconds", (30,)),
    (rf"{_BOXES}\.terminationMessagePath", ("/dev/termination-log",)),
    (rf"{_BOXES}\.terminationMessagePolicy", ("File",)),
    (rf"{_BOXES}\.imagePullPolicy", ("IfNotPresent", "Always")),
    (rf"{_BOXES}\.resources", ("{}",)),
    (rf"{_BOXES}\.ports\[[^\[\]]*\]\.protocol", ("TCP",)),
    (rf"{_BOXES}\.env\[[^\[\]]*\]\.valueFrom\.fieldRef\.apiVersion", ("v1",)),
    (rf"{_PROBES}\.timeoutSeconds", (1,)),
    (rf"{_PROBES}\.periodSeconds", (10,)),
    (rf"{_PROBES}\.successThreshold", (1,)),
    (rf"{_PROBES}\.failureThreshold", (3,)),
    (rf"{_PROBES}\.httpGet\.scheme", ("HTTP",)),
    (rf"{_PROBES}\.httpGet\.path", ("/",)),
    (r"spec\.template\.spec\.volumes\[[^\[\]]*\]\.(?:secret|configMap|projected|downwardAPI)\.defaultMode", (420,)),
    (r"spec\.template\.spec\.volumes\[[^\[\]]*\]\.emptyDir", ("{}",)),
)

_OF_KIND: dict[str, _Rows] = {
    Kind.DEPLOYMENT.value: (
        *_OF_PODS,
        (r"spec\.replicas", (1,)),
        (r"spec\.revisionHistoryLimit", (10,)),
        (r"spec\.progressDeadlineSeconds", (600,)),
        (r"spec\.strategy\.type", ("RollingUpdate",)),
        (r"spec\.strategy\.rollingUpdate\.max(?:Surge|Unavailable)", ("25%",)),
    ),
    Kind.JOB.value: (
        *_OF_PODS,
        (r"spec\.backoffLimit", (6,)),
        (r"spec\.completionMode", ("NonIndexed",)),
        (r"spec\.completions", (1,)),
        (r"spec\.parallelism", (1,)),
        (r"spec\.manualSelector", (False,)),
        (r"spec\.podReplacementPolicy", ("Failed", "TerminatingOrFailed")),
        (r"spec\.suspend", (False,)),
        (r"spec\.podFailurePolicy\.rules\[\d+\]\.onPodConditions", ("[]",)),
    ),
    Kind.SERVICE.value: (
        (r"spec\.type", ("ClusterIP",)),
        (r"spec\.sessionAffinity", ("None",)),
        (r"spec\.internalTrafficPolicy", ("Cluster",)),
        (r"spec\.ipFamilies\[\d+\]", ("IPv4", "IPv6")),
        (r"spec\.ipFamilyPolicy", ("SingleStack",)),
        (r"spec\.ports\[[^\[\]]*\]\.protocol", ("TCP",)),
        (r"spec\.ports\[[^\[\]]*\]\.targetPort", (ANY,)),
    ),
    Kind.AUTOSCALER.value: (
        (r"spec\.minReplicas", (1,)),
        (r"spec\.behavior\.scale(?:Up|Down)\.selectPolicy", ("Max",)),
        (r"spec\.behavior\.scaleUp\.stabilizationWindowSeconds", (0,)),
        (r"spec\.behavior\.scale(?:Up|Down)\.policies\[\d+\]\.type", ("Pods", "Percent")),
        (r"spec\.behavior\.scale(?:Up|Down)\.policies\[\d+\]\.value", (4, 100)),
        (r"spec\.behavior\.scale(?:Up|Down)\.policies\[\d+\]\.periodSeconds", (15,)),
    ),
    Kind.CLAIM.value: (
        (r"spec\.volumeMode", ("Filesystem",)),
        (r"spec\.storageClassName", (ANY,)),
        (r"metadata\.finalizers\[kubernetes\.io/pvc-protection\]", (ANY,)),
    ),
    Kind.NETWORK_POLICY.value: ((r"spec\.(?:ingress|egress)\[\d+\]\.ports\[[^\[\]]*\]\.protocol", ("TCP",)),),
    Kind.ROUTE.value: (
        (r"spec\.parentRefs\[\d+\]\.group", ("gateway.networking.k8s.io",)),
        (r"spec\.parentRefs\[\d+\]\.kind", ("Gateway",)),
        (r"spec\.rules\[\d+\]\.backendRefs\[\d+\]\.group", ("",)),
        (r"spec\.rules\[\d+\]\.backendRefs\[\d+\]\.kind", ("Service",)),
        (r"spec\.rules\[\d+\]\.backendRefs\[\d+\]\.weight", (1,)),
        (r"spec\.rules\[\d+\]\.matches\[\d+\]\.path\.(?:type|value)", ("PathPrefix", "/")),
    ),
    Kind.NAMESPACE.value: (
        (r"metadata\.labels\.kubernetes\.io/metadata\.name", (ANY,)),
        (r"spec\.finalizers\[\d+\]", ("kubernetes",)),
    ),
}


@cache
def _compiled(kind: str) -> tuple[tuple[re.Pattern[str], tuple[object, ...]], ...]:
    # When it is first asked for: whoever only looks at what was recorded compiles none of them.
    return tuple((re.compile(path), values) for path, values in _OF_KIND.get(kind, ()))


def is_default(kind: str, path: str, value: Scalar) -> bool:
    """Tell whether the API server itself puts this value there where nobody says anything."""
    return any(
        expression.fullmatch(path) and any(one is ANY or (one == value and type(one) is type(value)) for one in values)
        for expression, values in _compiled(kind)
    )


def same(asked: Scalar, stands: Scalar) -> bool:
    """Tell whether two values mean the same to the API server: `1000m` and `1`, what it leaves out because it is nothing."""
    if asked == stands:
        return True
    one, other = _quantity(asked), _quantity(stands)
    return one is not None and one == other


_SUFFIXES = {
    **{suffix: Decimal(1000) ** (place - 3) for place, suffix in enumerate(("n", "u", "m", "", "k", "M", "G", "T", "P", "E"))},
    **{f"{letter}i": Decimal(1024) ** (place + 1) for place, letter in enumerate("KMGTPE")},
}
_QUANTITY = re.compile(r"([+-]?[0-9]{1,30}(?:\.[0-9]{1,30})?)([numkMGTPE]|[KMGTPE]i|)")


def _quantity(value: Scalar) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    found = _QUANTITY.fullmatch(str(value))
    if not found:
        return None
    try:
        return Decimal(found[1]) * _SUFFIXES[found[2]]
    except InvalidOperation:
        return None
