"""The larger parts of a spec as fields with a text each, as a spec file names them; literal keys are masked unless asked for."""

from domain.masks import MASK, NOTHING_KNOWN
from domain.spec import Autoscaling, Bucket, GitLfs, Integration, Literal, Metric, Model, SecretRef, Volume
from projections.wording import count, listed


def value(of: Literal | SecretRef | None, *, reveal: bool) -> str:
    """Say a value: a secret by its name, a literal masked."""
    match of:
        case None:
            return ""
        case SecretRef(name):
            return f"secret:{name}"
        case Literal(text):
            return text if reveal else MASK


def plain(text: str, *, reveal: bool) -> str:
    """Say a text that a spec shows openly (a URL, a path, a command) without the credentials that someone put into it."""
    return text if reveal else NOTHING_KNOWN.hide(text)


def autoscaling_fields(of: Autoscaling | None) -> dict[str, str]:
    """Give what autoscaling says; nothing when there is none."""
    if of is None:
        return {}
    metrics = {str(metric.name): target(metric) for metric in of.metrics}
    ceiling = {"maxReplicas": str(of.max_replicas)} if of.max_replicas else {}
    return {"enabled": "true" if of.enabled else "false", **ceiling, **metrics}


def target(metric: Metric) -> str:
    """Say what a metric shall be: `50 %`, `0.15 s`."""
    number = int(metric.value) if metric.value == int(metric.value) else metric.value
    return f"{number} {'s' if metric.name == 'requestDuration' else '%'}"


def autoscaling(of: Autoscaling) -> str:
    """Say autoscaling in one line."""
    ceiling = [f"up to {count(of.max_replicas, 'replica')}"] if of.max_replicas else []
    metrics = [listed([f"{metric.name} at {target(metric)}" for metric in of.metrics])] if of.metrics else []
    return ", ".join((*ceiling, *metrics, *(() if of.enabled else ("switched off",))))


def integration_fields(of: Integration, *, reveal: bool = False) -> dict[str, str]:
    """Give what an integration says, without its name."""
    match of:
        case GitLfs():
            kind = {"type": "git-lfs", "url": of.url, "ref": of.ref, "username": of.username}
            said = {**kind, "password": value(of.password, reveal=reveal)}
        case Bucket():
            kind = {"type": of.provider, "url": of.url, "endpoint": of.endpoint, "region": of.region}
            keys = {"accessKeyId": of.access_key, "secretAccessKey": of.secret_key}
            said = {**kind, **{name: value(key, reveal=reveal) for name, key in keys.items()}}
        case Model():
            said = {"type": "model", "id": of.id}
        case Volume():
            said = {"type": "volume"}
    return {name: plain(text, reveal=reveal) for name, text in {**said, "path": of.mount}.items() if text}


def integration(of: Integration) -> str:
    """Say an integration in one line: what it is and where it stands."""
    said = integration_fields(of)
    return " ".join(part for part in (said["type"], said.get("url", said.get("id", "")), f"at {of.mount}") if part)
