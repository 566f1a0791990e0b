"""Drives `apus daemon --opta` with a client that was written from the specification alone, through the whole life of sessions.

    run.py --apus PROGRAM [--only NAME]…

The temporary folder is $TMPDIR. Prints one JSON object a line: {"case", "ok", "error"}, and last {"done": count}.
"""

import argparse
import json
import os
import pathlib
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import traceback

# The scripted model is that of the droid protocol's cases.
sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "droid_sdk"))

from client import Daemon  # noqa: E402
from model import Model, call, step  # noqa: E402

CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


class World:
    """A home, and the daemon that serves it just now."""

    def __init__(self, apus, model):
        self.apus = apus
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="home-")).resolve()
        self.work = self.home / "work"
        self.work.mkdir()
        folder = self.home / ".apus"
        folder.mkdir(mode=0o700)
        entry = {
            "id": "custom:scripted", "displayName": "Scripted", "model": "scripted-model", "provider": "generic-chat-completion-api",
            "baseUrl": model.url, "apiKey": "test-key",
        }
        (folder / "settings.json").write_text(json.dumps({"model": "custom:scripted", "customModels": [entry]}))
        self.start()

    def start(self):
        environment = {**os.environ, "HOME": str(self.home)}
        self.process = subprocess.Popen(
            [self.apus, "daemon", "--port", "0", "--opta=0", "--opta-home", self.home / "opta", "--opta-workspace", self.work],
            env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=self.work, bufsize=0,
        )
        for _ in range(2):
            ready, _, _ = select.select([self.process.stdout], [], [], 60)
            assert ready and self.process.stdout.readline(), "no start line"
        self.daemon, self.state = Daemon.of_state_file(self.home / "opta")

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait(30)

    def again(self, number):
        self.stop(number)
        if number == signal.SIGTERM:
            assert not (self.home / "opta/daemon/state.json").exists()
        before = self.state
        self.start()
        assert self.state["daemonId"] != before["daemonId"] and self.state["token"] != before["token"]


def text(events):
    return "".join(event["payload"]["text"] for event in events if event["event"] == "turn.token")


def names(events):
    return [event["event"] for event in events]


def only(events, name):
    (found,) = [event["payload"] for event in events if event["event"] == name]
    return found


@case
def health_tells_the_contract(w):
    health = w.daemon.health()
    assert health["status"] == "ok" and health["contract"] == {"name": "opta-daemon-v3", "version": 1}, health
    assert health["daemonId"] == w.state["daemonId"]
    metrics = w.daemon.call("GET", "/v3/metrics")
    assert metrics["daemonId"] == health["daemonId"] and set(metrics["runtime"]) == set(health["runtime"])
    nobody = Daemon(w.daemon.host, w.daemon.port, None)
    assert nobody.exchange("GET", "/health")[2]["status"] == "ok"
    for path in ("/v3/health", "/v3/metrics", "/v3/sessions/any", "/v3/health/stream"):
        assert nobody.exchange("GET", path)[::2] == (401, {"error": "Unauthorized"}), path
    assert nobody.exchange("GET", "/v3/health?token=" + w.daemon.token)[0] == 200
    assert nobody.exchange("GET", "/v3/health", headers={"Authorization": "bEaReR  " + w.daemon.token})[0] == 200


@case
def requests_are_refused_in_the_words_of_the_protocol(w):
    assert w.daemon.exchange("GET", "/v3/nope")[2] == {
        "message": "Route GET:/v3/nope not found", "error": "Not Found", "statusCode": 404}
    assert w.daemon.call("GET", "/v3/sessions/unknown", status=404) == {"error": "Session not found"}
    assert w.daemon.submit("unknown", "x", status=404) == {"error": "Session not found: unknown"}
    assert w.daemon.events("unknown") == []
    session = w.daemon.create()["sessionId"]
    refused = w.daemon.call("POST", f"/v3/sessions/{session}/turns", {"writerId": "", "content": "x", "mode": "no"}, status=400)
    assert refused["error"] == "Invalid request body"
    assert [issue["path"] for issue in refused["details"]] == [["clientId"], ["writerId"], ["mode"]], refused
    assert w.daemon.exchange("GET", f"/v3/sessions/{session}/events?afterSeq=-1")[::2] == (400, {"error": "Invalid query"})
    code = w.daemon.exchange("POST", "/v3/sessions", b"{")[2]["code"]
    assert code == "FST_ERR_CTP_INVALID_JSON_BODY", code
    assert w.daemon.exchange("POST", "/v3/sessions", b"x", {"Content-Type": "text/html"})[0] == 415
    assert w.daemon.call("POST", "/v3/sessions", {"sessionId": "no/such"}, status=400)["error"] == "Invalid request body"


