"""The refusal of a spec file: every problem at once."""

from collections.abc import Sequence

from adapters.spec_file.bounded import MORE
from adapters.spec_file.problems import Problem
from domain.errors import Refused


class BadSpec(Refused):
    """A spec file that is not right; `problems` has all of it at once."""

    def __init__(self, problems: Sequence[Problem], warnings: Sequence[Problem] = ()) -> None:
        """Keep every problem with its place."""
        first = problems[0]
        many = "many" if problems[-1].code == MORE else str(len(problems) - 1)
        more = f" (and {many} more)" if len(problems) > 1 else ""
        super().__init__(first.code, f"{first.message}{more}", first.hint)
        self.problems = tuple(problems)
        self.warnings = tuple(warnings)
