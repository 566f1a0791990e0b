"""Lets the SDK, which speaks to a process, speak to a daemon over one WebSocket: the other method prefix, the session in front, the token
behind, authentication first. Nothing else is changed."""

import json
import uuid

import websockets

ENVELOPE = {"jsonrpc": "2.0", "factoryApiVersion": "1.0.0", "factoryProtocolVersion": "1.221.0"}
# Methods that carry their own session, or none.
SESSIONLESS = {"initialize_session", "load_session", "list_models", "list_available_sessions", "search_sessions"}


class SocketTransport:
    def __init__(self, url, key):
        self.url = url
        self.key = key
        self.session = None
        self.socket = None
        self.pending = {}

    @property
    def is_connected(self):
        return self.socket is not None

    async def connect(self):
        self.socket = await websockets.connect(self.url, max_size=64 << 20, ping_interval=None)
        params = {"apiKey": self.key, "caller": "droid-sdk"}
        request = {**ENVELOPE, "type": "request", "id": str(uuid.uuid4()), "method": "daemon.authenticate", "params": params}
        await self.socket.send(json.dumps(request))
        answer = json.loads(await self.socket.recv())
        while answer.get("id") != request["id"]:
            answer = json.loads(await self.socket.recv())
        if "error" in answer:
            raise ConnectionError(f"Daemon authentication failed: {answer['error']['message']}")

    async def send(self, message):
        frame = json.loads(message)
        if frame["type"] == "request":
            name = frame["method"].removeprefix("droid.")
            frame["method"] = "daemon." + name
            params = frame.get("params") or {}
            if name in ("initialize_session", "load_session"):
                self.pending[frame["id"]] = params.get("sessionId")
                params["token"] = self.key
            elif name not in SESSIONLESS:
                params.setdefault("sessionId", self.session)
            frame["params"] = params
        await self.socket.send(json.dumps(frame))

    async def read_messages(self):
        try:
            async for text in self.socket:
                frame = json.loads(text)
                if frame.get("type") == "response" and frame.get("id") in self.pending:
                    wanted = self.pending.pop(frame["id"])
                    if "result" in frame:
                        self.session = frame["result"].get("sessionId") or wanted
                if "method" in frame:
                    # One socket, one session, as the SDK has it.
                    if self.session not in (None, frame.get("params", {}).get("sessionId", self.session)):
                        continue
                    frame["method"] = frame["method"].replace("daemon.", "droid.", 1)
                yield frame
        except websockets.ConnectionClosed:
            pass
        if self.socket is not None:
            raise ConnectionError("The socket was closed by the daemon")

    async def close(self):
        socket, self.socket = self.socket, None
        if socket is not None:
            await socket.close()
