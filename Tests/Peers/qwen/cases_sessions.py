"""Sessions: creating, attaching, listing, naming, deleting, bringing back, restarts."""

import concurrent.futures
import signal

from client import update
from model import call, step
from registry import case
from schema import created, state
from world import eventually, of, refused, said, told


@case
def a_session_is_created_and_then_attached_to(w):
    first, second = created(w.daemon.create(w.work)), created(w.daemon.create(f"{w.work}/"))
    assert not first["attached"] and second == {**first, "attached": True}, second
    assert first["workspaceCwd"] == str(w.work)


@case
def parallel_creates_are_one_session(w):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = [future.result() for future in [pool.submit(w.daemon.create, w.work) for _ in range(8)]]
    assert len({answer["sessionId"] for answer in answers}) == 1
    assert [answer["attached"] for answer in answers].count(False) == 1


@case
def threads_are_new_and_nobody_attaches_to_them(w):
    thread = w.daemon.create(w.work, sessionScope="thread")
    single = w.daemon.create(w.work)
    again = w.daemon.create(w.work, sessionScope="thread")
    assert not thread["attached"] and not single["attached"] and not again["attached"]
    assert len({answer["sessionId"] for answer in (thread, single, again)}) == 3


@case
def a_bound_server_answers_in_the_second_versions_shape(w):
    with w.serve(bound=True) as server:
        assert server.line.endswith(f", workspace={w.work})\n"), server.line
        daemon = w.client(server.url)
        session = created(daemon.create(), bound=True)
        assert session["workspaceCwd"] == str(w.work) and session["clientId"].startswith("client_")
        other = created(daemon.create(client=session["clientId"]), bound=True)
        assert other["attached"] and other["clientId"] == session["clientId"]
        body = refused(400, daemon.create, "/somewhere/else", code="workspace_mismatch")
        assert body["boundWorkspace"] == str(w.work) and body["requestedWorkspace"] == "/somewhere/else", body
        refused(400, daemon.create, sessionScope="both", code="invalid_session_scope")
        refused(400, daemon.create, client="no spaces", code="invalid_client_id")
        (entry,) = daemon.sessions(w.work)
        assert entry["clientCount"] >= 1 and entry["hasActivePrompt"] is False and entry["createdAt"] == session["createdAt"], entry


@case
def a_directory_is_asked_for(w):
    for body in ({}, {"cwd": "relative"}, {"cwd": 3}):
        status, _, answer = w.daemon.exchange("POST", "/session", body)
        assert (status, answer) == (400, {"error": "`cwd` is required and must be an absolute path"}), answer


@case
def lists_know_the_sessions_of_a_workspace(w):
    assert w.daemon.sessions(w.work) == []
    session = w.session()
    assert w.daemon.sessions(w.work) == [{"sessionId": session, "workspaceCwd": str(w.work)}]
    refused(400, w.daemon.sessions, "relative")


@case
def a_model_that_comes_with_a_create_is_switched_to(w):
    session = w.session(modelServiceId="custom:other")
    (switch,) = of(w.daemon.everything(session, "model_switched"), "model_switched")
    assert switch == {"sessionId": session, "modelId": "custom:other"}, switch


@case
def a_model_that_is_not_there_keeps_the_session(w):
    session = w.session(modelServiceId="custom:missing")
    (failure,) = of(w.daemon.everything(session, "model_switch_failed"), "model_switch_failed")
    assert failure["requestedModelId"] == "custom:missing" and failure["sessionId"] == session
    assert w.session() == session


@case
def models_change_between_prompts(w):
    session = w.session()
    assert w.daemon.model(session, "custom:other") == {"modelId": "custom:other"}
    w.daemon.prompt(session, "which one? models_change")
    assert [body["model"] for body in w.model.about("models_change")] == ["other-model"]
    body = refused(500, w.daemon.model, session, "custom:missing")
    assert body["code"] == -32602, body
    for wrong in ({}, {"modelId": ""}, {"modelId": 3}):
        status, _, answer = w.daemon.exchange("POST", w.daemon.path(session, "model"), wrong)
        assert (status, answer) == (400, {"error": "`modelId` is required and must be a non-empty string"})
    assert w.daemon.context(session)["state"]["models"]["currentModelId"] == "custom:other"


@case
def names_are_told_when_they_change(w):
    session = w.session()
    with w.daemon.events(session, 0) as stream:
        assert w.daemon.rename(session, "A name") == {"sessionId": session, "displayName": "A name"}
        w.daemon.rename(session, "A name")
        assert w.daemon.rename(session, "") == {"sessionId": session}
        w.daemon.prompt(session, "hi\n" + step(say="Hello."))
        events = stream.until("turn_complete")
    names = [data.get("displayName") for data in of(events, "session_metadata_updated")]
    assert names[:2] == ["A name", None] and names.count("A name") == 1, names
    for wrong in (3, "x" * 257, "a\tb"):
        body = refused(400, w.daemon.rename, session, wrong, code="invalid_metadata")
        assert body["field"] == "displayName", body


@case
def heartbeats_tell_the_time_and_who(w):
    with w.serving(bound=True) as daemon:
        session = daemon.create()
        beat = daemon.heartbeat(session["sessionId"], session["clientId"])
        assert beat["clientId"] == session["clientId"] and type(beat["lastSeenAt"]) is int, beat
        assert "clientId" not in daemon.heartbeat(session["sessionId"])
        body = refused(400, daemon.heartbeat, session["sessionId"], "client_unknown", code="invalid_client_id")
        assert body["clientId"] == "client_unknown" and body["sessionId"] == session["sessionId"]


