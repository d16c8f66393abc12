"""What a bucket holds, as a digest over its listing, asked over the S3 protocol.

`etags` tells contents apart, whatever wrote them; `listing` is what the fill can see of the same objects, so that it can say
whether they are still those; `at` is when they were listed, for buckets that keep old versions.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from urllib.parse import urlsplit
from xml.parsers import expat

from minio import Minio
from minio.datatypes import Object
from minio.error import S3Error

from adapters.outgoing.bounds import NoAnswer, ServerFault
from adapters.outgoing.door import Door
from adapters.outgoing.gate import InnerAddress
from domain.errors import Refused
from domain.ports import Clock
from domain.spec import Bucket

MOST = 200_000
"""Objects that are listed at submission; of a larger bucket the fill itself finds out what it holds."""
_MISSING = {"NoSuchBucket"}
_LOGIN = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidAccessKey", "Forbidden", "XAdminUserNotFound"}
_DEEPEST, _MOST_ELEMENTS = 16, 100_000
_LONGEST_NAME = 1024
_CODE = re.compile(r"[A-Za-z0-9.]{1,64}")
_REGION = re.compile(r"[a-z0-9-]{1,64}")
_TAG = re.compile(r"[\x21-\x7e]{0,256}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    tag: str
    size: int | None
    changed: datetime | None


def listing_of(source: Bucket, keys: tuple[str, str], http: Door, clock: Clock) -> str:
    """Give what identifies the content. Raises Refused (no such bucket, the keys are wrong), NoAnswer."""
    try:
        return _listing_of(source, keys, http, clock)
    except (NoAnswer, InnerAddress, MemoryError):
        raise
    except S3Error as error:
        raise _refusal(source, error) from error
    except Exception as error:  # every answer is in memory by now: what is left is a parser that stumbles over it, however
        raise NoAnswer(f"{_place(source)} does not answer as an object store does") from error


def judge_listing(kind: str, body: bytes) -> None:
    """Look at what is about to be parsed. Raises Fault: a document type (and so entities), too deep, or too much."""
    del kind
    reader, depth, count = expat.ParserCreate("utf-8"), 0, 0

    def begin(_name: str, _attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth, count = depth + 1, count + 1
        if depth > _DEEPEST or count > _MOST_ELEMENTS:
            raise ServerFault("answers in XML that is deeper or longer than any listing of objects")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def declared(*_: object) -> None:
        raise ServerFault("answers in XML with a document type, which no object store has")

    reader.StartElementHandler, reader.EndElementHandler, reader.StartDoctypeDeclHandler = begin, end, declared
    try:
        reader.Parse(body, True)  # noqa: FBT003 (the library's own)
    except expat.ExpatError:
        return  # no XML: who parses it says so


def _listing_of(source: Bucket, keys: tuple[str, str], http: Door, clock: Clock) -> str:
    bucket, _, prefix = source.url.removeprefix("s3://").partition("/")
    prefix = prefix.strip("/")
    store = _store(source, keys, http, source.region or "us-east-1")
    at = clock()
    try:
        found = list(islice(_entries(store, bucket, prefix, at), MOST + 1))
    except S3Error as elsewhere:  # asked in another region than its own, a bucket names that
        store = _store(source, keys, http, _its_region(elsewhere))
        found = list(islice(_entries(store, bucket, prefix, at), MOST + 1))
    if len(found) > MOST:
        raise NoAnswer(f"{source.url} holds more than {MOST} objects, too many to be listed here")
    # The next whole second: some stores tell parts of one, and what is newer than the moment is left out.
    newest = max([at, *(one.changed for one in found if one.changed)]) + timedelta(microseconds=999_999)
    moment = f";at:{_stamp(newest)}" if _keeps_versions(store, bucket) else ""
    etags = (f"{one.name};{one.tag};{one.size}" for one in found)
    # As `rclone lsf --format pst --use-server-modtime` writes it.
    lines = (f"{one.name};{one.size};{_stamp(one.changed, ' ')}" for one in found)
    return f"etags:{_digest(etags)};listing:{_digest(lines)}{moment}"


def _its_region(error: S3Error) -> str:
    region = error.response.headers.get("x-amz-bucket-region", "")
    if not _REGION.fullmatch(region) or error.code in _MISSING | _LOGIN:
        raise error
    return region


def _store(source: Bucket, keys: tuple[str, str], http: Door, region: str) -> Minio:
    address = urlsplit(source.endpoint or "https://s3.amazonaws.com")
    access, secret = keys
    return Minio(
        address.netloc,
        access_key=access or None,
        secret_key=secret or None,
        secure=address.scheme == "https",
        region=region,
        http_client=http,
    )


def _entries(store: Minio, bucket: str, prefix: str, at: datetime) -> Iterator[_Entry]:
    for one in store.list_objects(bucket, prefix=prefix or None, recursive=True):
        name = str(one.object_name)
        if not name.endswith("/") and (not prefix or name == prefix or name.startswith(f"{prefix}/")):
            yield _entry(one, name, prefix, at)


def _entry(one: Object, name: str, prefix: str, at: datetime) -> _Entry:
    """Take over what a store says of an object. Raises ValueError: no object can be so, or its name would blur the listing."""
    if len(name) > _LONGEST_NAME or _CONTROL.search(name) or not _TAG.fullmatch(one.etag or ""):
        raise ValueError(name[:80])
    if one.size is not None and not 0 <= one.size < 2**63:
        raise ValueError(one.size)
    if one.last_modified and not 1970 <= one.last_modified.year <= at.year + 1:
        raise ValueError(one.last_modified)
    relative = name.rpartition("/")[2] if name == prefix else name.removeprefix(f"{prefix}/") if prefix else name
    return _Entry(relative, str(one.etag), one.size, one.last_modified)


def _stamp(when: datetime | None, between: str = "T") -> str:
    plain = when.astimezone(UTC).strftime(f"%Y-%m-%d{between}%H:%M:%S") if when else ""
    return plain + "Z" if between == "T" else plain


def _keeps_versions(store: Minio, bucket: str) -> bool:
    try:
        return str(store.get_bucket_versioning(bucket).status) == "Enabled"
    except (NoAnswer, InnerAddress, MemoryError):
        raise
    except Exception:  # noqa: BLE001 (who may only list is not told, or not in words that are understood)
        return False  # its objects are taken as they are


def _digest(lines: Iterable[str]) -> str:
    whole = hashlib.sha256()
    for line in sorted(lines, key=str.encode):
        whole.update(f"{line}\n".encode())
    return whole.hexdigest()


def _refusal(source: Bucket, error: S3Error) -> Refused | NoAnswer:
    whose, status = f"(integration {source.name!r})", error.response.status
    code = error.code if _CODE.fullmatch(error.code or "") else f"status {status}"
    if error.code in _MISSING:
        return Refused("source-missing", f"there is no bucket {source.url} {whose}", "check `url`, `endpoint` and `region`")
    if error.code in _LOGIN or status in {401, 403}:
        hint = "check `accessKeyId`, set the secret behind `secretAccessKey` anew, or let the key list the bucket"
        return Refused("source-login", f"the keys do not open the bucket {source.url}: {code} {whose}", hint)
    return NoAnswer(f"{_place(source)} answers with {code}")


def _place(source: Bucket) -> str:
    return source.endpoint or source.url
