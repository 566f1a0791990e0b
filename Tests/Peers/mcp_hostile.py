"""A server that answers with more than anybody should hold, or not at all, as the called tool's name says: `mcp_hostile.py stdio`, or
`mcp_hostile.py http`, which prints its address."""
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GIGABYTE = 1 << 30
PIECE = b"x" * 65_536
TOOLS = ["echo", "line", "values", "silent", "length", "chunked", "event"]
listed = {"tools/list": 0, "resources/list": 0, "resources/templates/list": 0}


def answer(method, params):
    """What a harmless server would say, with lists that never end."""
    if method == "initialize":
        return {
            "protocolVersion": params["protocolVersion"], "capabilities": {"tools": {}, "resources": {}},
            "serverInfo": {"name": "hostile", "version": "1"},
        }
    if method in listed:
        listed[method] += 1
        member = {"tools/list": "tools", "resources/list": "resources"}.get(method, "resourceTemplates")
        long = "d" * 20_000
        members = [{"name": name, "uri": "h://" + name, "description": long, "inputSchema": {"type": "object"}} for name in TOOLS]
        return {member: members, "nextCursor": str(listed[method])}
    if method == "tools/call":
        return {"content": [{"type": "text", "text": "harmless"}]}
    return {}


def whole(identity, result):
    return json.dumps({"jsonrpc": "2.0", "id": identity, "result": result}).encode()


def values(identity):
    """Few bytes, many values."""
    start = b'{"jsonrpc":"2.0","id":%d,"result":{"content":[],"structuredContent":[' % identity
    return start + b'{"a":0},' * 1_900_000 + b"0]}}"


def stdio():
    out = sys.stdout.buffer
    for line in sys.stdin:
        message = json.loads(line)
        identity, name = message.get("id"), (message.get("params") or {}).get("name")
        if identity is None or name == "silent":
            continue
        if name == "line":
            out.write(b'{"jsonrpc":"2.0","id":%d,"result":{"content":[{"type":"text","text":"' % identity)
            for _ in range(GIGABYTE // len(PIECE)):
                out.write(PIECE)
            out.write(b'"}]}}')
        elif name == "values":
            out.write(values(identity))
        else:
            out.write(whole(identity, answer(message["method"], message.get("params"))))
        out.write(b"\n")
        out.flush()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.send_response(405)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_DELETE = do_GET

    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        identity, name = message.get("id"), (message.get("params") or {}).get("name")
        if identity is None:
            self.send_response(202)
            self.send_header("Content-Length", "0")
            return self.end_headers()
        if name == "silent":
            return threading.Event().wait()
        if name in ("length", "chunked", "event"):
            return self.flood(name)
        body = values(identity) if name == "values" else whole(identity, answer(message["method"], message.get("params")))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def flood(self, name):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream" if name == "event" else "application/json")
        is_chunked = name != "length"
        self.send_header(*(("Transfer-Encoding", "chunked") if is_chunked else ("Content-Length", str(GIGABYTE))))
        self.end_headers()
        piece = b"%x\r\n%s\r\n" % (len(PIECE), PIECE) if is_chunked else PIECE
        try:
            if name == "event":
                self.wfile.write(b"6\r\ndata: \r\n")
            for _ in range(GIGABYTE // len(PIECE)):
                self.wfile.write(piece)
        except OSError:
            self.close_connection = True


if sys.argv[1] == "stdio":
    stdio()
else:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(f"http://127.0.0.1:{server.server_address[1]}/mcp", flush=True)
    server.serve_forever()
