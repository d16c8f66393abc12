"""Writing the modern form of a file: only what is old is touched, and the result is held to say the same."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from adapters.spec_file.dialects import drop_nothings, upgrade
from adapters.spec_file.edits import Editor, Unfixable, apply
from adapters.spec_file.lists import as_lists
from adapters.spec_file.problems import UnreadableText
from adapters.spec_file.reading import format_of, read_spec
from adapters.spec_file.report import UPGRADED, ReadingReport
from adapters.spec_file.toml_fixing import fix_toml
from adapters.spec_file.tree import Builder, TreeNode
from domain.machines import Catalogue

_UNUSUAL = "it is written in an unusual way"


@dataclass(frozen=True, slots=True)
class Fixed:
    """A file's modern text; `because` says why it could not be written, where it could not."""

    text: bytes
    because: str = ""


def fix(text: bytes, *, file: str, catalogue: Catalogue, name: str | None = None, inner_endpoints: bool = False) -> Fixed:
    """Write a spec file in the modern form, comments and order kept. With problems, or nothing old, it stays as it is."""
    read = partial(read_spec, file=file, catalogue=catalogue, name=name, inner_endpoints=inner_endpoints)
    before = read(text)
    if before.spec is None or not any(warning.code == UPGRADED for warning in before.warnings):
        return Fixed(text)
    mark = b"\xef\xbb\xbf" if text.startswith(b"\xef\xbb\xbf") else b""
    try:
        modern = mark + _modern(text.decode("utf-8-sig"), file).encode()
    except Unfixable as reason:
        return Fixed(text, str(reason))
    except UnreadableText:
        return Fixed(text, _UNUSUAL)
    after = read(modern)
    if after.spec != before.spec or any(warning.code == UPGRADED for warning in after.warnings):
        return Fixed(text, _UNUSUAL)
    return Fixed(modern)


def _modern(source: str, file: str) -> str:
    # Lists first: what they then hold is edited where it stands by then.
    return _stepped(_stepped(source, file, _listed), file, upgrade)


def _listed(root: TreeNode, report: ReadingReport) -> None:
    drop_nothings(root, (), report, keep_old=True)
    as_lists(root, report)


def _stepped(source: str, file: str, step: Callable[[TreeNode, ReadingReport], None]) -> str:
    form = format_of(file, source)
    was, now = form.read(source, Builder()), form.read(source, Builder())
    assert was is not None
    assert now is not None
    drop_nothings(was, (), ReadingReport(), keep_old=True)
    step(now, ReadingReport())
    if form.name == "toml":
        return fix_toml(source, was, now)
    return apply(source, list(_editor(source, form.name).edits(was, now)))


def _editor(source: str, form: str) -> Editor:
    return Editor(source, "#", bare=True) if form == "yaml" else Editor(source, "//", bare=False)
