"""A server of the `mcp` package, 1.x or 2.x: `mcp_server.py stdio`, or `mcp_server.py http` (prints its address)."""
import socket
import sys

try:
    from mcp.server.mcpserver import Image, MCPServer as Server  # 2.x
except ImportError:
    from mcp.server.fastmcp import FastMCP as Server, Image
from mcp.types import ToolAnnotations

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


def listen():
    import uvicorn

    app = server.streamable_http_app()
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(16)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/mcp", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])


if sys.argv[1] == "stdio":
    server.run()
else:
    listen()
