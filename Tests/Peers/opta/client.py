"""A client of the Opta protocol (v3), written from its specification: HTTP/1.1 with JSON bodies, and a WebSocket for each session."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import urllib.parse

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

SNAPSHOT = {"sessionId": str, "model": str, "createdAt": str, "updatedAt": str, "queuedTurns": int, "toolCallCount": int, "writerCount": int}
OF_TURN = {"turnId": str, "writerId": str, "clientId": str}
STATS = {"tokens": int, "promptTokens": int, "completionTokens": int, "toolCalls": int, "elapsed": (int, float), "speed": (int, float)}
# What every payload has, by the event's name.
PAYLOADS = {
    "session.snapshot": {"snapshot": dict, "messages": list},
    "turn.queued": {**OF_TURN, "queueSize": int},
    "turn.start": {**OF_TURN, "mode": str},
    "turn.thinking": {"turnId": str, "text": str},
    "turn.token": {"turnId": str, "text": str},
    "permission.request": {"turnId": str, "requestId": str, "toolName": str, "args": dict},
    "permission.resolved": {"turnId": str, "requestId": str, "decision": str},
    "tool.start": {"turnId": str, "name": str, "id": str, "args": str},
    "tool.end": {"turnId": str, "name": str, "id": str, "result": str},
    "turn.progress": {"turnId": str, "phase": str},
    "turn.done": {**OF_TURN, "stats": dict},
    "turn.error": {**OF_TURN, "message": str},
    "session.updated": {"snapshot": dict},
    "session.cancelled": {"cancelled": int},
}


def fits(value, shape):
    for name, kind in shape.items():
        assert name in value and isinstance(value[name], kind) and not isinstance(value[name], bool), (name, value)


def checked(event):
    """The event, held to the shape of an envelope and to that of its payload (§3.4, §3.5)."""
    assert event["v"] == "3" and isinstance(event["seq"], int) and event["seq"] >= 1, event
    assert isinstance(event["daemonId"], str) and isinstance(event["sessionId"], str) and "payload" in event, event
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["ts"]), event
    payload = event["payload"]
    fits(payload, PAYLOADS[event["event"]])
    if "snapshot" in payload:
        fits(payload["snapshot"], SNAPSHOT)
    if event["event"] == "turn.done":
        fits(payload["stats"], STATS)
        assert payload["stats"]["firstTokenLatencyMs"] is None or isinstance(payload["stats"]["firstTokenLatencyMs"], int)
    if event["event"] == "permission.resolved":
        assert payload["decision"] in ("allow", "deny"), event
    return event


class Socket:
    """The events of one session behind a cursor, which moves on with what is read; commands are answered in between."""

    def __init__(self, daemon, session, cursor=0, **connection):
        self.session, self.cursor = session, cursor
        query = urllib.parse.urlencode({"sessionId": session, "afterSeq": cursor})
        url = f"ws://{daemon.host}:{daemon.port}/v3/ws?{query}"
        headers = {"Authorization": "Bearer " + daemon.token} if daemon.token else {}
        self.socket = connect(url, additional_headers=headers, max_size=2**27, **connection)
        self.events, self.waiting = [], []

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.socket.close()

    def frame(self, timeout=30):
        frame = json.loads(self.socket.recv(timeout=timeout))
        if "event" in frame:
            assert frame["seq"] > self.cursor, (frame, self.cursor)
            assert frame["sessionId"] == self.session, frame
            self.cursor = frame["seq"]
            self.events.append(checked(frame))
            self.waiting.append(frame)
        return frame

    def until(self, *names, count=1):
        """The events from where the last call ended up to the count-th one of these names."""
        taken = []
        while True:
            while self.waiting:
                taken.append(self.waiting.pop(0))
                count -= taken[-1]["event"] in names
                if count == 0:
                    return taken
            self.frame()

    def command(self, **message):
        """The answer to a command: an ack, or an error."""
        self.socket.send(json.dumps(message))
        while "event" in (frame := self.frame()):
            pass
        return frame

    def submit(self, content, writer="peer", **more):
        answer = self.command(type="turn.submit", clientId="python", writerId=writer, sessionId=self.session, content=content, **more)
        assert answer["type"] == "ack" and answer["action"] == "turn.submit" and isinstance(answer["queued"], int), answer
        return answer["turnId"]

    def closed(self):
        """The frames up to the close, and its code."""
        frames = []
        with contextlib.suppress(ConnectionClosed):
            while True:
                frames.append(json.loads(self.socket.recv(timeout=30)))
        return frames, self.socket.close_code


class Daemon:
    def __init__(self, host, port, token):
        self.host, self.port, self.token = host, port, token

    @classmethod
    def of_state_file(cls, folder):
        """By what the daemon notes of itself, for its user alone (§1.1, §1.2)."""
        path = pathlib.Path(folder) / "daemon" / "state.json"
        assert path.stat().st_mode & 0o777 == 0o600 and path.parent.stat().st_mode & 0o777 == 0o700
        state = json.loads(path.read_text())
        fits(state, {"pid": int, "daemonId": str, "host": str, "port": int, "token": str, "startedAt": str, "logsPath": str})
        assert re.fullmatch("[0-9a-f]{48}", state["token"]) and state["daemonId"].startswith("daemon_"), state
        assert (path.parent / "token").read_text().strip() == state["token"]
        assert int((path.parent / "daemon.pid").read_text()) == state["pid"]
        os.kill(state["pid"], 0)
        return cls(state["host"], state["port"], state["token"]), state

    def exchange(self, method, path, body=None, headers=None):
        """Status, headers and JSON value of an answer, whatever it is."""
        with contextlib.closing(http.client.HTTPConnection(self.host, self.port, timeout=30)) as connection:
            head = {"Authorization": "Bearer " + self.token} if self.token else {}
            data = None
            if body is not None:
                data = body if isinstance(body, bytes) else json.dumps(body).encode()
                head["Content-Type"] = "application/json"
            connection.request(method, path, body=data, headers={**head, **(headers or {})})
            response = connection.getresponse()
            text = response.read().decode()
            return response.status, response.headers, json.loads(text) if text else None

    def call(self, method, path, body=None, status=200):
        found, _, value = self.exchange(method, path, body)
        assert found == status, (method, path, found, value)
        return value

    def health(self):
        return self.call("GET", "/v3/health")

    def create(self, **members):
        snapshot = self.call("POST", "/v3/sessions", members, status=201)
        fits(snapshot, SNAPSHOT)
        return snapshot

    def session(self, session):
        return self.call("GET", f"/v3/sessions/{session}")

    def submit(self, session, content, writer="peer", mode="chat", status=202, **more):
        body = {"clientId": "python", "writerId": writer, "content": content, "mode": mode, **more}
        return self.call("POST", f"/v3/sessions/{session}/turns", body, status=status)

    def events(self, session, after=0):
        events = self.call("GET", f"/v3/sessions/{session}/events?afterSeq={after}")["events"]
        return [checked(event) for event in events]

    def cancel(self, session, **wish):
        return self.call("POST", f"/v3/sessions/{session}/cancel", wish)

    def resolve(self, session, request, decision, status=200):
        body = {"requestId": request, "decision": decision, "decidedBy": "python"}
        return self.call("POST", f"/v3/sessions/{session}/permissions/{request}", body, status=status)

    def socket(self, session, cursor=0, **connection):
        return Socket(self, session, cursor, **connection)
