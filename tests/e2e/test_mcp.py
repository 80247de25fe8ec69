"""Other programs reach the library by the Model Context Protocol, as its own client speaks it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Script

from .command import KEY, Command

SAMPLE = str(sample_talk())
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}


@pytest.fixture
def notegen(tmp_path: Path) -> Command:
    pytest.importorskip("mcp")  # here: half a second of imports for whoever collects this file
    return Command(tmp_path / "home")


@asynccontextmanager
async def session(notegen: Command, log: Path) -> AsyncIterator[Any]:
    import mcp
    from mcp.client.stdio import stdio_client

    server = mcp.StdioServerParameters(
        command=sys.executable, args=["-m", notegen.module, "mcp"], env=notegen.environment
    )
    with log.open("w") as errors:
        async with (
            stdio_client(server, errlog=errors) as (read, write),
            mcp.ClientSession(read, write) as client,
        ):
            await client.initialize()
            yield client


async def told(client: Any, tool: str, **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    text = result.content[0].text
    assert not result.is_error, text
    return result.structured_content if tool != "note" else text


async def refused(client: Any, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return str(result.content[0].text)


async def test_a_client_is_served_in_one_session(notegen: Command, tmp_path: Path) -> None:
    """Each part is a statement of its own; together they start one server."""
    with FakeGemini(Script()) as server:
        notegen = Command(notegen.home, NOTEGEN_GEMINI_URL=server.url, GEMINI_API_KEY=KEY)
        async with session(notegen, tmp_path / "log") as client:
            await what_is_refused_is_said_and_the_server_lives_on(client)
            await a_note_is_written_found_read_and_asked(client)
            await no_more_is_spent_than_the_budget_given(client, server)


async def a_note_is_written_found_read_and_asked(client: Any) -> None:
    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert set(tools) == {"search", "note", "transcript", "ask", "generate"}
    assert "budget_usd" in tools["generate"].input_schema["required"]
    words = await told(client, "transcript", source=SAMPLE, from_s=30, to_s=60)
    assert all(each["end_s"] > 30 and each["start_s"] < 60 for each in words["segments"])
    order = {"source": SAMPLE, "templates": ["study-notes"], "engine": "offline"}
    made = await told(client, "generate", **order, budget_usd=0)
    hits = await told(client, "search", words="forgetting curve")
    (found,) = hits["notes"]
    assert hits["passages"][0]["start_s"] > 0
    assert found["id"] == made["notes"][0]["id"]
    text = await told(client, "note", id=found["id"], level="concise")
    assert text.startswith("# How to remember what you learn")
    answer = await told(
        client, "ask", source=found["id"], question="Why do we forget?", engine="offline"
    )
    assert answer["cites"]


async def what_is_refused_is_said_and_the_server_lives_on(client: Any) -> None:
    assert "There is no note “nope”" in await refused(client, "note", id="nope")
    assert "budget_usd" in await refused(client, "generate", source=SAMPLE, templates=["quiz"])
    unknown = {"source": SAMPLE, "templates": ["no-such"]}
    assert "no template" in (await refused(client, "generate", **unknown, budget_usd=0)).lower()
    assert "names no source" in await refused(client, "transcript", source="-")
    assert await told(client, "search", words="xyzzy") == {"notes": [], "passages": []}


async def no_more_is_spent_than_the_budget_given(client: Any, server: FakeGemini) -> None:
    order = {"source": SAMPLE, "templates": ["quiz"], "engine": "gemini"}
    words = await refused(client, "generate", **order, budget_usd=0.000001)
    assert "Nothing was sent." in words
    assert not server.requests
    made = await told(client, "generate", **order, budget_usd=1)
    assert made["notes"][0]["status"] == "complete"


def test_who_types_it_is_told_what_it_is_and_how_to_end_it(notegen: Command) -> None:
    pty = pytest.importorskip("pty")
    main, terminal = pty.openpty()
    started = subprocess.Popen(
        [sys.executable, "-m", notegen.module, "mcp"],
        env=notegen.environment,
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    os.close(terminal)
    os.write(main, b"\x04")  # Ctrl+D: the end of what is typed
    out, err = started.communicate(timeout=60)
    os.close(main)
    assert out == ""
    assert "This is a server for other programs" in err
    assert "Ctrl+C" in err


def test_standard_output_is_the_protocols_alone(notegen: Command) -> None:
    call = {
        "jsonrpc": "2.0",
        "id": 2,
        "method": "tools/call",
        "params": {"name": "search", "arguments": {"words": "x"}},
    }
    begun = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    with notegen.start("mcp", stdin=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write("".join(json.dumps(each) + "\n" for each in (HELLO, begun, call)))
        process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.stdin.close()
        rest = process.stdout.read()
        assert process.wait(30) == 0
    assert {answer["id"] for answer in answers} == {1, 2}
    assert rest == ""


def test_a_client_that_has_gone_is_no_error(notegen: Command) -> None:
    server = subprocess.Popen(
        [sys.executable, "-m", notegen.module, "mcp"],
        env=notegen.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stdout
    server.stdout.close()
    server.stdout = None
    _, errors = server.communicate(json.dumps(HELLO) + "\n", timeout=60)
    assert (server.returncode, errors) == (0, "")


def test_without_its_package_it_says_how_to_get_it(notegen: Command, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "sitecustomize.py").write_text(
        "import importlib.util as u\nfind = u.find_spec\n"
        "u.find_spec = lambda name, package=None: None if name == 'mcp' else find(name, package)\n"
    )
    notegen.environment["PYTHONPATH"] = str(blocked)
    process = notegen.start("mcp", stdin=subprocess.DEVNULL)
    _, words = process.communicate(timeout=60)
    assert process.returncode == 69
    assert "[mcp]" in words
