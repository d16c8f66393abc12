"""What the API server itself keeps: our marks for us, and an engine to what is ours. Admission policies, evaluated in it.

Two policies. The first says who may write what tells our objects from others': labels and annotations under our domain, and our
field managers. The second keeps the engine's account, whose role holds in all namespaces, to namespaces that carry its ledger's
label; so its token, stolen, opens no other.

`Fail`: a policy is evaluated by the API server itself, so nothing can be out of reach; what cannot be evaluated is an object that
was made too dear for it, and to let that pass would be the way around.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from adapters.cluster.paths import group_and_plural
from adapters.cluster.permissions import MARKS
from adapters.install.roles import ACCOUNT
from domain.names import LABEL, OUR_MANAGERS
from domain.objects import WATCHED, WRITTEN, Kind
from reconciler.metrics_api import REGISTRATION

_GROUP = "admissionregistration.k8s.io"
_OF_OTHERS = (("apps", "statefulsets"), ("apps", "daemonsets"), ("batch", "cronjobs"), ("", "replicationcontrollers"))
"""Kinds that we never write, whose controllers make pods and claims of a template, labels and all."""
_TEMPLATES = {
    "": "object",
    "template ": "spec.template",
    "job ": "spec.jobTemplate",
    "job template ": "spec.jobTemplate.spec.template",
}
_LEDGER, _PROJECT = f"{LABEL}/ledger", f"{LABEL}/project"
_OF_A_VALUE = (_LEDGER, _PROJECT, *(f"{LABEL}/{name}" for name in ("action", "position", "proof", "name")))
"""What a command writes on a Secret that holds a value; `copy-of` is not among it."""


def policies(name: str, namespace: str) -> Iterator[dict[str, Any]]:
    """Give the policies of an installation, and what puts them into force."""
    yield from _in_force(f"{name}-marks", _marks())
    yield from _in_force(f"{name}-engine", _engine(f"system:serviceaccount:{namespace}:{ACCOUNT}"))


def _in_force(name: str, spec: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    kind, version = "ValidatingAdmissionPolicy", f"{_GROUP}/v1"
    yield {"apiVersion": version, "kind": kind, "metadata": {"name": name}, "spec": {"failurePolicy": "Fail", **spec}}
    put = {"policyName": name, "validationActions": ["Deny"]}
    yield {"apiVersion": version, "kind": f"{kind}Binding", "metadata": {"name": name}, "spec": put}


# --- our marks


def _marks() -> dict[str, Any]:
    """Say who may write our marks: who has the right to it, which is the engines and whoever may do everything.

    Controllers copy labels (a ReplicaSet's to its pods), nodes write how a pod fares: they are let through before anything dear
    is evaluated. Everybody else may change what they like beside our marks.
    """
    variables = {
        "may": f"authorizer.group('{LABEL}').resource('{MARKS}').check('write').allowed()",
        "part": (
            "request.userInfo.username == 'system:kube-controller-manager'"
            " || request.userInfo.username.startsWith('system:serviceaccount:kube-system:')"
            " || (has(request.userInfo.groups) && 'system:nodes' in request.userInfo.groups"
            " && has(request.subResource) && request.subResource == 'status')"
        ),
        "now": _places("object"),
        "was": _places("oldObject"),
        "claims": _claims(),
        "managers": f"[{', '.join(repr(one) for one in sorted(OUR_MANAGERS))}]",
        "value": _a_value(),
    }
    kept = " && ".join(_held(one, other) for one, other in (("now", "was"), ("was", "now")))
    entries = "object.metadata.managedFields.filter(m, has(m.manager) && m.manager in variables.managers)"
    before = "has(oldObject.metadata.managedFields) && oldObject.metadata.managedFields"
    same = " && ".join(f"has(o.{one}) && has(m.{one}) && o.{one} == m.{one}" for one in ("manager", "operation", "time"))
    # The name that is given, and for who gives none but a user agent of that name, what has been written down by it.
    unnamed = (
        "!(has(request.options) && has(request.options.fieldManager) && request.options.fieldManager in variables.managers)"
        f" && (!has(object.metadata.managedFields) || {entries}.all(m, oldObject != null && {before}.exists(o, {same})))"
    )
    token = (
        "!(request.resource.resource == 'secrets' && has(object.type) && object.type == 'kubernetes.io/service-account-token' && "
        + _in_project()
        + ")"
    )
    return {
        "matchConstraints": {"resourceRules": list(_rules())},
        "variables": _variables(variables),
        "validations": [
            _said(
                f"({kept}) || variables.value", f"labels and annotations under {LABEL}/ are Deadreckon's: leave them as they are"
            ),
            _said(
                "!variables.claims.exists(c, " + _marked("c") + ")", f"what claims are made of may hold nothing under {LABEL}/"
            ),
            _said(f"({unnamed}) || variables.value", "this field manager is Deadreckon's: give another (--field-manager)"),
            _said(token, "in a project's namespace no Secret is made for the token of an account"),
        ],
    }


def _rules() -> Iterator[dict[str, Any]]:
    only_seen = {Kind.EVENT, Kind.NODE}
    ours = (group_and_plural(kind) for kind in dict.fromkeys((*WRITTEN, *WATCHED)) if kind not in only_seen)
    groups: dict[str, list[str]] = {}
    for group, plural in (*ours, *_OF_OTHERS):
        groups.setdefault(group, []).extend((plural, f"{plural}/*"))
    for group, resources in groups.items():
        yield {"apiGroups": [group], "apiVersions": ["*"], "operations": ["CREATE", "UPDATE"], "resources": resources}


def _places(root: str) -> str:
    """Give labels and annotations of an object, and of the templates that others are made of, each under where they stand."""
    entries = (
        f"'{where}{what}': {root} != null && {_has(root, path, f'metadata.{what}')} ? {_path(root, path)}.metadata.{what} : {{}}"
        for where, path in _TEMPLATES.items()
        for what in ("labels", "annotations")
    )
    return f"{{{', '.join(entries)}}}"


def _path(root: str, path: str) -> str:
    return root if path == "object" else f"{root}.{path}"


def _has(root: str, path: str, last: str) -> str:
    """Ask for each step of a path: an object need not have them."""
    steps = [*([] if path == "object" else path.split(".")), *last.split(".")]
    return " && ".join(f"has({root}.{'.'.join(steps[: n + 1])})" for n in range(len(steps)))


def _held(one: str, other: str) -> str:
    """Ask whether each of our marks in one stands in the other too, as it is."""
    there = f"(k in variables.{other}[at] && variables.{other}[at][k] == variables.{one}[at][k])"
    return f"variables.{one}.all(at, variables.{one}[at].all(k, !k.startsWith('{LABEL}/') || {there}))"


def _claims() -> str:
    """Give the claims that controllers make of what stands in the object: of a StatefulSet, and of pods' passing volumes."""
    lists = [f"{_has('object', 'spec', 'volumeClaimTemplates')} ? object.spec.volumeClaimTemplates : []"]
    for pod in ("object", "object.spec.template", "object.spec.jobTemplate.spec.template"):
        steps = pod.split(".")[1:]
        there = _has("object", ".".join(steps) or "object", "spec.volumes")
        passing = f"{pod}.spec.volumes.filter(v, has(v.ephemeral) && has(v.ephemeral.volumeClaimTemplate))"
        lists.append(f"{there} ? {passing}.map(v, v.ephemeral.volumeClaimTemplate) : []")
    return " + ".join(f"({one})" for one in lists)


def _marked(one: str) -> str:
    marks = (
        f"has({one}.metadata.{what}) && {one}.metadata.{what}.exists(k, k.startsWith('{LABEL}/'))"
        for what in ("labels", "annotations")
    )
    return f"has({one}.metadata) && ({' || '.join(f'({mark})' for mark in marks)})"


def _a_value() -> str:
    """Tell a new Secret as `reckon secret set` writes it: a value in its project's namespace, marked for that, and for good."""
    labels, spaces = "object.metadata.labels", "namespaceObject.metadata.labels"
    known = f"[{', '.join(repr(one) for one in _OF_A_VALUE)}]"
    ours = (
        f"(!has(object.metadata.{what}) || object.metadata.{what}.all(k, !k.startsWith('{LABEL}/') || k in {known}))"
        for what in ("labels", "annotations")
    )
    asked = (
        "request.resource.resource == 'secrets'",
        "request.operation == 'CREATE'",
        _in_project(),
        "has(object.metadata.labels)",
        *(f"'{one}' in {labels} && {labels}['{one}'] == {spaces}['{one}']" for one in (_LEDGER, _PROJECT)),
        f"'{LABEL}/position' in {labels} && {labels}['{LABEL}/position'].matches('^[0-9]{{1,9}}[.][0-9]{{1,18}}$')",
        *ours,
        "object.metadata.name.matches('^secret-[-a-z0-9]+-v[0-9]{1,9}$')",
        "has(object.type) && object.type == 'Opaque' && has(object.immutable) && object.immutable",
    )
    return " && ".join(asked)


def _in_project() -> str:
    labels = "namespaceObject.metadata.labels"
    return f"namespaceObject != null && has({labels}) && '{_LEDGER}' in {labels} && '{_PROJECT}' in {labels}"


def _variables(expressions: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "expression": expression} for name, expression in expressions.items()]


