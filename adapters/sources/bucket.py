"""What a bucket holds, as a digest over its listing, asked over the S3 protocol.

`etags` tells contents apart, whatever wrote them; `listing` is what the fill can see of the same objects, so that it can say
whether they are still those; `at` is when they were listed, for buckets that keep old versions.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from urllib.parse import urlsplit
from xml.etree.ElementTree import ParseError

import urllib3
from minio import Minio
from minio.datatypes import Object
from minio.error import MinioException, S3Error

from adapters.sources.silence import Mute
from domain.errors import Refused
from domain.ports import Clock
from domain.spec import Bucket

MOST = 200_000
"""Objects that are listed at submission; of a larger bucket the fill itself finds out what it holds."""
_MISSING = {"NoSuchBucket"}
_LOGIN = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidAccessKey", "Forbidden", "XAdminUserNotFound"}


def listing_of(source: Bucket, keys: tuple[str, str], http: urllib3.PoolManager, clock: Clock) -> str:
    """Give what identifies the content. Raises Refused (no such bucket, the keys are wrong), Mute (it gave no answer)."""
    bucket, _, prefix = source.url.removeprefix("s3://").partition("/")
    store = _store(source, keys, http, source.region or "us-east-1")
    try:
        at = clock()
        try:
            found = list(islice(_objects(store, bucket, prefix.strip("/")), MOST + 1))
        except S3Error as elsewhere:  # asked in another region than its own, a bucket names that
            store = _store(source, keys, http, _its_region(elsewhere))
            found = list(islice(_objects(store, bucket, prefix.strip("/")), MOST + 1))
        if len(found) > MOST:
            raise Mute(f"{source.url} holds more than {MOST} objects")
        # The next whole second: some stores tell parts of one, and what is newer than the moment is left out.
        newest = max([at, *_times(found)]) + timedelta(microseconds=999_999)
        moment = f";at:{_stamp(newest)}" if _keeps_versions(store, bucket) else ""
    except S3Error as error:
        raise _refusal(source, error) from error
    except (MinioException, ParseError, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise Mute(f"{source.url}: {error}") from error
    etags = (f"{name};{one.etag};{one.size}" for name, one in _relative(found, prefix.strip("/")))
    # As `rclone lsf --format pst --use-server-modtime` writes it.
    lines = (f"{name};{one.size};{_stamp(one.last_modified, ' ')}" for name, one in _relative(found, prefix.strip("/")))
    return f"etags:{_digest(etags)};listing:{_digest(lines)}{moment}"


def _its_region(error: S3Error) -> str:
    region = error.response.headers.get("x-amz-bucket-region", "")
    if not region or error.code in _MISSING | _LOGIN:
        raise error
    return region


def _store(source: Bucket, keys: tuple[str, str], http: urllib3.PoolManager, region: str) -> Minio:
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


def _objects(store: Minio, bucket: str, prefix: str) -> Iterable[Object]:
    for one in store.list_objects(bucket, prefix=prefix or None, recursive=True):
        name = str(one.object_name)
        if not name.endswith("/") and (not prefix or name == prefix or name.startswith(f"{prefix}/")):
            yield one


def _relative(found: Iterable[Object], prefix: str) -> Iterable[tuple[str, Object]]:
    for one in found:
        name = str(one.object_name)
        yield (name.rpartition("/")[2] if name == prefix else name.removeprefix(f"{prefix}/") if prefix else name), one


def _times(found: Iterable[Object]) -> list[datetime]:
    return [one.last_modified for one in found if one.last_modified]


def _stamp(when: datetime | None, between: str = "T") -> str:
    plain = when.astimezone(UTC).strftime(f"%Y-%m-%d{between}%H:%M:%S") if when else ""
    return plain + "Z" if between == "T" else plain


def _keeps_versions(store: Minio, bucket: str) -> bool:
    try:
        return str(store.get_bucket_versioning(bucket).status) == "Enabled"
    except (MinioException, ParseError, ValueError):
        return False  # who may only list is not told: its objects are taken as they are


def _digest(lines: Iterable[str]) -> str:
    whole = "".join(f"{line}\n" for line in sorted(lines, key=str.encode))
    return hashlib.sha256(whole.encode()).hexdigest()


def _refusal(source: Bucket, error: S3Error) -> Refused | Mute:
    whose = f"(integration {source.name!r})"
    if error.code in _MISSING:
        return Refused("source-missing", f"there is no bucket {source.url} {whose}", "check `url`, `endpoint` and `region`")
    if error.code in _LOGIN or error.response.status in {401, 403}:
        hint = "check `accessKeyId`, set the secret behind `secretAccessKey` anew, or let the key list the bucket"
        return Refused("source-login", f"the keys do not open the bucket {source.url}: {error.code} {whose}", hint)
    return Mute(f"{source.url}: {error.code}")
