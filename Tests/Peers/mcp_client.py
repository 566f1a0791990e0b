"""A client of the `mcp` package, 1.x or 2.x: lists and calls the tools of `mcp_client.py URL TOKEN` and prints what it got."""
import asyncio
import json
import sys

url, token = sys.argv[1:3]
headers = {"Authorization": f"Bearer {token}"}


async def use(session):
    tools = (await session.list_tools()).tools
    answers = {}
    for name, arguments in [("add", {"a": 2, "b": 40}), ("add", {"a": "two"}), ("fail", {}), ("picture", {})]:
        result = await session.call_tool(name, arguments)
        is_error = getattr(result, "isError", None) if hasattr(result, "isError") else result.is_error
        structured = getattr(result, "structuredContent", None) if hasattr(result, "structuredContent") else result.structured_content
        content = [part.text if part.type == "text" else part.type for part in result.content]
        answers.setdefault(name, []).append({"error": bool(is_error), "content": content, "structured": structured})
    print(json.dumps({"tools": [tool.name for tool in tools], "answers": answers}), flush=True)


async def old():
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async with streamablehttp_client(url, headers=headers) as (read, write, _):
        async with ClientSession(read, write) as session:
            await session.initialize()
            await use(session)


async def new():
    from mcp import Client
    from mcp.client.streamable_http import create_mcp_http_client, streamable_http_client

    async with create_mcp_http_client(headers=headers) as http:
        async with Client(streamable_http_client(url, http_client=http)) as client:
            await use(client)


try:
    from mcp import Client  # noqa: F401
except ImportError:
    asyncio.run(old())
else:
    asyncio.run(new())
