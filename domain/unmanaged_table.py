"""The table of the promise: what an addition of others means, kind by kind. `docs/drift.md` has the same rows.

A path stands for all that is below it: `[]` for any element of a list, `*` for part of a name, `spec.a|b` for `spec.a` and
`spec.b`. Of several that fit, the longest decides.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

AdditionMeaning = Literal["drift", "unmanaged", "filled"]
"""drift: put right. unmanaged: told once, left alone. filled: the API server's or a controller's own, and not told."""


@dataclass(frozen=True, slots=True)
class PromiseRule:
    """What an addition below any of these paths means on a kind (`*`: on every kind), and why."""

    kind: str
    paths: str
    verdict: AdditionMeaning
    why: str

    def each(self) -> Iterator[str]:
        """Give the paths one by one."""
        for written in self.paths.split():
            parent, dot, names = written.rpartition(".") if "|" in written else ("", "", written)
            yield from (f"{parent}{dot}{name}" for name in names.split("|"))


_POD = "spec.template.spec"
_APP = f"{_POD}.containers[]"

PROMISE: tuple[PromiseRule, ...] = (
    PromiseRule("*", "metadata.labels", "unmanaged", "it selects nothing of ours"),
    PromiseRule("*", "metadata.annotations", "unmanaged", "it is a note, and changes nothing that is promised"),
    PromiseRule("*", "metadata.finalizers", "unmanaged", "a deleted object waits for it; that is told again when it is deleted"),
    PromiseRule("*", "metadata.ownerReferences", "unmanaged", "the object goes with its owner, and is made anew"),
    PromiseRule("*", "spec", "unmanaged", "nothing of it is promised"),
    PromiseRule(
        "*", "metadata.annotations.control-plane.alpha.kubernetes.io/", "filled", "controllers note there which of them leads"
    ),
    PromiseRule(
        "*", "metadata.finalizers[foregroundDeletion] metadata.finalizers[orphan]", "filled", "the garbage collector is at work"
    ),
    PromiseRule("Deployment", "spec.selector", "drift", "which replicas are its own"),
    PromiseRule(
        "Deployment",
        "spec.strategy|minReadySeconds|paused|progressDeadlineSeconds",
        "drift",
        "how replicas are replaced, and when they count",
    ),
    PromiseRule("Deployment", "spec.replicas", "filled", "where it is not declared, the number is the autoscaler's"),
    PromiseRule(
        "Deployment", "metadata.annotations.deployment.kubernetes.io/", "filled", "its controller counts revisions there"
    ),
    PromiseRule(
        "Deployment",
        "spec.template.metadata",
        "unmanaged",
        "the replicas run as declared; `kubectl rollout restart` writes there",
    ),
    PromiseRule(
        "Deployment",
        "spec.template.metadata.annotations.container.apparmor.security.beta.kubernetes.io/",
        "drift",
        "what the application may do",
    ),
    PromiseRule(
        "Deployment",
        f"{_POD}.containers|initContainers|volumes|imagePullSecrets",
        "unmanaged",
        "the application runs as declared beside it: meshes and agents put containers in",
    ),
    PromiseRule(
        "Deployment",
        f"{_APP}.args|command|env|envFrom|image|imagePullPolicy|lifecycle|livenessProbe|ports|readinessProbe|resources"
        f"|restartPolicy|restartPolicyRules|securityContext|startupProbe|stdin|stdinOnce|tty|volumeDevices|volumeMounts|workingDir",
        "drift",
        "what the application is, is given and may do (`env` also by its order)",
    ),
    PromiseRule(
        "Deployment",
        f"{_APP}.terminationMessagePath|terminationMessagePolicy|resizePolicy",
        "unmanaged",
        "nothing of it is promised",
    ),
    PromiseRule(
        "Deployment",
        f"{_POD}.affinity|nodeName|nodeSelector|overhead|preemptionPolicy|priority|priorityClassName|resourceClaims|resources"
        "|runtimeClassName|schedulerName|schedulingGates|tolerations|topologySpreadConstraints",
        "drift",
        "on which nodes its machine type may run",
    ),
    PromiseRule(
        "Deployment",
        f"{_POD}.automountServiceAccountToken|enableServiceLinks|hostIPC|hostNetwork|hostPID|hostUsers|os|securityContext"
        "|serviceAccount|serviceAccountName|shareProcessNamespace",
        "drift",
        "what a replica may do and see, on its node and in the cluster",
    ),
    PromiseRule(
        "Deployment",
        f"{_POD}.activeDeadlineSeconds|readinessGates|restartPolicy|terminationGracePeriodSeconds",
        "drift",
        "how a replica begins, counts and ends",
    ),
    PromiseRule(
        "Deployment",
        f"{_POD}.dnsConfig|dnsPolicy|hostAliases|hostname|setHostnameAsFQDN|subdomain",
        "unmanaged",
        "how names are resolved is left to the cluster",
    ),
    PromiseRule(
        "Service",
        "spec.selector|publishNotReadyAddresses metadata.annotations.service.alpha.kubernetes.io/tolerate-unready-endpoints",
        "drift",
        "which replicas are served",
    ),
    PromiseRule(
        "Service",
        "spec.ports|type|externalIPs|externalName|loadBalancerClass|loadBalancerIP|loadBalancerSourceRanges",
        "drift",
        "under which ports and addresses it is served, and to whom",
    ),
    PromiseRule(
        "Service",
        "spec.externalTrafficPolicy|internalTrafficPolicy|sessionAffinity|sessionAffinityConfig|trafficDistribution",
        "drift",
        "which replica a request comes to",
    ),
    PromiseRule(
        "Service",
        "metadata.labels.service.kubernetes.io/service-proxy-name",
        "drift",
        "kube-proxy passes a Service with this label over",
    ),
    PromiseRule(
        "Service",
        "spec.clusterIP|clusterIPs|healthCheckNodePort spec.ports[].nodePort",
        "filled",
        "the API server allots it",
    ),
    PromiseRule(
        "Service", "spec.allocateLoadBalancerNodePorts|ipFamilies|ipFamilyPolicy", "unmanaged", "it is served all the same"
    ),
    PromiseRule("NetworkPolicy", "spec", "drift", "who reaches the replicas"),
    PromiseRule("PodDisruptionBudget", "spec", "drift", "how many replicas stay when nodes are drained"),
    PromiseRule("HorizontalPodAutoscaler", "spec", "drift", "what is scaled, between which numbers, by what and how fast"),
    PromiseRule(
        "HorizontalPodAutoscaler",
        "metadata.annotations.autoscaling.alpha.kubernetes.io/",
        "filled",
        "older APIs keep an autoscaler's status there",
    ),
    PromiseRule("Ingress", "spec metadata.annotations.*ingress.kubernetes.io/", "drift", "what the requests of its host come to"),
    PromiseRule("HTTPRoute", "spec", "drift", "what the requests of its host come to"),
    PromiseRule(
        "PersistentVolumeClaim",
        "spec.volumeName metadata.annotations.pv.kubernetes.io/ metadata.annotations.volume.kubernetes.io/"
        " metadata.annotations.volume.beta.kubernetes.io/ metadata.finalizers[kubernetes.io/pvc-protection]",
        "filled",
        "the binder's and the provisioner's own",
    ),
    PromiseRule("Job", "spec.parallelism|completions|completionMode", "drift", "one pod at a time fills a claim, once"),
    PromiseRule(
        "Job",
        "spec.selector spec.template.metadata.labels metadata.annotations.batch.kubernetes.io/"
        " metadata.labels.batch.kubernetes.io/ metadata.labels.controller-uid|job-name",
        "filled",
        "its controller's own",
    ),
    PromiseRule("Namespace", "spec", "unmanaged", "shared: made where it is missing, never changed back"),
    PromiseRule("Secret", "data", "unmanaged", "shared: made where it is missing, never changed back"),
    PromiseRule("APIService", "spec", "unmanaged", "shared: made where it is missing, never changed back"),
)
