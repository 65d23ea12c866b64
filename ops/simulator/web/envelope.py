"""How v2 speaks when it refuses, and how it reads a body (reference §3, §3.1)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from ops.simulator import errors, jsontext
from ops.simulator.jsontext import Fields, NotJson
from ops.simulator.web import answers

BODY_MAX_BYTES = 1024 * 1024  # 413 above it


class Refused(Exception):
    """A request is answered with an HTTP code and a text, without touching anything."""

    def __init__(self, status: int, text: str) -> None:
        self.status, self.text = status, text
        super().__init__(text)


def envelope(status: int, text: str) -> Response:
    """Give an error: 505 is the envelope's constant, the HTTP code and the text differ."""
    error = {"error": {"code": errors.ENVELOPE, "description": text}}
    return answer(error, status)


def answer(value: object, status: int = 200) -> Response:
    """Give a JSON answer."""
    return answers.json(jsontext.write(value), status)


async def read(request: Request) -> Fields:
    """Give the body's object. Raises: Refused 400, 413."""
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > BODY_MAX_BYTES:
        raise Refused(413, "Слишком большой запрос")
    text = await request.body()
    if len(text) > BODY_MAX_BYTES:
        raise Refused(413, "Слишком большой запрос")
    try:
        body = jsontext.read(text)
    except NotJson as problem:
        raise Refused(400, f"Ошибка разбора JSON: {problem}") from problem
    if not isinstance(body, dict):
        raise Refused(400, "Ошибка разбора JSON: не объект")
    return body


async def read_if_any(request: Request) -> Fields:
    """Give the body's object, an empty one for no body. Raises: Refused 400, 413."""
    return await read(request) if (await request.body()).strip() else {}
