"""What is found while a document is read: problems, and what is worth knowing."""

from dataclasses import dataclass, field

from adapters.spec_file.problems import Finding, Place

Steps = tuple[int | str, ...]
UPGRADED = "upgraded"
"""The code of every warning about an older form, which `check --fix` writes as the modern one."""


@dataclass(slots=True)
class Report:
    """What was found so far. Keys without a value: by their paths (`emptied`) and steps (`nothings`)."""

    problems: list[Finding] = field(default_factory=list[Finding])
    warnings: list[Finding] = field(default_factory=list[Finding])
    emptied: dict[str, Place] = field(default_factory=dict[str, Place])
    nothings: list[tuple[Steps, Place]] = field(default_factory=list[tuple[Steps, Place]])

    def warn(self, code: str, message: str, at: Place, path: str, hint: str = "") -> None:
        """Tell something worth knowing."""
        self.warnings.append(Finding(code, message, at, path, hint=hint))

    def upgraded(self, message: str, at: Place, path: str, modern: str) -> None:
        """Tell of an older form, and how it is written today."""
        self.warn(UPGRADED, message, at, path, f"write `{modern}`" if len(modern) <= 80 else "")
