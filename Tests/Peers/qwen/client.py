"""A client of the qwen protocol, written from its specification: HTTP/1.1 with JSON bodies, and server-sent events."""

import contextlib
import http.client
import json
import re
import socket
import urllib.parse

SAFE = "!'()*-._~"
LARGEST = 2**53 - 1


class DaemonError(Exception):
    """Any status that a call does not expect. `body` is the JSON value, or the text where it is none."""

    def __init__(self, route, status, headers, body):
        reason = body.get("error") if isinstance(body, dict) else None
        super().__init__(f"{route}: {status} {reason or body!r}")
        self.status, self.headers, self.body = status, headers, body

    @property
    def code(self):
        return self.body.get("code") if isinstance(self.body, dict) else None


class Stream:
    """The events of one subscription, as an iterator of envelopes; `close` cuts the connection."""

    def __init__(self, connection, response, seen):
        self.connection, self.response, self.seen = connection, response, seen
        self.retry = None
        self.heartbeats = 0

    def __iter__(self):
        return self

    def __next__(self):
        while True:
            lines = self.frame()
            if lines is None:
                raise StopIteration
            event = self.event(lines)
            if event is not None:
                return event

    def frame(self):
        """The lines up to the next empty one; `None` at the end."""
        lines = []
        while True:
            line = self.response.readline()
            text = line.decode().rstrip("\r\n")
            if line and text:
                lines.append(text)
            elif lines or not line:
                return lines or None

    def event(self, lines):
        fields = {}
        for line in lines:
            name, _, value = line.partition(":")
            if not name:
                self.heartbeats += value == " heartbeat"
                continue
            value = value.removeprefix(" ")
            fields[name] = fields[name] + "\n" + value if name == "data" and name in fields else value
        self.retry = int(fields["retry"]) if "retry" in fields else self.retry
        try:
            event = json.loads(fields["data"])
        except (KeyError, ValueError):
            return None
        if not isinstance(event, dict) or event.get("v") != 1 or not isinstance(event.get("type"), str):
            return None
        number = event.get("id", 1)
        if type(number) is not int or not 1 <= number <= LARGEST:
            return None
        if self.seen:
            self.seen(event, fields)
        return event

    def until(self, *types):
        """The events up to and with the first of these types."""
        events = []
        for event in self:
            events.append(event)
            if event["type"] in types:
                return events
        raise AssertionError(f"the stream ended before {types}: {[e['type'] for e in events]}")

    def close(self):
        self.response.close()
        self.connection.close()


def update(event):
    """What an update tells: it stands in a member of its own, or beside the others."""
    return event["data"].get("update", event["data"])


