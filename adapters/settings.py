"""Settings: the `RECKON_` variables of the environment, read once. A misspelt one stops the start, with the nearest name."""

import os
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from adapters.pydantic_errors import misfit
from domain.errors import Unfit

PREFIX = "RECKON_"
_ELSEWHERE = frozenset({"RECKON_REQUIRE", "RECKON_LAB_CACHE", "RECKON_LAB_DIR", "RECKON_TRACE"})
"""Read by the test suite, the lab and the teller of failures, and left alone here."""


class Settings(BaseModel):
    """What a person or an image sets from outside; each field is the variable of its name in capitals after `RECKON_`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ledger: Annotated[str, Field(description="a PostgreSQL URL or the path of an SQLite file")] = ""
    project: Annotated[str, Field(description="the project that names belong to")] = "default"
    context: Annotated[str, Field(description="the kubeconfig's context of a real cluster")] = ""
    kubeconfig: Annotated[str, Field(description="the kubeconfig of a real cluster")] = ""
    in_cluster: Annotated[bool, Field(description="use the credentials that a pod is given")] = False
    rollout_deadline: Annotated[int, Field(ge=10, description="seconds that a rollout may stand still")] = 600
    lease_seconds: Annotated[
        float, Field(ge=0.5, le=300, description="seconds until a stand-by takes over from a dead engine")
    ] = 10.0
    external_metrics: Annotated[
        str, Field(description="HOST:PORT where an engine answers the cluster's metrics API, by HTTPS")
    ] = ""
    request_window: Annotated[
        float, Field(ge=20, le=3600, description="seconds over which the duration of requests is averaged")
    ] = 300.0
    audit_log: Annotated[str, Field(description="the file into which the API server writes its audit log")] = ""
    audit_listen: Annotated[str, Field(description="HOST:PORT where an engine takes the audit log that API servers post")] = ""
    audit_token: Annotated[str, Field(description="the file with the token that API servers have to show there")] = ""
    audit_certificate: Annotated[str, Field(description="the file with the certificate and key to be shown there")] = ""
    catalogue: Annotated[str, Field(description="a file of machine types, in place of the one that comes along")] = ""
    output: Annotated[
        str,
        Field(pattern=r"^(|json|jsonl|yaml|name|wide)$", description="how answers are written: json, jsonl, yaml, name or wide"),
    ] = ""

    @property
    def ledger_place(self) -> str:
        """Give the ledger's address: what was set, else an SQLite file in the person's data folder."""
        return self.ledger or str(default_ledger())

    @property
    def real_cluster(self) -> bool:
        """Tell whether a real cluster was named; else everything happens in a simulated one."""
        return bool(self.context or self.kubeconfig or self.in_cluster)


def default_ledger() -> Path:
    """Give the place of the ledger that needs no setting. Raises Unfit."""
    from platformdirs import user_data_path  # opened late: most starts name their ledger or only ask for help

    place = user_data_path("deadreckon", appauthor=False) / "ledger.sqlite"
    if any("\ud800" <= character <= "\udfff" for character in str(place)):
        raise Unfit("the path of your data folder is not text in UTF-8", hint="name the ledger: --ledger FILE")
    return place


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment. Raises Unfit naming every variable that is not right."""
    environment = os.environ if environment is None else environment
    given = {name: value for name, value in environment.items() if name.startswith(PREFIX) and name not in _ELSEWHERE}
    known = {PREFIX + field.upper(): field for field in Settings.model_fields}
    for name in given:
        if name not in known:
            raise Unfit(f"there is no setting {name}", hint=_nearest(name, known))
    try:
        return Settings.model_validate({known[name]: value for name, value in given.items() if value != ""})
    except ValidationError as error:
        wrong = {str(each["loc"][0]): misfit(each) for each in error.errors(include_input=False)}
        told = "; ".join(f"{PREFIX}{field.upper()}: {said}" for field, said in wrong.items())
        meant = "; ".join(f"{PREFIX}{field.upper()} is {Settings.model_fields[field].description}" for field in wrong)
        raise Unfit(f"a setting is not right: {told}", meant) from error


def _nearest(name: str, known: Mapping[str, str]) -> str:
    # Compared without what they all begin with, which would make any two of them alike.
    words = [setting.removeprefix(PREFIX) for setting in known]
    close = get_close_matches(name.upper().removeprefix(PREFIX), words, n=1, cutoff=0.6)
    return f"did you mean {PREFIX}{close[0]}?" if close else f"known are {', '.join(sorted(known))}"
