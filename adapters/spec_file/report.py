"""What is found while a document is read: problems, and what is worth knowing."""

from dataclasses import dataclass, field

from adapters.spec_file.problems import FileFinding, Location

Steps = tuple[int | str, ...]
UPGRADED = "upgraded"
"""The code of every warning about an older form, which `check --fix` writes as the modern one."""


@dataclass(slots=True)
class ReadingReport:
    """What was found so far. Keys without a value: by their paths (`emptied`) and steps (`nothings`)."""

    problems: list[FileFinding] = field(default_factory=list[FileFinding])
    warnings: list[FileFinding] = field(default_factory=list[FileFinding])
    emptied: dict[str, Location] = field(default_factory=dict[str, Location])
    nothings: list[tuple[Steps, Location]] = field(default_factory=list[tuple[Steps, Location]])

    def warn(self, code: str, message: str, at: Location, path: str, hint: str = "") -> None:
        """Tell something worth knowing."""
        self.warnings.append(FileFinding(code, message, at, path, hint=hint))

    def upgraded(self, message: str, at: Location, path: str, modern: str) -> None:
        """Tell of an older form, and how it is written today."""
        self.warn(UPGRADED, message, at, path, f"write `{modern}`" if len(modern) <= 80 else "")