class Daemon:
    def __init__(self, url, token=None, seen=None, timeout=30):
        address = urllib.parse.urlsplit(url.rstrip("/"))
        self.host, self.port = address.hostname, address.port or 80
        self.token, self.seen, self.timeout = token, seen, timeout

    # Requests

    def open(self, method, path, body=None, headers=None, timeout=None, window=None):
        """Sends a request; the connection, whose answer nobody has read yet. `window` is how much of it the system takes before somebody does."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout or self.timeout)
        if window:
            connection.sock = socket.socket()
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
            connection.sock.settimeout(self.timeout)
            connection.sock.connect((self.host, self.port))
        head = {"Accept": "*/*", **({"Authorization": "Bearer " + self.token} if self.token else {})}
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            head["Content-Type"] = "application/json"
        connection.request(method, path, body=data, headers={**head, **(headers or {})})
        return connection

    def exchange(self, method, path, body=None, headers=None, timeout=None):
        """Status, headers and value of an answer, whatever it is."""
        with contextlib.closing(self.open(method, path, body, headers, timeout)) as connection:
            response = connection.getresponse()
            text = response.read().decode()
            try:
                value = json.loads(text) if text else None
            except ValueError:
                value = text
            return response.status, response.headers, value

    def call(self, method, path, body=None, ok=(200,), client=None, timeout=None):
        headers = {"X-Qwen-Client-Id": client} if client else {}
        status, head, value = self.exchange(method, path, body, headers, timeout)
        if status not in ok:
            raise DaemonError(f"{method} {path}", status, head, value)
        return (status, value) if len(ok) > 1 else value

    @staticmethod
    def segment(text):
        return urllib.parse.quote(text, safe=SAFE)

    def path(self, session, *rest):
        return "/".join(["/session", self.segment(session), *rest])

    # Routes

    def health(self, deep=False):
        return self.call("GET", "/health?deep=1" if deep else "/health")

    def capabilities(self):
        return self.call("GET", "/capabilities")

    def create(self, cwd=None, client=None, **members):
        return self.call("POST", "/session", {**({} if cwd is None else {"cwd": str(cwd)}), **members}, client=client)

    def sessions(self, cwd):
        return self.call("GET", f"/workspace/{self.segment(str(cwd))}/sessions")["sessions"]

    def prompt(self, session, *blocks, client=None, **members):
        """Waits until the turn has ended, however long that takes; with a daemon that answers at once, for its end in the stream."""
        content = [{"type": "text", "text": block} if isinstance(block, str) else block for block in blocks]
        path, body = self.path(session, "prompt"), {"prompt": content, **members}
        status, answer = self.call("POST", path, body, ok=(200, 202), client=client, timeout=600)
        if status == 200:
            return answer
        with self.events(session, answer["lastEventId"]) as stream:
            for event in stream:
                if event["type"] in ("turn_complete", "turn_error") and event["data"]["promptId"] == answer["promptId"]:
                    if event["type"] == "turn_error":
                        raise DaemonError("POST " + path, 500, {}, {"error": event["data"]["message"], **event["data"]})
                    return {"stopReason": event["data"].get("stopReason", "end_turn")}
        raise AssertionError("the stream ended before the turn")

    def cancel(self, session):
        self.call("POST", self.path(session, "cancel"), {}, ok=(204,))

    def model(self, session, model, client=None):
        return self.call("POST", self.path(session, "model"), {"modelId": model}, client=client)

    def vote(self, request, option=None, session=None, client=None, **members):
        """Whether this vote was the first; without an option the request is dismissed."""
        outcome = {"outcome": "selected", "optionId": option} if option else {"outcome": "cancelled"}
        path = ("" if session is None else self.path(session)) + "/permission/" + self.segment(request)
        status, _ = self.call("POST", path, {"outcome": outcome, **members}, ok=(200, 404), client=client)
        return status == 200

    def load(self, session, cwd=None):
        return self.call("POST", self.path(session, "load"), {} if cwd is None else {"cwd": str(cwd)})

    def resume(self, session, cwd=None):
        return self.call("POST", self.path(session, "resume"), {} if cwd is None else {"cwd": str(cwd)})

    def delete(self, session):
        """Whether there was one."""
        return self.call("DELETE", self.path(session), ok=(204, 404))[0] == 204

    def rename(self, session, name, client=None):
        return self.call("PATCH", self.path(session, "metadata"), {"displayName": name}, client=client)

    def heartbeat(self, session, client=None):
        return self.call("POST", self.path(session, "heartbeat"), {}, client=client)

    def context(self, session):
        return self.call("GET", self.path(session, "context"))

    def commands(self, session):
        return self.call("GET", self.path(session, "supported-commands"))

    @contextlib.contextmanager
    def events(self, session, after=None, max_queued=None, window=None):
        """The stream behind a cursor: 0 is everything, none what comes from now on."""
        path = self.path(session, "events") + ("" if max_queued is None else f"?maxQueued={max_queued}")
        headers = {"Accept": "text/event-stream", **({} if after is None else {"Last-Event-ID": str(after)})}
        connection = self.open("GET", path, headers=headers, window=window)
        response = connection.getresponse()
        kind = response.headers.get("Content-Type", "")
        if response.status != 200 or not re.match("text/event-stream", kind):
            text = response.read().decode()
            connection.close()
            raise DaemonError(f"GET {path}", response.status, response.headers, json.loads(text))
        stream = Stream(connection, response, self.seen)
        try:
            yield stream
        finally:
            stream.close()

    def everything(self, session, *types):
        """The log up to and with the first event of these types, the end of a turn without any."""
        with self.events(session, 0) as stream:
            return stream.until(*(types or ("turn_complete", "turn_error")))


def hang_up(connection):
    """Leaves without reading the answer."""
    with contextlib.suppress(OSError):
        connection.sock.shutdown(socket.SHUT_RDWR)
    connection.close()
