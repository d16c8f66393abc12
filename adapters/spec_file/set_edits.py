"""Single changes of what stands (`--set resources.replicas=3`), validated through the same door as a file."""

from collections.abc import Sequence

from adapters.spec_file.normal import document
from adapters.spec_file.problems import Location
from adapters.spec_file.reading import SpecReading, read_tree
from adapters.spec_file.report import ReadingReport
from adapters.spec_file.sets import OPTION
from adapters.spec_file.tree import grow
from domain.machines import Catalogue
from domain.spec import Spec


def apply_sets(spec: Spec, sets: Sequence[str], *, catalogue: Catalogue, inner_endpoints: bool = False) -> SpecReading:
    """Change a spec and hold it to all rules again; `--set` stands for the file in messages."""
    root = grow(document(spec), Location(option=OPTION))
    return read_tree(
        root, ReadingReport(), file=OPTION, catalogue=catalogue, last_line=1, sets=sets, inner_endpoints=inner_endpoints
    )