@case
def what_a_client_did_bears_its_id(w):
    with w.serving(bound=True) as daemon:
        session, other = daemon.create(), daemon.create()
        name, voter = session["sessionId"], other["clientId"]
        assert voter != session["clientId"]
        with concurrent.futures.ThreadPoolExecutor(1) as pool, daemon.events(name, 0) as stream:
            words = "go\n" + step(calls=[call("Execute", command="touch c.txt", riskLevel="low", riskLevelReason="a test")])
            answer = pool.submit(daemon.prompt, name, words, client=session["clientId"])
            events = stream.until("permission_request")
            assert daemon.vote(events[-1]["data"]["requestId"], "proceed_once", session=name, client=voter)
            events += stream.until("turn_complete")
            assert answer.result(30)["stopReason"] == "end_turn"
        authors = {event["type"]: event.get("originatorClientId") for event in events}
        assert authors["permission_request"] == session["clientId"] and authors["permission_resolved"] == voter, authors
        refused(400, daemon.prompt, name, "hi", client="client_unknown", code="invalid_client_id")


@case
def context_and_commands_can_be_asked_for(w):
    session = w.session()
    context = w.daemon.context(session)
    assert context["v"] == 1 and context["sessionId"] == session and context["workspaceCwd"] == str(w.work), context
    state(context["state"])
    commands = w.daemon.commands(session)
    first = w.daemon.everything(session, "session_update")[0]
    assert update(first)["availableCommands"] == commands["availableCommands"], commands


@case
def a_deleted_session_is_gone_until_it_is_loaded(w):
    session = w.session()
    w.daemon.prompt(session, "hi\n" + step(say="Hello."))
    with w.daemon.events(session, 0) as stream:
        stream.until("turn_complete")
        assert w.daemon.delete(session)
        rest = list(stream)
    assert [event["type"] for event in rest][-1:] == ["session_closed"] and rest[-1]["data"]["reason"] == "client_close", rest
    assert not w.daemon.delete(session)
    refused(404, w.daemon.heartbeat, session)
    assert w.session() != session
    loaded = w.daemon.load(session, w.work)
    state(loaded.pop("state"))
    assert created(loaded) == {"sessionId": session, "workspaceCwd": str(w.work), "attached": False}, loaded
    assert said(w.daemon.everything(session)) == "Hello."


@case
def loading_and_resuming_give_the_same_state(w):
    session = w.session()
    loaded, resumed = w.daemon.load(session, w.work), w.daemon.resume(session, w.work)
    assert loaded == resumed and loaded["attached"] is True, (loaded, resumed)
    state(loaded["state"])
    for action in (w.daemon.load, w.daemon.resume):
        body = refused(404, action, "00000000-0000-4000-8000-000000000000", w.work)
        assert body["sessionId"] == "00000000-0000-4000-8000-000000000000"


@case
def a_restart_changes_nothing_of_what_was_told(w):
    with w.serve() as server:
        daemon = w.client(server.url)
        session = w.session(daemon)
        daemon.prompt(session, "hi\n" + step(think="let me see", say="Hello there."))
        with daemon.events(session, 0) as stream:
            before = stream.until("turn_complete")
            server.process.send_signal(signal.SIGTERM)
            died = list(stream)
        assert [event["type"] for event in died] == ["session_died"] and died[0]["data"]["reason"] == "daemon_shutdown", died
        assert server.process.wait(30) == 0
    with w.serving() as daemon:
        assert daemon.everything(session) == before
        loaded = daemon.load(session, w.work)
        state(loaded["state"])
        cursor = before[-1]["id"]
        assert daemon.prompt(session, "more\n" + step(say="And more."))["stopReason"] == "end_turn"
        with daemon.events(session, cursor) as stream:
            after = stream.until("turn_complete")
        assert said(after) == "And more." and after[0]["id"] > cursor, after


@case
def a_kill_loses_nothing_that_was_told(w):
    with w.serve() as server:
        daemon = w.client(server.url)
        session = w.session(daemon)
        daemon.prompt(session, "hi\n" + step(say="one two three"))
        before = daemon.everything(session)
        server.stop(signal.SIGKILL)
    with w.serving() as daemon:
        assert daemon.everything(session) == before


@case
def a_mode_that_another_program_chose_is_told(w):
    with w.serve() as server:
        session = w.session(w.client(server.url))
        assert server.stop() == 0
    w.run("exec", "-s", session, "--auto", "low", "hi\n" + step(say="From the command line."))
    with w.serving() as daemon:
        events = daemon.everything(session)
        assert [mode["currentModeId"] for mode in told(events, "current_mode_update")] == ["auto-edit"], events
        assert said(events) == "From the command line."
        assert state(daemon.load(session, w.work)["state"])["modes"]["currentModeId"] == "auto-edit"


@case
def sessions_have_a_cap_and_attaching_does_not_count(w):
    with w.serving("--max-sessions", 1) as daemon:
        session = w.session(daemon)
        body = refused(503, daemon.create, w.folder, code="session_limit_exceeded")
        assert body["limit"] == 1
        assert w.session(daemon) == session
        assert daemon.delete(session)
        eventually(lambda: daemon.exchange("POST", "/session", {"cwd": str(w.folder)})[0] == 200)
