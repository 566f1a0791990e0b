"""The daemon itself: features, health, walls, bodies, unknown things, the other mode of prompts."""

import json

from client import DaemonError
from model import step
from registry import case
from world import refused, said

NINE = [
    "health", "capabilities", "session_create", "session_list", "session_prompt", "session_cancel", "session_events", "session_set_model",
    "permission_vote",
]
# In the order of the second version.
SECOND = [
    "health", "capabilities", "session_create", "session_scope_override", "session_load", "unstable_session_resume", "session_list",
    "session_prompt", "session_cancel", "session_events", "slow_client_warning", "typed_event_schema", "session_set_model", "client_identity",
    "client_heartbeat", "session_permission_vote", "permission_vote", "session_context", "session_supported_commands", "session_close",
    "session_metadata",
]


@case
def capabilities_of_the_first_version(w):
    assert w.daemon.capabilities() == {"v": 1, "mode": "http-bridge", "features": NINE, "modelServices": []}


@case
def capabilities_of_the_second_version(w):
    with w.serving(bound=True) as daemon:
        envelope = daemon.capabilities()
        assert envelope["v"] == 1 and envelope["mode"] == "http-bridge" and envelope["modelServices"] == []
        assert envelope["protocolVersions"] == {"current": "v1", "supported": ["v1"]} and envelope["workspaceCwd"] == str(w.work)
        assert [feature for feature in envelope["features"] if feature in SECOND] == SECOND, envelope["features"]


@case
def health_counts_when_it_is_asked_to(w):
    with w.serving() as daemon:
        assert daemon.health() == {"status": "ok"}
        w.session(daemon)
        assert daemon.health(deep=True) == {"status": "ok", "sessions": 1, "pendingPermissions": 0}
        assert daemon.call("GET", "/health?deep")["sessions"] == 1


@case
def a_token_is_asked_for(w):
    with w.serve(QWEN_SERVER_TOKEN=" the-token \n") as server:
        assert w.client(server.url).health() == {"status": "ok"}
        for wrong in (None, "other", "the-tokem"):
            assert refused(401, w.client(server.url, wrong).capabilities) == {"error": "Unauthorized"}
        status, _, body = w.client(server.url).exchange("GET", "/nothing/here")
        assert (status, body) == (401, {"error": "Unauthorized"})
        status, _, body = w.client(server.url).exchange("POST", "/session", b"x" * 100_000)
        assert status == 401
        daemon = w.client(server.url, "the-token")
        assert daemon.capabilities()["features"] == NINE
        assert daemon.prompt(w.session(daemon), "hi\n" + step(say="Hello."))["stopReason"] == "end_turn"


@case
def a_key_counts_until_it_is_taken_back(w):
    with w.serve("--require-auth", QWEN_SERVER_TOKEN="t") as server:
        key = w.run("keys", "add", "--name", "ci", "--scope", "prompter").splitlines()[-1]
        daemon = w.client(server.url, key)
        session = w.session(daemon)
        daemon.prompt(session, "hi\n" + step(say="Hello."))
        refused(403, daemon.vote, "request", "proceed_once", code="insufficient_scope")
        with daemon.events(session, 0) as stream:
            stream.until("turn_complete")
            w.run("keys", "remove", "ci")
            assert [event["type"] for event in stream][-1] == "stream_error"
        refused(401, daemon.capabilities)


@case
def health_needs_the_token_too_where_that_is_wanted(w):
    with w.serve("--require-auth", QWEN_SERVER_TOKEN="t") as server:
        refused(401, w.client(server.url).health)
        assert w.client(server.url, "t").health() == {"status": "ok"}


@case
def pages_and_strange_hosts_are_refused(w):
    status, _, body = w.daemon.exchange("GET", "/health", headers={"Origin": "https://example.com"})
    assert (status, body) == (403, {"error": "Request denied by CORS policy"})
    status, _, body = w.daemon.exchange("GET", "/health", headers={"Host": "evil.example.com"})
    assert (status, body) == (403, {"error": "Invalid Host header"})
    port = w.daemon.port
    for host in (f"LOCALHOST:{port}", f"host.docker.internal:{port}", f"[::1]:{port}"):
        assert w.daemon.exchange("GET", "/health", headers={"Host": host})[0] == 200, host


@case
def bodies_are_read_by_the_rules(w):
    status, _, body = w.daemon.exchange("POST", "/session", b"{not json")
    assert (status, body) == (400, {"error": "Invalid JSON in request body"})
    text = json.dumps({"cwd": str(w.work)}).encode()
    status, _, body = w.daemon.exchange("POST", "/session", text, headers={"Content-Type": "text/plain"})
    assert (status, body["error"]) == (400, "`cwd` is required and must be an absolute path")
    status, _, body = w.daemon.exchange("POST", "/session", [str(w.work)])
    assert status == 400
    poisoned = json.dumps({"cwd": str(w.work), "__proto__": {"cwd": "/"}, "constructor": 1, "unknown": []}).encode()
    assert w.daemon.exchange("POST", "/session", poisoned)[2]["workspaceCwd"] == str(w.work)


@case
def a_body_beyond_ten_megabytes_is_refused(w):
    body = json.dumps({"cwd": str(w.work), "filler": "x" * 10_485_760}).encode()
    status, _, answer = w.daemon.exchange("POST", "/session", body)
    assert (status, answer) == (413, {"error": "Request body too large (max 10 MB)"})


@case
def an_unknown_session_is_told_the_same_everywhere(w):
    d, name = w.daemon, "no/such session"
    calls = [
        lambda: d.prompt(name, "hi"), lambda: d.cancel(name), lambda: d.model(name, "m"), lambda: d.rename(name, "n"),
        lambda: d.heartbeat(name), lambda: d.context(name), lambda: d.commands(name), lambda: d.call("DELETE", d.path(name)),
        lambda: d.call("POST", d.path(name, "permission", "r"), {"outcome": {"outcome": "cancelled"}}),
        lambda: d.events(name).__enter__(),
    ]
    for call in calls:
        body = refused(404, call)
        assert body == {"error": f'No session with id "{name}"', "sessionId": name}, body


@case
def an_unknown_route_and_a_bad_encoding_are_told(w):
    assert w.daemon.exchange("GET", "/nothing")[0] == 404
    status, _, body = w.daemon.exchange("POST", "/session/%ff/cancel", {})
    assert status == 400 and "error" in body


@case
def prompts_can_be_answered_at_once(w):
    with w.serving("--non-blocking-prompts", bound=True) as daemon:
        session = daemon.create()["sessionId"]
        assert "non_blocking_prompt" in daemon.capabilities()["features"]
        path = daemon.path(session, "prompt")
        status, answer = daemon.call("POST", path, {"prompt": [{"type": "text", "text": "hi\n" + step(say="First.")}]}, ok=(200, 202))
        assert status == 202 and set(answer) == {"promptId", "lastEventId", "eventEpoch"}, answer
        with daemon.events(session, answer["lastEventId"]) as stream:
            events = stream.until("turn_complete")
        assert said(events) == "First." and events[-1]["data"]["promptId"] == answer["promptId"]
        assert daemon.prompt(session, "hi\n" + step(say="Second.")) == {"stopReason": "end_turn"}
        try:
            daemon.prompt(session, "hi\n" + step(status=400))
        except DaemonError as error:
            assert error.body["code"] == -32603, error.body
        else:
            raise AssertionError("a failed turn was not told")
        refused(400, daemon.prompt, session, "hi", deadlineMs=-1, code="invalid_deadline_ms")