def _said(expression: str, message: str) -> dict[str, str]:
    # What costs least is asked first, and the authorizer only where all else says no.
    return {"expression": f"variables.part || ({expression}) || variables.may", "message": message, "reason": "Forbidden"}


# --- the engine


def _engine(user: str) -> dict[str, Any]:
    """Say what the engine's account may write: in namespaces of ours objects of the same ledger, and one of the whole cluster.

    A namespace is made with its ledger's label and a Pod Security Standard, so that nothing in it can take a node over; one that
    stands already is never made ours, nor is its standard changed (people do that).
    """
    variables = {
        "space": f"namespaceObject != null && has(namespaceObject.metadata.labels) ? {_ledger('namespaceObject')} : ''",
        "now": f"object != null && has(object.metadata) && has(object.metadata.labels) ? {_ledger('object')} : ''",
        "was": f"oldObject != null && has(oldObject.metadata) && has(oldObject.metadata.labels) ? {_ledger('oldObject')} : ''",
    }
    kept = "variables.now != '' && (request.operation == 'CREATE' || variables.was == variables.now)"
    level = "'pod-security.kubernetes.io/enforce'"
    secured = (
        f"{level} in object.metadata.labels && object.metadata.labels[{level}] in ['baseline', 'restricted']"
        " && (request.operation == 'CREATE'"
        f" || {level} in oldObject.metadata.labels && oldObject.metadata.labels[{level}] == object.metadata.labels[{level}])"
    )
    within = (
        "variables.space != '' && (request.operation == 'CONNECT' || ("
        "(request.operation == 'DELETE' || variables.now == variables.space)"
        " && (request.operation == 'CREATE' || variables.was == variables.space)))"
    )
    spaces, apis = "request.resource.resource == 'namespaces'", "request.resource.resource == 'apiservices'"
    registration = f"request.name == '{REGISTRATION.name}' && request.operation != 'DELETE' && {kept}"
    free = [{"apiGroups": ["authorization.k8s.io"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}]
    everything = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"]}
    return {
        "matchConstraints": {"resourceRules": [everything], "excludeResourceRules": free},
        "matchConditions": [{"name": "by-the-engine", "expression": f"request.userInfo.username == '{user}'"}],
        "variables": _variables(variables),
        "validations": [
            {
                "expression": f"!({spaces}) || (request.operation != 'DELETE' && {kept} && {secured})",
                "message": "the engine makes namespaces of its ledger, with a Pod Security Standard, and changes no other",
                "reason": "Forbidden",
            },
            {
                "expression": f"!({apis}) || ({registration})",
                "message": f"the engine registers {REGISTRATION.name} and nothing else",
                "reason": "Forbidden",
            },
            {
                "expression": f"{spaces} || {apis} || ({within})",
                "message": "the engine writes in namespaces of its ledger, and only what is its ledger's",
                "reason": "Forbidden",
            },
        ],
    }


def _ledger(one: str) -> str:
    return f"('{_LEDGER}' in {one}.metadata.labels ? {one}.metadata.labels['{_LEDGER}'] : '')"