@case
def sockets_are_refused_after_the_upgrade(w):
    session = w.daemon.create()["sessionId"]
    with Daemon(w.daemon.host, w.daemon.port, "wrong").socket(session) as socket:
        assert socket.closed() == ([{"error": "Unauthorized"}], 4001)
    with w.daemon.socket("") as socket:
        assert socket.closed() == ([{"error": "Missing sessionId query parameter"}], 4000)


@case
def a_session_lives(w):
    before = w.daemon.create(title="A life", model="custom:scripted")
    session = before["sessionId"]
    assert before["title"] == "A life" and before["queuedTurns"] == 0 and "activeTurnId" not in before, before
    assert w.daemon.create(sessionId=session, title="Another")["title"] == "A life"
    with w.daemon.socket(session) as socket:
        assert names(socket.until("session.snapshot", count=2)) == ["session.snapshot"] * 2
        turn = socket.submit("Begin.\n" + step(think="hm", say="One two three."))
        events = socket.until("session.updated")
        assert names(events)[:2] == ["turn.queued", "turn.start"] and names(events)[-2:] == ["turn.done", "session.updated"], names(events)
        assert text(events) == "One two three." and only(events, "turn.start")["mode"] == "chat"
        assert {event["payload"].get("turnId", turn) for event in events} == {turn}
        assert "activeTurnId" not in only(events, "session.updated")["snapshot"]
        assert only(events, "turn.queued")["writerId"] == "peer" and only(events, "turn.queued")["queueSize"] == 1
        polled = w.daemon.events(session)
        assert polled == socket.events
        for event in polled:
            assert w.daemon.events(session, event["seq"]) == [other for other in polled if other["seq"] > event["seq"]]
        assert w.daemon.submit(session, "x", lastSeenSeq=polled[0]["seq"], status=409)["error"].startswith("Session state conflict")
    messages = w.daemon.session(session)["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant"] and messages[1]["content"] == "One two three."


@case
def a_tool_runs_when_it_is_allowed(w):
    session = w.daemon.create()["sessionId"]
    with w.daemon.socket(session) as socket, w.daemon.socket(session) as other:
        for decision in ("deny", "allow"):
            command = call("Execute", command=f"touch {decision}.txt", riskLevel="low", riskLevelReason="a test")
            socket.submit("Make it.\n" + step(calls=[command]) + "\n" + step(say="So be it."))
            request = socket.until("permission.request")[-1]["payload"]
            assert request["args"]["command"] == f"touch {decision}.txt" and re.fullmatch("perm_[A-Za-z0-9_-]{10}", request["requestId"])
            assert other.until("permission.request")[-1]["payload"] == request
            answer = other.command(
                type="permission.resolve", sessionId=session, requestId=request["requestId"], decision=decision, decidedBy="other")
            assert answer == {"type": "ack", "action": "permission.resolve", "result": {"ok": True, "conflict": False}}, answer
            late = w.daemon.resolve(session, request["requestId"], "allow", status=409)
            assert late == {"ok": False, "conflict": True, "message": "Permission request already resolved"}
            events = socket.until("turn.done", "turn.error")
            assert only(events, "permission.resolved")["decision"] == decision
            assert ("tool.start" in names(events)) == ("tool.end" in names(events)) == (decision == "allow"), names(events)
            assert text(events) == "So be it." and events[-1]["payload"]["stats"]["toolCalls"] == (decision == "allow")
            assert (w.work / f"{decision}.txt").exists() == (decision == "allow")
        assert json.loads(only(events, "tool.start")["args"])["command"] == "touch allow.txt"
        unknown = w.daemon.resolve(session, "perm_unknown000", "allow", status=404)
        assert unknown["message"] == "Unknown permission request"


@case
def turns_wait_and_are_cancelled(w):
    session = w.daemon.create()["sessionId"]
    with w.daemon.socket(session) as socket:
        slow = socket.submit("Slowly.\n" + step(say="word " * 400, pause=0.1), writer="one")
        socket.until("turn.token")
        waiting = [w.daemon.submit(session, "Wait.", writer="two") for _ in range(2)]
        assert [turn["queued"] for turn in waiting] == [1, 2], waiting
        assert w.daemon.cancel(session) == {"ok": True, "cancelled": 0, "cancelledQueued": 0, "cancelledActive": False}
        assert w.daemon.cancel(session, writerId="two") == {"ok": True, "cancelled": 2, "cancelledQueued": 2, "cancelledActive": False}
        assert only(socket.until("session.cancelled"), "session.cancelled") == {"cancelled": 2, "writerId": "two"}
        answer = socket.command(type="turn.cancel", sessionId=session, turnId=slow)
        assert answer["cancelled"] == {"cancelledQueued": 0, "cancelledActive": True}, answer
        events = socket.until("turn.error")
        assert only(events, "session.cancelled") == {"cancelled": 1, "turnId": slow}
        assert events[-1]["payload"]["message"] == "Turn cancelled" and "code" not in events[-1]["payload"]
        socket.submit("Again.\n" + step(say="Here."))
        assert text(socket.until("turn.done")) == "Here."


