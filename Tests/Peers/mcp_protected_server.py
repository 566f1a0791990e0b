"""A server of the `mcp` package, 1.x or 2.x, that wants tokens of the authorization server whose address is its argument; prints its own."""
import json
import socket
import sys
import urllib.parse
import urllib.request

try:
    from mcp.server.mcpserver import MCPServer as Server  # 2.x
except ImportError:
    Server = None
    from mcp.server.fastmcp import FastMCP
import anyio
import uvicorn
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken, TokenVerifier
from mcp.server.auth.settings import AuthSettings

issuer = sys.argv[1]


class Verifier(TokenVerifier):
    """Asks the authorization server (RFC 7662), every time: what was revoked is refused at once."""

    async def verify_token(self, token):
        def ask():
            body = urllib.parse.urlencode({"token": token}).encode()
            with urllib.request.urlopen(issuer + "/introspect", body) as answer:
                return json.load(answer)

        told = await anyio.to_thread.run_sync(ask)
        if not told["active"]:
            return None
        return AccessToken(token=token, client_id=told["client_id"], scopes=told["scope"].split(), resource=told["aud"])


listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(16)
address = f"http://127.0.0.1:{listener.getsockname()[1]}/mcp"
settings = AuthSettings(
    issuer_url=issuer, resource_server_url=address, required_scopes=["tools"], validate_token_resource=True,
)
words = dict(token_verifier=Verifier(), auth=settings)
server = Server("protected", **words) if Server else FastMCP("protected", **words)


@server.tool()
def whoami() -> str:
    """Says who calls."""
    return get_access_token().client_id


print(address, flush=True)
uvicorn.Server(uvicorn.Config(server.streamable_http_app(), log_level="error")).run(sockets=[listener])
