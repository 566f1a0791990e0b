"""A server of tools as the Python droid SDK hosts one: prints the configuration it would send with a session."""
import asyncio
import json

from droid_sdk.mcp import create_sdk_mcp_server, start_sdk_server, tool


@tool("greet", "Greets somebody")
async def greet(name: str) -> str:
    return f"Hello, {name}"


async def main():
    config = await start_sdk_server(create_sdk_mcp_server("peer", tools=[greet]))
    headers = [{"name": header.name, "value": header.value} for header in config.headers]
    print(json.dumps({"name": config.name, "url": config.url, "headers": headers}), flush=True)
    await asyncio.sleep(3600)


asyncio.run(main())
