"""An MCP server with its own authorization server, both small and strict: prints its port. A person who opens the place to sign in agrees at once."""
import base64
import hashlib
import json
import secrets
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

codes, accesses = {}, set()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    @property
    def origin(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, status, value=None, headers=()):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        for name, text in headers:
            self.send_header(name, text)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        place = urllib.parse.urlsplit(self.path)
        if place.path == "/.well-known/oauth-protected-resource/mcp":
            self.answer(200, {"resource": self.origin + "/mcp", "authorization_servers": [self.origin]})
        elif place.path == "/.well-known/oauth-authorization-server":
            self.answer(200, {
                "issuer": self.origin, "authorization_endpoint": self.origin + "/authorize", "token_endpoint": self.origin + "/token",
                "registration_endpoint": self.origin + "/register", "code_challenge_methods_supported": ["S256"],
            })
        elif place.path == "/authorize":
            asked = dict(urllib.parse.parse_qsl(place.query))
            code = secrets.token_urlsafe()
            codes[code] = asked
            query = urllib.parse.urlencode({"code": code, "state": asked["state"], "iss": self.origin})
            self.answer(302, headers=[("Location", asked["redirect_uri"] + "?" + query)])
        else:
            self.answer(405 if place.path == "/mcp" else 404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/register":
            self.answer(201, {"client_id": "registered", "redirect_uris": json.loads(body)["redirect_uris"]})
        elif self.path == "/token":
            self.token(dict(urllib.parse.parse_qsl(body.decode())))
        elif self.path == "/mcp":
            self.serve(json.loads(body))
        else:
            self.answer(404)

    def token(self, form):
        asked = codes.pop(form.get("code"), None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        if not asked or asked["code_challenge"] != challenge or form.get("redirect_uri") != asked["redirect_uri"] \
                or form.get("resource") != self.origin + "/mcp":
            return self.answer(400, {"error": "invalid_grant"})
        access = "canary-" + secrets.token_urlsafe()
        accesses.add(access)
        self.answer(200, {"access_token": access, "token_type": "Bearer", "expires_in": 3600})

    def serve(self, message):
        if self.headers.get("Authorization", "").removeprefix("Bearer ") not in accesses:
            place = self.origin + "/.well-known/oauth-protected-resource/mcp"
            return self.answer(401, headers=[("WWW-Authenticate", f'Bearer resource_metadata="{place}"')])
        if "id" not in message:
            return self.answer(202)

        def result(value):
            self.answer(200, {"jsonrpc": "2.0", "id": message["id"], "result": value})

        if message["method"] == "initialize":
            result({"protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {}}, "serverInfo": {"name": "s", "version": "1"}})
        elif message["method"] == "tools/list":
            result({"tools": [{"name": "whoami", "inputSchema": {"type": "object"}, "annotations": {"readOnlyHint": True}}]})
        else:
            # A server that says its own token: nobody else may see it.
            result({"content": [{"type": "text", "text": "you are " + self.headers["Authorization"]}]})


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
