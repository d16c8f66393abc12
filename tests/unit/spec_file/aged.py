"""Files as people wrote them: modern specs, written in older forms and in any of the formats, with comments between."""

import json
from dataclasses import dataclass
from io import StringIO
from typing import Any, cast

from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from adapters.spec_file.normal import document
from domain.spec import Spec
from tests.specs import specs

Document = dict[str, Any]
PROBES = ("startup", "readiness", "liveness")


@dataclass(frozen=True)
class Aged:
    """A file in an older form, and what it means."""

    text: str
    file: str
    spec: Spec
    comments: tuple[str, ...] = ()


def _renamed(of: Document, old: str, new: str) -> Document:
    return {new if key == old else key: value for key, value in of.items()}


@st.composite
def aged_documents(draw: st.DrawFn) -> tuple[Document, Spec]:
    """A spec, and a document in older forms that means it."""
    spec = draw(specs)
    aged: Document = document(spec)
    old = draw(st.sets(st.sampled_from(AGES)))
    for age in AGES:
        if age in old:
            aged = age(aged)
    return aged, spec


def _no_version(aged: Document) -> Document:
    return {key: value for key, value in aged.items() if key != "apiVersion"}


def _older_version(aged: Document) -> Document:
    return {**aged, "apiVersion": "v0alpha1"} if "apiVersion" in aged else aged


def _health(aged: Document) -> Document:
    return _renamed(aged, "healthChecks", "healthchecks")


def _instance(aged: Document) -> Document:
    return {**aged, "resources": _renamed(aged["resources"], "machineType", "instanceType")}


def _one_port(aged: Document) -> Document:
    ports = aged["resources"].get("ports")
    if not ports or len(ports) != 1:
        return aged
    resources = {key: value for key, value in aged["resources"].items() if key != "ports"}
    return {"port": ports[0], **aged, "resources": resources}


def _bare_ports(aged: Document) -> Document:
    ports = aged["resources"].get("ports")
    one = ports[0] if ports and len(ports) == 1 else ports
    return {**aged, "resources": {**aged["resources"], "ports": one}} if ports else aged


def _texts(aged: Document) -> Document:
    resources = {key: str(value) if key == "replicas" else value for key, value in aged["resources"].items()}
    if isinstance(resources.get("ports"), list):
        resources["ports"] = [str(port) for port in resources["ports"]]
    return {**aged, "resources": resources}


def _alone(aged: Document) -> Document:
    """Write what is the one item of a list without the list, wherever it is a list of mappings."""
    one: Document = {key: _one(aged[key]) for key in ("env", "integrations", "command") if key in aged}
    if scaling := aged["resources"].get("autoscaling"):
        inner = {**scaling, "metrics": _one(scaling["metrics"])} if "metrics" in scaling else scaling
        one["resources"] = {**aged["resources"], "autoscaling": inner}
    health = next((key for key in ("healthChecks", "healthchecks") if key in aged), "")
    if health:
        one[health] = {name: _bare_check(check) for name, check in aged[health].items()}
    return {**aged, **one}


def _bare_check(check: Document) -> Document:
    headers = {"headers": _one(check["headers"])} if "headers" in check else {}
    command = {"exec": {"command": _one(check["exec"]["command"])}} if "exec" in check else {}
    return {**check, **headers, **command}


def _one(items: list[Any]) -> Any:  # noqa: ANN401 (JSON)
    (first, *rest) = items or [""]
    a_word = not isinstance(first, str) or first.split() == [first]
    return items if rest or not a_word else first


def _protocol(aged: Document) -> Document:
    return {**aged, "protocol": "http"}


def _secrets(aged: Document) -> Document:
    return {**aged, "env": [_shouted(variable) for variable in aged["env"]]} if "env" in aged else aged


def _shouted(variable: Document) -> Document:
    value = variable["value"]
    return {**variable, "value": "SECRET:" + value[7:]} if value.startswith("secret:") else variable


def _spaces(aged: Document) -> Document:
    kinds = [{**each, "type": "do-spaces" if each["type"] == "spaces" else each["type"]} for each in aged.get("integrations", ())]
    return {**aged, "integrations": kinds} if kinds else aged


AGES = (
    _no_version,
    _older_version,
    _health,
    _instance,
    _one_port,
    _bare_ports,
    _texts,
    _protocol,
    _secrets,
    _spaces,
    _alone,
)


@st.composite
def aged_files(draw: st.DrawFn) -> Aged:
    """A file in older forms."""
    aged, spec = draw(aged_documents())
    match draw(st.sampled_from(["block", "flow", "json", "pretty", "toml"])):
        case "block":
            text, comments = _block(aged, draw(st.sets(st.sampled_from(sorted(aged)))))
            return Aged(text, "a.yaml", spec, comments)
        case "flow":
            return Aged(json.dumps(aged) + "\n", "a.yaml", spec)
        case "json":
            return Aged(json.dumps(aged), "a.json", spec)
        case "pretty":
            return Aged("// first\n" + json.dumps(aged, indent=2, ensure_ascii=False), "a.jsonc", spec, ("// first",))
        case _:
            return Aged("# first\n" + toml(aged), "a.toml", spec, ("# first",))


def _block(aged: Document, commented: set[str]) -> tuple[str, tuple[str, ...]]:
    """Write YAML in lines, with a comment over and behind some of the fields."""
    whole: Any = CommentedMap(aged)
    comments = ["# first"]
    for key in commented:
        whole.yaml_set_comment_before_after_key(key, before=f"over {key}")
        comments.append(f"# over {key}")
        if not isinstance(aged[key], (dict, list)):
            whole.yaml_add_eol_comment(f"behind {key}", key)
            comments.append(f"# behind {key}")
    out = StringIO()
    writer: Any = YAML()
    writer.width = 2**16
    writer.allow_unicode = False  # it would write characters that end a line as they are
    writer.dump(whole, out)
    return "# first\n" + out.getvalue(), tuple(comments)


def toml(of: Document) -> str:
    """Write TOML: fields first, then tables, as people do."""
    plain = {key: value for key, value in of.items() if not _table(value)}
    lines = [f"{key} = {_inline(value)}\n" for key, value in plain.items()]
    for key, value in of.items():
        if isinstance(value, dict):
            lines += _tables(key, cast("Document", value))
        elif _table(value):
            for item in value:
                lines.append(f"\n[[{key}]]\n")
                lines += [f"{name} = {_inline(inner)}\n" for name, inner in item.items()]
    return "".join(lines)


def _table(value: object) -> bool:
    items = cast("list[object]", value) if isinstance(value, list) else []
    return isinstance(value, dict) or (bool(items) and isinstance(items[0], dict))


def _tables(name: str, of: Document) -> list[str]:
    lines = [f"\n[{name}]\n"]
    lines += [f"{key} = {_inline(value)}\n" for key, value in of.items() if not isinstance(value, dict)]
    for key, value in of.items():
        if isinstance(value, dict):
            lines += _tables(f"{name}.{key}", cast("Document", value))
    return lines


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_inline(inner)}" for key, inner in cast("Document", value).items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(item) for item in cast("list[object]", value)) + "]"
    # JSON's escapes are TOML's, but for DEL and pairs of halves.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
