"""What a handler gives back, and how it becomes HTTP."""

import gzip
from dataclasses import dataclass
from typing import Any

from tensorboard import errors
from tensorboard.backend import http_util
from werkzeug import wrappers

from tb_convergence.report.numbers import Json, encoded

BINARY = "application/octet-stream"
METHODS = ("GET", "HEAD")
GZIP_FROM = 1024  # bytes; less is not worth a pass
GZIP_LEVEL = 1  # 4 ms for 200 kB; higher levels gain little on numbers
GZIP_WORTH = 0.9  # of the size; noise does not compress, and is then sent as it is
FOREVER = 365 * 24 * 3600  # seconds a browser may keep a file whose name carries its hash


@dataclass(frozen=True, slots=True)
class Answer:
    """A body and how to send it.

    Attributes:
      body: text or bytes.
      content_type: media type.
      filename: for a download; ``None``: shown.
      expires: seconds for which a browser may keep it.
    """

    body: str | bytes
    content_type: str
    filename: str | None = None
    expires: int = 0


class MethodNotAllowedError(errors.PublicError):
    """Nothing here changes state, so there is nothing to POST."""

    http_code = 405

    def __init__(self, method: str) -> None:
        super().__init__(f"Method not allowed: {method}; expected {' or '.join(METHODS)}")
        self.headers.append(("Allow", ", ".join(METHODS)))


def as_json(document: Json) -> Answer:
    """JSON that was made plain already."""
    return Answer(encoded(document), "application/json")


def check_method(request: wrappers.Request) -> None:
    """TensorBoard passes every method on.

    Raises:
      MethodNotAllowedError: neither GET nor HEAD.
    """
    if request.method not in METHODS:
        raise MethodNotAllowedError(request.method)


def respond(request: wrappers.Request, answer: Answer) -> Any:
    """The answer as a response; TensorBoard itself compresses text, and undoes gzip for clients without it."""
    body, encoding = _compressed(answer)
    disposition = [("Content-Disposition", f'attachment; filename="{answer.filename}"')] if answer.filename else []
    return http_util.Respond(
        request, body, answer.content_type, expires=answer.expires, content_encoding=encoding, headers=disposition
    )


def _compressed(answer: Answer) -> tuple[str | bytes, str | None]:
    if not isinstance(answer.body, bytes) or answer.content_type != BINARY or len(answer.body) < GZIP_FROM:
        return answer.body, None
    smaller = gzip.compress(answer.body, GZIP_LEVEL, mtime=0)
    return (smaller, "gzip") if len(smaller) < GZIP_WORTH * len(answer.body) else (answer.body, None)
