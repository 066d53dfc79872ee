"""How named errors are told to each of the old clients."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from serve_app.errors import ServiceError, body_of, name_of, status_of
from serve_app.routes.parts import counted

Handler = Callable[[Request], Awaitable[Response]]


class Told(APIRoute):
    """A route whose named errors are answered in its client's own words; here in the service's."""

    @staticmethod
    def answer(error: ServiceError) -> Response:
        """What the client reads of an error."""
        return JSONResponse({"error": body_of(error)}, status_of(name_of(error)))

    def get_route_handler(self) -> Handler:  # type: ignore[override]
        """FastAPI asks for what answers a request."""
        handle, answer = super().get_route_handler(), self.answer

        async def told(request: Request) -> Response:
            try:
                return await handle(request)
            except ServiceError as error:
                return answer(error)

        return told


class MiniProgram(Told):
    """The client reads a code of its own, and HTTP is always 200."""

    @staticmethod
    def answer(error: ServiceError) -> Response:
        return JSONResponse({"code": 500, "msg": error.message, "data": {"error": line_of(error)}})


class JsonServer(Told):
    """The client reads `status` and `output_image`, whatever happens."""

    @staticmethod
    def answer(error: ServiceError) -> Response:
        return failure(error, "")


class Page(Told):
    """The client is a browser, which is told why there is no page."""

    @staticmethod
    def answer(error: ServiceError) -> Response:
        status = status_of(name_of(error))
        return JSONResponse(
            {"detail": line_of(error)}, status if status in (401, 403, 429) else 400
        )


def failure(error: ServiceError, output: str) -> Response:
    """`output` is a picture to show all the same, in base64."""
    return JSONResponse({"status": "failure", "output_image": output, "error": body_of(error)})


def line_of(error: ServiceError) -> str:
    """Name, message and hint."""
    return f"{name_of(error)}: {error.message} {error.hint}".strip()


def router(told: type[Told], prefix: str = "") -> APIRouter:
    """Routes whose errors are told so."""
    return APIRouter(
        prefix=prefix,
        route_class=told,
        dependencies=[Depends(counted)],
        include_in_schema=False,
    )
