"""The MCP server: which functions are its tools, and what comes of calling one."""

import importlib.util
import json

import pytest

from studio.endpoints.mcp_package import require_mcp
from tests.labelers import NAME
from tests.studio.coroutines import run


@pytest.fixture
def ask(address):
    """Do something with a client of the server."""
    pytest.importorskip("mcp", reason="--mcp is an extra")
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    def ask(work, **options):
        async def asking():
            place = f"{address}/gradio_api/mcp/"
            async with (
                streamablehttp_client(place, **options) as (reading, writing, _),
                ClientSession(reading, writing) as session,
            ):
                await session.initialize()
                return await work(session)

        return run(asking())

    return ask


def test_only_what_reads_is_a_tool(ask, offered):
    listed = ask(lambda session: session.list_tools()).tools
    names = {name.removeprefix("/") for name in offered["named_endpoints"]}
    assert {tool.name for tool in listed} == names - {"label", "train", "stop_run"}
    for tool in listed:
        assert len(tool.description) > 25
        described = tool.inputSchema["properties"].values()
        assert all(argument.get("description") for argument in described), tool.name


def test_a_tool_answers_with_json_and_pictures(ask):
    arguments = {"checkpoint": NAME, "codes": [[0, 0], [1, 1]]}
    told, *pictures = ask(lambda session: session.call_tool("decode", arguments)).content
    assert json.loads(told.text)["pictures"] == ["picture 1", "picture 2"]
    assert [picture.mimeType for picture in pictures] == ["image/png"] * 2


def test_a_tool_refuses_in_a_sentence(ask):
    answer = ask(lambda session: session.call_tool("decode", {"checkpoint": NAME, "codes": [[0]]}))
    assert answer.isError
    assert answer.content[0].text == (f"A code of '{NAME}' is 2 numbers, and one of these has 1.")


@pytest.mark.parametrize("name", ["train", "label", "stop_run", "arrive"])
def test_nothing_can_be_changed(ask, name):
    answer = ask(lambda session: session.call_tool(name, {"recipe": "iris"}))
    assert answer.isError
    assert "Unknown tool" in answer.content[0].text


def test_other_sites_are_turned_away(ask):
    with pytest.raises(BaseExceptionGroup) as refused:
        ask(lambda session: session.list_tools(), headers={"Origin": "http://example.org"})
    assert refused.group_contains(Exception)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ValueError, match=r"pip install -e '\.\[mcp\]'"):
        require_mcp()
