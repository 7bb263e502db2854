"""`jetscale serve`: a browser that was given the token gets the application, and nobody else."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import aiohttp
import pytest

from jetscale_tui.errors import ExitCode
from tests.waiting import PATIENCE, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jetscale_tui.sandbox.environment import Sandbox
    from tests.cli.conftest import Shell

WITHOUT_IT = (
    "import sys; sys.modules['textual_serve'] = None; "
    "from jetscale_tui.cli import run; sys.exit(run(['serve']))"
)
_ESCAPES = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def address(quick: Sandbox, home: Path) -> Iterator[str]:
    """Where the server answers, with its token."""
    variables = {"KUBECONFIG": str(quick.kubeconfig), "JETSCALE_HOME": str(home)}
    process = subprocess.Popen(
        [sys.executable, "-m", "jetscale_tui", "serve", "--port", "0"],
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
        process.send_signal(signal.SIGINT)
        eventually(lambda: process.poll() is not None)
        assert process.returncode == ExitCode.DONE
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


async def seen_in(socket: aiohttp.ClientWebSocketResponse, text: bytes) -> bool:
    """Whether the application draws some text before it ends."""
    drawn = b""
    async for message in socket:
        if message.type is aiohttp.WSMsgType.BINARY:
            drawn += message.data
        if text in _ESCAPES.sub(b"", drawn):
            return True
    return False


async def test_the_printed_address_opens_the_wizard(address: str) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        async with browser.get(address) as page:
            assert page.status == 200
            assert "token" not in str(page.url)
            assert "JetScale" in await page.text()
        start = address.partition("?")[0]
        async with browser.ws_connect(f"{start}ws?width=80&height=24") as terminal:
            async with asyncio.timeout(PATIENCE):
                assert await seen_in(terminal, b"Set up autoscaling")


async def test_nobody_gets_in_without_the_token(address: str) -> None:
    start = address.partition("?")[0]
    async with aiohttp.ClientSession() as page_from_elsewhere:
        for path in ("", "?token=guessed", "ws", "static/js/textual.js", "download/x"):
            async with page_from_elsewhere.get(start + path) as answer:
                assert answer.status == 403, path
                assert "Set-Cookie" not in answer.headers
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await page_from_elsewhere.ws_connect(f"{start}ws", headers={"Origin": start})


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "my-machine"])
def test_an_address_others_reach_is_refused_unless_that_is_said(shell: Shell, host: str) -> None:
    result = shell.run("serve", "--host", host)
    assert result.code == ExitCode.USAGE
    assert f"{host} can be reached from other machines." in result.err
    assert "ssh -L" in result.err
    assert "--allow-remote" in result.err


def test_with_allow_remote_there_is_a_warning(shell: Shell) -> None:
    # Reserved for documentation, so no machine has it and nothing is opened.
    result = shell.run("serve", "--host", "192.0.2.1", "--allow-remote")
    assert result.err.startswith("! 192.0.2.1 can be reached from other machines.")
    assert "192.0.2.1:8000 cannot be listened on." in result.err
    assert result.code == ExitCode.FAILED


def test_without_its_optional_part_the_command_that_installs_it_is_said() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_IT], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == ExitCode.USAGE
    assert "✗ A browser needs textual-serve, which is not installed." in done.stderr
    assert "pip install 'jetscale[serve]'" in done.stderr
    assert "Traceback" not in done.stderr
