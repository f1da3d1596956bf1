"""Bytes → HTTP."""

import gzip

import numpy as np
import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from tb_convergence.serve.answers import BINARY, GZIP_FROM, Answer, as_json, respond

REPETITIVE = bytes(100_000)
NOISE = np.random.default_rng(0).bytes(100_000)


def response(answer: Answer, accept: str = "gzip") -> Response:
    """What is sent to a client that accepts this encoding."""
    request = Request(EnvironBuilder(headers=[("Accept-Encoding", accept)]).get_environ())
    found: Response = respond(request, answer)
    return found


def test_a_tile_is_sent_smaller_and_comes_back_whole() -> None:
    """Heatmaps repeat themselves."""
    sent = response(Answer(REPETITIVE, BINARY))
    assert sent.headers["Content-Encoding"] == "gzip"
    assert int(sent.headers["Content-Length"]) < 2000
    assert gzip.decompress(sent.data) == REPETITIVE


def test_a_client_without_gzip_gets_it_plain() -> None:
    """Some scripts ask without any header."""
    sent = response(Answer(REPETITIVE, BINARY), accept="identity")
    assert "Content-Encoding" not in sent.headers
    assert b"".join(sent.response) == REPETITIVE  # type: ignore[arg-type]


@pytest.mark.parametrize("body", [NOISE, REPETITIVE[: GZIP_FROM - 1], b""])
def test_what_does_not_get_smaller_is_sent_as_it_is(body: bytes) -> None:
    """Noise does not compress, and little is not worth it."""
    sent = response(Answer(body, BINARY))
    assert "Content-Encoding" not in sent.headers
    assert sent.data == body


def test_nothing_is_kept_unless_its_name_says_what_it_holds() -> None:
    """A training goes on while the tab is open."""
    assert "no-cache" in response(as_json({})).headers["Cache-Control"]
    assert "max-age=60" in response(Answer("", "text/css", expires=60)).headers["Cache-Control"]


def test_every_answer_forbids_guessing_its_type() -> None:
    """An export holds names that a user chose."""
    sent = response(Answer("<script>", "text/csv", filename="x.csv"))
    assert sent.headers["X-Content-Type-Options"] == "nosniff"
    assert sent.headers["Content-Disposition"].startswith("attachment")


def test_a_forgotten_nan_is_an_error_here_and_not_in_the_browser() -> None:
    """JSON has no NaN."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_json({"x": float("nan")})
