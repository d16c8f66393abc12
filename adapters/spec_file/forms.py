r"""What a text must look like, each said once: as an expression that both the reader and the published JSON Schema go by.

The expressions mean the same to Python and to ECMA 262, which JSON Schema goes by: classes are written out, and the end of
a text is `END`, since Python's `$` alone also matches before a last line break.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from adapters.spec_file.image_words import FORM, LONGEST, no_image
from domain.images import REFERENCE

END = r"$(?!\n)"
# Control characters, spaces but the common one, line separators, and what is invisible or turns the direction of writing.
_UNSEEN = r"\x00-\x1f\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ud800-\udfff\ufeff\ufff9-\ufffb"
_SECRET_NAME = r"[A-Za-z][A-Za-z0-9_]{0,127}"  # noqa: S105 (what a secret's name looks like)
_LITERAL = r"(?!secret:|SECRET:)"

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9A-Fa-f:.]{{2,45}}\])"
_PORT = r"(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})"
_STEP = r"(?!\.{1,2}(?:/|$))[A-Za-z0-9._~!$&'()*+,;=:@%-]+"
_HTTP = rf"https?://{_HOST}(?::{_PORT})?(?:/{_STEP})*/?"
_BUCKET = r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.)){1,61}[A-Za-z0-9]"
_S3 = rf"s3://{_BUCKET}(?:/(?!\.{{1,2}}(?:/|$))[^/ {_UNSEEN}]+)*/?"


@dataclass(frozen=True, slots=True)
class Form:
    """How a text must look, and what is said when it does not. `longest` is in characters; 0 is without limit.

    `astray` knows more of a text that does not fit: what is wrong with it, and what would be right.
    """

    pattern: str
    message: str
    hint: str
    longest: int = 0
    astray: Callable[[str, Callable[[str], bool]], tuple[str, str]] | None = None

    def fits(self, text: str) -> bool:
        """Tell whether a text looks so."""
        return not (self.longest and len(text) > self.longest) and re.fullmatch(self.pattern, text) is not None

    def hold(self, text: str) -> str:
        """Give the text back; raises what pydantic collects."""
        if not self.fits(text):
            message, hint = self.astray(text, self.fits) if self.astray else (self.message, self.hint)
            raise PydanticCustomError("bad-value", "{message}", {"message": message, "hint": hint})
        return text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401 (pydantic's)
        """Check after the text is known to be one."""
        return core_schema.no_info_after_validator_function(self.hold, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Say the same in JSON Schema."""
        said: dict[str, Any] = {**handler(schema), "pattern": f"^(?:{self.pattern}){END}"}
        return {**said, "maxLength": self.longest} if self.longest else said


NAME = Form(
    rf"[^ {_UNSEEN}](?:[^{_UNSEEN}]{{0,126}}[^ {_UNSEEN}])?",
    "this cannot be a deployment's name",
    "1 to 128 printable characters, no space at the ends",
    128,
)
IMAGE = Form(
    re.sub(r"\(\?P<\w+>", "(?:", REFERENCE.pattern),
    "this is not an image's name",
    f"write {FORM}",
    LONGEST,
    no_image,
)
REGISTRY = Form(
    rf"[^ {_UNSEEN}](?:[^{_UNSEEN}]{{0,126}}[^ {_UNSEEN}])?",
    "this cannot be a registry's name",
    "the name of a stored registry, as in `reckon registry list`",
    128,
)
ENV_NAME = Form(
    rf"(?!\.\.|\.{END})[-._a-zA-Z][-._a-zA-Z0-9]*",
    "this cannot be a variable's name",
    "letters, digits, `_`, `-` and `.`, no digit first",
)
ENV_VALUE = Form(
    rf"secret:{_SECRET_NAME}|{_LITERAL}[\s\S]*",
    "what follows `secret:` cannot be a secret's name",
    "a letter, then letters, digits and `_`, at most 128 characters",
)
SECRET_REF = Form(
    rf"secret:{_SECRET_NAME}",
    "this must be a secret, never the value itself",
    "store it with `reckon secret set NAME`, then write `secret:NAME` (a letter, then letters, digits and `_`)",
)
ACCESS_KEY = Form(
    rf"secret:{_SECRET_NAME}|{_LITERAL}[!-~]{{1,128}}",
    "this cannot be an access key's id",
    "the id without spaces, or `secret:NAME`",
    135,
)
USERNAME = Form(
    rf"(?!-)[^ :{_UNSEEN}]+",
    "this cannot be a user's name",
    "printable characters, no space and no colon in it, no `-` first",
    128,
)
HEADER_NAME = Form(r"[-A-Za-z0-9]{1,256}", "this cannot be a header's name", "letters, digits and `-`")
HEADER_VALUE = Form(
    rf"(?!secret:)[^{_UNSEEN}]*",
    "there is a line break or another control character in it, or a secret",
    "one line of printable text; a kubelet cannot resolve a secret",
)
PROBE_PATH = Form(
    rf"/[^{_UNSEEN}]*", "there is a line break or another control character in it", "a path on one line, with a slash in front"
)
REGION = Form(
    r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?",
    "this cannot be a region's name: it becomes part of a host's",
    "letters, digits and `-`, as in us-east-1",
    63,
)
STEP_NAME = Form(
    r"[A-Za-z0-9_][A-Za-z0-9._-]{0,62}",
    "this cannot be an integration's name: it is the last part of the path where it is mounted",
    "1 to 63 letters, digits, `-`, `_` and `.`, with a letter, a digit or `_` first",
)
VOLUME_NAME = Form(
    r"(?=[a-z0-9.-]{1,63}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*",
    "no volume of the cluster can have this name",
    "1 to 63 small letters, digits, `-` and `.`, with a letter or a digit at both ends",
    63,
)
MODEL_ID = Form(
    r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}",
    "this cannot be a model's id",
    "1 to 128 letters, digits, `-`, `_` and `.`, with a letter, a digit or `_` first",
)
MOUNT_PATH = Form(
    rf"/(?:(?!\.{{1,2}}(?:/|$))[^/:{_UNSEEN}]+/)*(?:(?!\.{{1,2}}$)[^/:{_UNSEEN}]+)?",
    "this is not a path where something can be mounted",
    "an absolute path without `.`, `..`, `//`, colons and control characters, as in /models",
    1024,
)
GIT_URL = Form(
    _HTTP,
    "this is not a repository's address",
    "https://host/path, without a user or a password in it (they go into `username` and `password`), a query or spaces",
    2048,
)
ENDPOINT = Form(
    _HTTP,
    "this is not an object store's address",
    "https://host, without keys in it (they go into `accessKeyId` and `secretAccessKey`), a query or spaces",
    2048,
)
BUCKET_URL = Form(_S3, "this is not a bucket's address", "s3://bucket or s3://bucket/prefix, without spaces, `.` and `..`", 1100)
SPACE_URL = Form(
    rf"{_S3}|{_HTTP}",
    "this is not a space's address",
    "s3://bucket/prefix, or https://bucket.region.digitaloceanspaces.com/prefix",
    2048,
)
GIT_REF = Form(
    rf"(?![-./])(?!@{END})(?!.*(?:\.\.|//|/\.|@\{{|\.lock(?:/|{END})|[./]{END}))[^ ~^:?*\[\\{_UNSEEN}]+",
    "git has no branch, tag or commit of this name",
    "a branch, a tag or a commit, as in main or 4f24fd9",
    256,
)
