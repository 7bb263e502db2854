"""The web server of `jetscale serve`: textual-serve behind a token.

Its terminal is a WebSocket, and a browser lets any page open one to this machine: without the
token, a page from anywhere could type into the application. Each connection is a process of its
own, the same as on a terminal.
"""

from __future__ import annotations

import secrets
import shlex
import socket
import sys
from typing import TYPE_CHECKING

import click
from aiohttp import web
from textual_serve.server import Server

from jetscale_tui.cli.options import place_flags
from jetscale_tui.errors import JetScaleError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from jetscale_tui.cli.options import Options
    from jetscale_tui.cli.output import Output

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_COOKIE = "jetscale"
_QUERY = "token"


def serve(host: str, port: int, options: Options, output: Output) -> None:
    """Answer browsers until interrupted.

    Raises:
        JetScaleError: the address cannot be listened on.
    """
    listening = _listen(host, port)
    bound = listening.getsockname()[1]
    served = _Guarded(_application(options), host=host, port=bound, title="JetScale")
    shown = f"[{host}]" if ":" in host else host
    click.echo(f"http://{shown}:{bound}/?{_QUERY}={served.token}")
    output.say("Open this address in a browser. Ctrl-C ends it.")
    with listening:
        web.run_app(served.application(), sock=listening, print=None, access_log=None)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise JetScaleError(
            f"{host}:{port} cannot be listened on.",
            why=error.strerror or str(error),
            fix="--port 0 takes a free port.",
        ) from error


def _application(options: Options) -> str:
    """The command of one connection; textual-serve hands it to a shell, so it is quoted."""
    return shlex.join([sys.executable, "-m", "jetscale_tui", "setup", *place_flags(options)])


class _Guarded(Server):
    """Lets in who has the token: once in the address, from then on in a cookie."""

    def __init__(self, command: str, *, host: str, port: int, title: str) -> None:
        super().__init__(command, host=host, port=port, title=title)
        self.token = secrets.token_urlsafe(32)

    async def application(self) -> web.Application:
        """What textual-serve would run, behind the guard."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._guard(request, handler)

        application = await self._make_app()
        application.middlewares.append(guard)
        return application

    async def on_startup(self, app: web.Application) -> None:
        """Nothing more to say: the address was printed."""

    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if self._is(request.query.get(_QUERY)):
            # Away with the token from the address bar and the history.
            answer = web.HTTPSeeOther(request.path)
            answer.set_cookie(_COOKIE, self.token, httponly=True, samesite="Strict")
            return answer
        if not self._is(request.cookies.get(_COOKIE)):
            return web.Response(
                status=403, text="Open the address that jetscale serve printed, with its token.\n"
            )
        # The page's own addresses are those it was asked by, through a tunnel too.
        self.public_url = f"{request.scheme}://{request.host}"
        return await handler(request)

    def _is(self, given: str | None) -> bool:
        return given is not None and secrets.compare_digest(given.encode(), self.token.encode())
