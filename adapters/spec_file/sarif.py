"""Problems as SARIF 2.1.0, which code hosts and editors show beside the lines."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from adapters.spec_file.problems import Problem

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(problems: Sequence[Problem], warnings: Sequence[Problem], *, build: str = "") -> dict[str, Any]:
    """Give one run with a rule for each code and a result for each finding."""
    rules = list(dict.fromkeys(finding.code for finding in (*problems, *warnings)))
    levels = [*((problem, "error") for problem in problems), *((warning, "warning") for warning in warnings)]
    driver = {
        "name": "reckon",
        **({"version": build} if build else {}),
        "rules": [{"id": code, "shortDescription": {"text": code.replace("-", " ")}} for code in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, level, rules.index(finding.code)) for finding, level in levels],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _result(finding: Problem, level: str, rule: int) -> dict[str, Any]:
    given = f" (given: {finding.given})" if finding.given else ""
    hint = f"; {finding.hint}" if finding.hint else ""
    where: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(finding.file, errors="surrogateescape")},
            "region": {"startLine": finding.line, "startColumn": finding.column},
        }
    }
    if finding.path:
        where["logicalLocations"] = [{"fullyQualifiedName": finding.path}]
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": level,
        "message": {"text": f"{finding.message}{given}{hint}"},
        "locations": [where],
    }
