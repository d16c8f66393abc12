"""The defaults that an API server adds to the kinds that we write, and the forms into which it brings values."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from adapters.observations.quantities import normal
from adapters.simulator.schema import Object, tree


def defaulted(obj: Object) -> Object:
    """Give the object as the server would store it; what is set already stays."""
    return _OF_KIND.get(obj["kind"], _unchanged)(obj)


def _unchanged(obj: Object) -> Object:
    return obj


def _over(defaults: Mapping[str, Any], given: Mapping[str, Any] | None) -> dict[str, Any]:
    return {**defaults, **(given or {})}


def _deployment(obj: Object) -> Object:
    spec = _over({"replicas": 1, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600}, obj.get("spec"))
    strategy = _over({"type": "RollingUpdate"}, spec.get("strategy"))
    if strategy["type"] == "RollingUpdate":
        limits = {"maxSurge": "25%", "maxUnavailable": "25%"}
        strategy["rollingUpdate"] = _over(limits, strategy.get("rollingUpdate"))
    spec["strategy"] = strategy
    if "template" in spec:
        spec["template"] = {**spec["template"], "spec": pod_spec(tree(spec["template"].get("spec")))}
    return {**obj, "spec": spec}


def pod_spec(given: Mapping[str, Any]) -> dict[str, Any]:
    """Give a pod's spec with the server's defaults."""
    defaults: dict[str, Any] = {
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "terminationGracePeriodSeconds": 30,
    }
    spec = _over(defaults, given)
    for name in ("containers", "initContainers"):
        if name in spec:
            spec[name] = [_container(one) for one in spec[name]]
    if "volumes" in spec:
        spec["volumes"] = [_volume(one) for one in spec["volumes"]]
    if "serviceAccountName" in spec:
        spec.setdefault("serviceAccount", spec["serviceAccountName"])
    return spec


def _container(given: Mapping[str, Any]) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": _pull_policy(str(given.get("image", ""))),
        "resources": {},
    }
    container = _over(defaults, given)
    container["resources"] = {
        name: {what: normal(much) for what, much in value.items()} if name in ("requests", "limits") else value
        for name, value in container["resources"].items()
    }
    if "ports" in container:
        container["ports"] = [_over({"protocol": "TCP"}, port) for port in container["ports"]]
    if "env" in container:
        container["env"] = [_variable(one) for one in container["env"]]
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        if name in container:
            container[name] = _probe(container[name])
    return container


def _pull_policy(image: str) -> str:
    name, _, digest = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return "Always" if not digest and tag in ("", "latest") else "IfNotPresent"


def requested(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Let the containers of a pod (not of a template) request what they are limited to, where they say nothing else."""
    return {**spec, "containers": [_requesting(one) for one in spec["containers"]]}


def _requesting(container: Mapping[str, Any]) -> dict[str, Any]:
    resources = tree(container.get("resources"))
    if not resources.get("limits"):
        return dict(container)
    return {**container, "resources": {**resources, "requests": {**resources["limits"], **tree(resources.get("requests"))}}}


def _variable(given: Mapping[str, Any]) -> dict[str, Any]:
    variable = {name: value for name, value in given.items() if name != "value" or value != ""}
    source = variable.get("valueFrom", {})
    if "fieldRef" in source:
        variable["valueFrom"] = {"fieldRef": _over({"apiVersion": "v1"}, source["fieldRef"])}
    return variable


def _probe(given: Mapping[str, Any]) -> dict[str, Any]:
    probe = _over({"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}, given)
    if "httpGet" in probe:
        probe["httpGet"] = _over({"path": "/", "scheme": "HTTP"}, probe["httpGet"])
    # Go leaves a zero out when it writes JSON.
    return {name: value for name, value in probe.items() if name != "initialDelaySeconds" or value}


def _volume(given: Mapping[str, Any]) -> dict[str, Any]:
    volume = dict(given)
    for source in ("secret", "configMap", "projected", "downwardAPI"):
        if source in volume:
            volume[source] = _over({"defaultMode": 420}, volume[source])
    return volume


def _service(obj: Object) -> Object:
    defaults = {
        "type": "ClusterIP",
        "sessionAffinity": "None",
        "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack",
        "internalTrafficPolicy": "Cluster",
    }
    spec = _over(defaults, obj.get("spec"))
    if "ports" in spec:
        spec["ports"] = [_over({"protocol": "TCP", "targetPort": port.get("port")}, port) for port in spec["ports"]]
    return _over({"status": {"loadBalancer": {}}}, {**obj, "spec": spec})


def _namespace(obj: Object) -> Object:
    metadata = obj["metadata"]
    labels = _over({"kubernetes.io/metadata.name": metadata["name"]}, metadata.get("labels"))
    spec = _over({"finalizers": ["kubernetes"]}, obj.get("spec"))
    return {"status": {"phase": "Active"}, **obj, "metadata": {**metadata, "labels": labels}, "spec": spec}


def _secret(obj: Object) -> Object:
    plain = {name: value for name, value in obj.items() if name != "stringData"}
    data = dict(tree(obj.get("data")))
    for name, text in tree(obj.get("stringData")).items():
        data[name] = base64.b64encode(str(text).encode()).decode()
    return _over({"type": "Opaque"}, {**plain, **({"data": data} if data else {})})


def _autoscaler(obj: Object) -> Object:
    usual = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}
    spec = _over({"minReplicas": 1}, obj.get("spec"))
    spec["metrics"] = [_metric(one) for one in spec.get("metrics") or [usual]]
    return {**obj, "spec": spec}


def _metric(given: Mapping[str, Any]) -> dict[str, Any]:
    if "external" not in given:
        return dict(given)
    target = given["external"]["target"]
    return {**given, "external": {**given["external"], "target": {**target, "value": normal(target["value"])}}}


def _job(obj: Object) -> Object:
    defaults = {
        "backoffLimit": 6,
        "completionMode": "NonIndexed",
        "completions": 1,
        "parallelism": 1,
        "podReplacementPolicy": "Failed" if "podFailurePolicy" in obj["spec"] else "TerminatingOrFailed",
        "suspend": False,
    }
    spec, uid = _over(defaults, obj.get("spec")), obj["metadata"].get("uid", "")
    of_job = {"batch.kubernetes.io/controller-uid": uid, "batch.kubernetes.io/job-name": obj["metadata"]["name"]}
    spec["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    metadata = tree(spec["template"].get("metadata"))
    metadata = {**metadata, "labels": {**tree(metadata.get("labels")), **of_job}}
    spec["template"] = {"metadata": metadata, "spec": pod_spec(tree(spec["template"].get("spec")))}
    return {**obj, "spec": spec}


def _claim(obj: Object) -> Object:
    spec = _over({"volumeMode": "Filesystem"}, obj.get("spec"))
    spec["resources"] = {name: {what: normal(much) for what, much in value.items()} for name, value in spec["resources"].items()}
    return {"status": {"phase": "Pending"}, **obj, "spec": spec}


_OF_KIND: Mapping[str, Callable[[Object], Object]] = {
    "Deployment": _deployment,
    "Job": _job,
    "PersistentVolumeClaim": _claim,
    "Service": _service,
    "HorizontalPodAutoscaler": _autoscaler,
    "Namespace": _namespace,
    "Secret": _secret,
}
