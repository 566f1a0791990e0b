"""A server of the `mcp` package, 1.x or 2.x: `mcp_server.py stdio`, or `mcp_server.py http` and `sse` (print their address)."""
import os
import socket
import sys

import anyio

try:
    from mcp.server.mcpserver import Context, Image, MCPServer as Server  # 2.x
except ImportError:
    from mcp.server.fastmcp import Context, FastMCP as Server, Image
from mcp.types import ToolAnnotations
from pydantic import BaseModel

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63fccfc0500f0004850180"
    "84a98c210000000049454e44ae426082"
)

server = Server("peer")


@server.tool(annotations=ToolAnnotations(readOnlyHint=True))
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool()
def fail(reason: str) -> str:
    """Fails."""
    raise ValueError(reason)


@server.tool()
def picture() -> Image:
    """Gives an image."""
    return Image(data=PNG, format="png")


class Guest(BaseModel):
    name: str
    age: int


@server.tool()
async def count(to: int, ctx: Context) -> str:
    """Counts and says so."""
    for number in range(1, to + 1):
        await ctx.report_progress(number, to, f"at {number}")
    return "counted"


@server.tool()
async def linger(folder: str) -> str:
    """Goes on until it is cancelled, and leaves word of both in a folder."""
    open(os.path.join(folder, "started"), "w").close()
    try:
        await anyio.sleep(3600)
    except anyio.get_cancelled_exc_class():
        open(os.path.join(folder, "cancelled"), "w").close()
        raise
    return "nobody cancelled it"


@server.tool()
async def ask(ctx: Context) -> str:
    """Asks who is there."""
    answer = await ctx.elicit(message="Who is there?", schema=Guest)
    return f"{answer.data.name} is {answer.data.age}" if answer.action == "accept" else answer.action


@server.resource("peer://motto")
def motto() -> str:
    """A motto."""
    return "festina lente"


@server.resource("peer://picture", mime_type="image/png")
def still() -> bytes:
    """The image as a resource."""
    return PNG


@server.resource("peer://notes/{number}")
def note(number: str) -> str:
    """A note of any number."""
    return f"note {number}"


@server.prompt()
def greet(name: str) -> str:
    """Greets."""
    return f"Hello, {name}"


def listen():
    import uvicorn

    app = server.sse_app() if sys.argv[1] == "sse" else server.streamable_http_app()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    path = "sse" if sys.argv[1] == "sse" else "mcp"
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/{path}", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])


if sys.argv[1] == "stdio":
    server.run()
else:
    listen()