@case
def messages_that_are_none_leave_the_socket_open(w):
    session = w.daemon.create()["sessionId"]
    with w.daemon.socket(session) as socket:
        socket.until("session.snapshot")
        for message, error in (("{", "Invalid JSON payload"), ('{"type":"ping"}', "Invalid WS payload"), ("7", "Invalid WS payload")):
            socket.socket.send(message)
            assert socket.frame()["error"] == error
        assert socket.command(type="turn.submit", clientId="c", writerId="w", sessionId="unknown", content="x") == {
            "error": "Session not found: unknown"}
        socket.socket.send(json.dumps({"type": "hello", "clientId": "c", "sessionId": session, "afterSeq": 0}))
        socket.submit("Still there?\n" + step(say="Yes."))
        assert text(socket.until("turn.done")) == "Yes."


@case
def cursors_and_questions_survive_restarts(w):
    session = w.daemon.create(title="Long")["sessionId"]
    seen, cursor = [], 0
    for number in (signal.SIGTERM, signal.SIGKILL, signal.SIGKILL):
        with w.daemon.socket(session, cursor) as socket:
            socket.submit("Talk.\n" + step(say=f"Before {number.name}."))
            socket.until("session.updated")
            seen, cursor = seen + socket.events, socket.cursor
        w.again(number)
        assert w.daemon.session(session)["title"] == "Long"
    told = [event["payload"] for event in w.daemon.events(session)]
    assert told == [event["payload"] for event in seen]
    # A question is the same one on the next daemon, and its answer makes the turn go on.
    with w.daemon.socket(session, cursor) as socket:
        command = call("Execute", command="touch survived.txt", riskLevel="low", riskLevelReason="a test")
        socket.submit("Ask.\n" + step(calls=[command]) + "\n" + step(say="Survived."))
        request = socket.until("permission.request")[-1]["payload"]
        cursor = socket.cursor
    w.again(signal.SIGKILL)
    with w.daemon.socket(session, cursor) as socket:
        assert w.daemon.resolve(session, request["requestId"], "allow") == {"ok": True, "conflict": False}
        events = socket.until("turn.done", "turn.error")
        assert text(events) == "Survived." and "permission.request" not in names(events), names(events)
    assert (w.work / "survived.txt").exists()
    numbers = [event["seq"] for event in w.daemon.events(session)]
    assert numbers == sorted(set(numbers))


@case
def a_socket_is_told_that_its_daemon_goes(w):
    session = w.daemon.create()["sessionId"]
    with w.daemon.socket(session) as socket:
        socket.until("session.snapshot")
        w.stop()
        assert socket.closed()[1] == 1001
    w.start()


@case
def events_come_over_http_too(w):
    import http.client

    session = w.daemon.create()["sessionId"]
    w.daemon.submit(session, "Stream.\n" + step(say="Over HTTP."))
    connection = http.client.HTTPConnection(w.daemon.host, w.daemon.port, timeout=30)
    connection.request("GET", f"/v3/sse/events?sessionId={session}", headers={"Authorization": "Bearer " + w.daemon.token})
    response = connection.getresponse()
    assert response.status == 200 and response.readline() == b": connected\n"
    events = []
    while not events or events[-1]["event"] != "session.updated":
        line = response.readline().decode()
        assert line
        if line.startswith("data: "):
            events.append(json.loads(line[6:]))
    connection.close()
    assert events == w.daemon.events(session) and text(events) == "Over HTTP."


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--apus", required=True)
    parser.add_argument("--only", action="append")
    options = parser.parse_args()
    chosen = {name: body for name, body in CASES.items() if not options.only or name in options.only}
    with Model() as model:
        world = World(str(pathlib.Path(options.apus).resolve()), model)
        for name, body in chosen.items():
            started = time.monotonic()
            try:
                body(world)
                result = {"ok": True, "seconds": round(time.monotonic() - started, 2)}
            except Exception as error:  # noqa: BLE001
                result = {"ok": False, "error": "".join(traceback.format_exception(error))[-4000:]}
                if world.process.poll() is not None:
                    world.start()
            print(json.dumps({"case": name, **result}), flush=True)
        world.stop()
    print(json.dumps({"done": len(chosen)}))


main()
