"""What went wrong with a connection, in words that follow the server's name; nothing that a server sent is in them."""

import ssl
from collections.abc import Iterator
from http.client import HTTPException, IncompleteRead

from urllib3.exceptions import InvalidHeader, ProtocolError, ReadTimeoutError


def words(error: Exception, patience: float) -> str:
    """Say what a server, or the way to it, did wrong."""
    causes = tuple(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"has a certificate that is not trusted here: {cause.verify_message}"
        if isinstance(cause, ssl.SSLError):
            return "speaks no TLS that is understood here"
        if isinstance(cause, (TimeoutError, ReadTimeoutError)):
            return f"gave no answer within {patience:g} seconds"
        if isinstance(cause, IncompleteRead | ConnectionError):
            return "broke off in the middle of its answer"
    if any(isinstance(cause, (HTTPException, InvalidHeader, ProtocolError)) for cause in causes):
        return "does not answer as HTTP has it"
    return f"cannot be asked: {type(error).__name__}"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Give an error and what it was raised for, innermost first; libraries keep it among the arguments, or as the cause."""
    held: tuple[object, ...] = (*error.args, getattr(error, "reason", None), error.__cause__)
    for one in held:
        if isinstance(one, BaseException) and one is not error:
            yield from _causes(one)
    yield error
