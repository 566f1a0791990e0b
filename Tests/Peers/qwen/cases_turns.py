"""Turns: prompts, streams and their cursors, tools, permissions, questions, cancelling, hanging up."""

import base64
import concurrent.futures
import json
import threading
import zlib

from client import hang_up
from model import call, step
from registry import case
from world import eventually, of, refused, said, told

QUESTIONS = "1. [question] Which colour?\n[topic] Colour\n[option] Red\n[option] Blue\n"


def touch(name):
    return step(calls=[call("Execute", command=f"touch {name}", riskLevel="low", riskLevelReason="a test")])


def png():
    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = (1).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    pixels = zlib.compress(b"\0\xff\0\0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


class Turn:
    """A prompt under way, and the stream beside it: `with Turn(w, words) as turn`."""

    def __init__(self, w, *blocks, daemon=None, session=None):
        self.daemon, self.blocks = daemon or w.daemon, blocks
        self.session = session or w.session(daemon)
        self.pool = concurrent.futures.ThreadPoolExecutor(1)
        self.events = []

    def __enter__(self):
        self.lent = self.daemon.events(self.session, 0)
        self.stream = self.lent.__enter__()
        self.answer = self.pool.submit(self.daemon.prompt, self.session, *self.blocks)
        return self

    def __exit__(self, *error):
        self.lent.__exit__(*error)
        self.pool.shutdown(wait=False)

    def until(self, *types):
        self.events += self.stream.until(*types)
        return self.events[-1]["data"]

    def asked(self):
        return self.until("permission_request")

    def end(self):
        self.until("turn_complete", "turn_error")
        return self.answer.result(30)


@case
def a_prompt_is_answered_when_the_turn_has_ended(w):
    session = w.session()
    assert w.daemon.prompt(session, "hi\n" + step(say="one two three")) == {"stopReason": "end_turn"}
    events = w.daemon.everything(session)
    assert said(events) == "one two three"
    assert told(events, "user_message_chunk")[0]["content"]["text"].startswith("hi\n")
    assert told(events, "available_commands_update") and events[0]["data"]["sessionUpdate"] == "available_commands_update"
    numbers = [event["id"] for event in events]
    assert numbers == sorted(set(numbers)), numbers


@case
def what_the_model_used_is_told_on_an_empty_chunk(w):
    session = w.session()
    w.daemon.prompt(session, "hi\n" + step(say="Hello."))
    (usage,) = [c["_meta"]["usage"] for c in told(w.daemon.everything(session), "agent_message_chunk") if "_meta" in c]
    assert usage == {"inputTokens": 100, "outputTokens": 20, "totalTokens": 120}, usage


@case
def what_is_no_prompt_is_refused(w):
    path = w.daemon.path(w.session(), "prompt")
    for body in ({}, {"prompt": []}, {"prompt": "hi"}):
        status, _, answer = w.daemon.exchange("POST", path, body)
        assert (status, answer) == (400, {"error": "`prompt` is required and must be a non-empty array of content blocks"})
    for element in ("hi", None, []):
        status, _, answer = w.daemon.exchange("POST", path, {"prompt": [element]})
        assert (status, answer) == (400, {"error": "each `prompt` element must be an object (content block)"})


@case
def any_cursor_gives_the_rest_and_nothing_else(w):
    session = w.session()
    w.daemon.prompt(session, "hi\n" + step(think="hm hm", say="one two three four"))
    events = w.daemon.everything(session)
    for place, event in enumerate(events[:-1]):
        with w.daemon.events(session, event["id"]) as stream:
            assert stream.until("turn_complete") == events[place + 1 :]
            assert stream.retry == 3000


@case
def a_stream_that_is_cut_off_is_resumed(w):
    session = w.session()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        answer = pool.submit(w.daemon.prompt, session, "hi\n" + step(say="a b c d e f g h i j k l", pause=0.02))
        events = []
        while not events or events[-1]["type"] != "turn_complete":
            with w.daemon.events(session, events[-1]["id"] if events else 0) as stream:
                events += [next(stream), next(stream)] if not events or said(events) != "a b c d e f g h i j k l" else [next(stream)]
        assert answer.result(30)["stopReason"] == "end_turn"
    assert events == w.daemon.everything(session)


@case
def without_a_cursor_only_the_future_is_told(w):
    session = w.session()
    w.daemon.prompt(session, "hi\n" + step(say="The past."))
    for cursor in (None, "1abc", "-1", "9007199254740993"):
        with w.daemon.events(session, cursor) as stream:
            w.daemon.prompt(session, "hi\n" + step(say="The future."))
            assert said(stream.until("turn_complete")) == "The future.", cursor


@case
def the_queue_of_a_stream_has_bounds(w):
    session = w.session()
    for wrong in ("15", "2049", "abc", ""):
        refused(400, w.daemon.events(session, 0, wrong).__enter__, code="invalid_max_queued")
    for right in ("16", "2048"):
        with w.daemon.events(session, 0, right) as stream:
            next(stream)


@case
def who_does_not_read_is_warned_and_then_left(w):
    session, long = w.session(), " ".join(["x" * 20_000] * 400)
    with w.daemon.events(session, 0, 16, window=4096) as stream:
        first = next(stream)
        w.daemon.prompt(session, "much\n" + step(say=long, pause=0.002))
        events = [first, *stream]
    kinds = [event["type"] for event in events]
    assert kinds[-1] == "client_evicted" and events[-1]["data"]["reason"] == "queue_overflow", kinds[-3:]
    (warning,) = of(events, "slow_client_warning")
    assert warning["maxQueued"] == 16 and warning["queueSize"] >= 12, warning
    cursor = next(event["id"] for event in reversed(events) if "id" in event)
    with w.daemon.events(session, cursor) as stream:
        events += stream.until("turn_complete")
    assert said(events) == long


@case
def two_readers_see_the_same(w):
    with Turn(w, "go\n" + touch("t.txt") + "\n" + step(say="Done.")) as turn, w.daemon.events(turn.session, 0) as other:
        request = turn.asked()
        theirs = other.until("permission_request")
        assert theirs == turn.events and w.daemon.vote(request["requestId"], "proceed_once")
        turn.end()
        assert turn.events == theirs + other.until("turn_complete")


@case
def thoughts_come_beside_the_text(w):
    session = w.session()
    w.daemon.prompt(session, "hi\n" + step(think="let me see", say="Yes."))
    events = w.daemon.everything(session)
    assert "".join(chunk["content"]["text"] for chunk in told(events, "agent_thought_chunk")) == "let me see"
    assert said(events) == "Yes."


@case
def an_edit_is_shown_allowed_and_done(w):
    path = w.work / "a.txt"
    path.write_text("old words\n")
    read = step(calls=[call("Read", file_path=str(path))])
    edit = step(calls=[call("Edit", file_path=str(path), old_str="old", new_str="new")])
    with Turn(w, f"edit\n{read}\n{edit}\n" + step(say="Edited.")) as turn:
        request = turn.asked()
        diff = {"type": "diff", "path": str(path), "oldText": "old", "newText": "new"}
        assert diff in request["toolCall"]["content"] and request["toolCall"]["kind"] == "edit", request
        assert w.daemon.vote(request["requestId"], "proceed_once")
        assert turn.end() == {"stopReason": "end_turn"}
    assert path.read_text() == "new words\n"
    calls = told(turn.events, "tool_call")
    assert [item["kind"] for item in calls] == ["read", "edit"] and calls[1]["locations"] == [{"path": str(path)}], calls
    last = told(turn.events, "tool_call_update")[-1]
    assert last["status"] == "completed" and last["content"] == [diff], last


@case
def a_new_file_has_no_old_text(w):
    with Turn(w, "make\n" + step(calls=[call("Create", file_path=str(w.work / "new.txt"), content="made\n")])) as turn:
        request = turn.asked()
        assert {"type": "diff", "path": str(w.work / "new.txt"), "newText": "made\n"} in request["toolCall"]["content"], request
        always = [option["optionId"] for option in request["options"] if option["kind"] == "allow_always"]
        assert w.daemon.vote(request["requestId"], always[0])
        turn.end()
    assert w.has("new.txt")
    assert of(turn.events, "permission_resolved") == [
        {"requestId": request["requestId"], "outcome": {"outcome": "selected", "optionId": always[0]}}
    ]


@case
def what_is_rejected_does_not_happen(w):
    with Turn(w, "go\n" + touch("no.txt") + "\n" + step(say="Then not.")) as turn:
        assert w.daemon.vote(turn.asked()["requestId"], "cancel")
        turn.end()
    assert not w.has("no.txt")
    assert told(turn.events, "tool_call_update")[-1]["status"] == "failed"


@case
def a_dismissal_is_an_outcome_of_its_own(w):
    with Turn(w, "go\n" + touch("no.txt") + "\n" + step(say="Then not.")) as turn:
        request = turn.asked()["requestId"]
        assert w.daemon.vote(request)
        turn.end()
    assert of(turn.events, "permission_resolved") == [{"requestId": request, "outcome": {"outcome": "cancelled"}}]
    assert not w.has("no.txt")


@case
def of_two_racing_votes_one_counts(w):
    with Turn(w, "go\n" + touch("r.txt")) as turn:
        request, barrier = turn.asked()["requestId"], threading.Barrier(2)

        def vote(session):
            barrier.wait(10)
            return w.daemon.vote(request, "proceed_once", session=session)

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            votes = list(pool.map(vote, [turn.session, turn.session]))
        assert sorted(votes) == [False, True], votes
        turn.end()
        assert len(of(turn.events, "permission_resolved")) == 1 and w.has("r.txt")
        late = [event for event in w.daemon.everything(turn.session, "permission_already_resolved")][-1]["data"]
        expected = {"requestId": request, "sessionId": turn.session, "outcome": {"outcome": "selected", "optionId": "proceed_once"}}
        assert late == expected, late


@case
def a_late_vote_is_told(w):
    with Turn(w, "go\n" + touch("l.txt")) as turn:
        request = turn.asked()["requestId"]
        assert w.daemon.vote(request, "proceed_once")
        turn.end()
        assert not w.daemon.vote(request, "cancel")
        if not of(turn.events, "permission_already_resolved"):
            turn.until("permission_already_resolved")
    status, _, body = w.daemon.exchange("POST", f"/permission/{request}", {"outcome": {"outcome": "cancelled"}})
    assert (status, body) == (404, {"error": "No pending permission request", "requestId": request})


@case
def a_vote_that_is_none_leaves_the_request_open(w):
    with Turn(w, "go\n" + touch("o.txt")) as turn:
        request = turn.asked()["requestId"]
        body = refused(400, w.daemon.vote, request, "proceed_never", code="invalid_option_id")
        assert body["requestId"] == request and body["optionId"] == "proceed_never"
        path = f"/permission/{request}"
        for wrong in ({}, {"outcome": "cancelled"}, {"outcome": {"outcome": "maybe"}}, {"outcome": {"outcome": "selected", "optionId": ""}}):
            status, _, body = w.daemon.exchange("POST", path, wrong)
            assert status == 400 and body["error"].startswith("`outcome` must be"), body
        other = w.daemon.create(w.work, sessionScope="thread")["sessionId"]
        assert not w.daemon.vote(request, "proceed_once", session=other) and not w.has("o.txt")
        assert w.daemon.vote(request, "proceed_once", session=turn.session)
        turn.end()
    assert w.has("o.txt")


@case
def an_unanswered_request_ends_by_itself(w):
    with w.serving("--permission-response-timeout-ms", 100) as daemon:
        with Turn(w, "go\n" + touch("n.txt") + "\n" + step(say="Nobody came."), daemon=daemon) as turn:
            turn.end()
    assert [data["outcome"] for data in of(turn.events, "permission_resolved")] == [{"outcome": "cancelled"}]
    assert not w.has("n.txt")


@case
def a_list_of_things_to_do_comes_as_a_plan(w):
    def todos(first, second):
        return step(calls=[call("TodoWrite", todos=[{"content": "Look", "status": first}, {"content": "Mend", "status": second}])])

    session = w.session()
    w.daemon.prompt(session, "plan\n" + todos("in_progress", "pending") + "\n" + todos("completed", "in_progress"))
    events = w.daemon.everything(session)
    plans = [[(entry["content"], entry["status"]) for entry in plan["entries"]] for plan in told(events, "plan")]
    assert plans == [[("Look", "in_progress"), ("Mend", "pending")], [("Look", "completed"), ("Mend", "in_progress")]], plans
    assert not told(events, "tool_call")


@case
def a_question_of_the_agent_is_answered(w):
    with Turn(w, "ask_of_the_agent\n" + step(calls=[call("AskUser", questionnaire=QUESTIONS)]) + "\n" + step(say="Blue it is.")) as turn:
        request = turn.asked()
        (question,) = request["toolCall"]["rawInput"]["questions"]
        assert question["question"] == "Which colour?" and [o["label"] for o in question["options"]] == ["Red", "Blue"], question
        assert w.daemon.vote(request["requestId"], "proceed_once", answers={"Which colour?": "Blue"})
        turn.end()
    assert said(turn.events) == "Blue it is."
    assert "Blue" in json.dumps(w.model.about("ask_of_the_agent")[-1]["messages"][-1])


@case
def images_of_a_prompt_reach_the_model(w):
    data = base64.b64encode(png()).decode()
    session = w.session()
    w.daemon.prompt(session, "images_of_a_prompt", {"type": "image", "data": data, "mimeType": "image/png"})
    assert data in json.dumps(w.model.about("images_of_a_prompt")[0])
    echo = "".join(chunk["content"]["text"] for chunk in told(w.daemon.everything(session), "user_message_chunk"))
    assert "images_of_a_prompt" in echo and data not in echo, echo


@case
def links_and_embedded_files_of_a_prompt_reach_the_model(w):
    session = w.session()
    link = {"type": "resource_link", "uri": "file:///w/notes.md", "name": "notes.md"}
    resource = {"type": "resource", "resource": {"uri": "file:///w/b.txt", "text": "embedded words", "mimeType": "text/plain"}}
    w.daemon.prompt(session, "links_of_a_prompt", link, resource)
    seen = json.dumps([body for body in w.model.requests if "links_of_a_prompt" in json.dumps(body)])
    assert "notes.md" in seen and "embedded words" in seen


@case
def prompts_run_one_after_the_other(w):
    session = w.session()
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        slow = pool.submit(w.daemon.prompt, session, "one\n" + step(say="first of all", pause=0.1))
        eventually(lambda: w.daemon.exchange("GET", w.daemon.path(session, "context"))[0] == 200 and w.model.about("one\n@"))
        quick = pool.submit(w.daemon.prompt, session, "two\n" + step(say="second"))
        assert slow.result(30) == quick.result(30) == {"stopReason": "end_turn"}
    with w.daemon.events(session, 0) as stream:
        first, second = stream.until("turn_complete"), stream.until("turn_complete")
    assert (said(first), said(second)) == ("first of all", "second")


@case
def cancelling_ends_the_running_prompt_only(w):
    session = w.session()
    w.daemon.cancel(session)
    with Turn(w, "slow\n" + step(say="word " * 200, pause=0.1), session=session) as turn:
        while not said(turn.events):
            turn.events.append(next(turn.stream))
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            queued = pool.submit(w.daemon.prompt, session, "next\n" + step(say="Still here."))
            # Whether it waits already or comes behind the cancel, it runs.
            w.daemon.cancel(session)
            assert turn.end() == {"stopReason": "cancelled"}
            assert queued.result(30) == {"stopReason": "end_turn"}


@case
def cancelling_resolves_what_is_open(w):
    with Turn(w, "go\n" + touch("x.txt")) as turn:
        request = turn.asked()["requestId"]
        w.daemon.cancel(turn.session)
        assert turn.end() == {"stopReason": "cancelled"}
    assert of(turn.events, "permission_resolved") == [{"requestId": request, "outcome": {"outcome": "cancelled"}}]
    assert not w.daemon.vote(request, "proceed_once") and not w.has("x.txt")


@case
def who_hangs_up_ends_the_prompt_and_what_it_asked(w):
    session = w.session()
    with w.daemon.events(session, 0) as stream:
        body = {"prompt": [{"type": "text", "text": "go\n" + touch("h.txt")}]}
        connection = w.daemon.open("POST", w.daemon.path(session, "prompt"), body)
        request = stream.until("permission_request")[-1]["data"]["requestId"]
        hang_up(connection)
        rest = stream.until("turn_complete")
    assert of(rest, "permission_resolved") == [{"requestId": request, "outcome": {"outcome": "cancelled"}}], rest
    assert rest[-1]["data"]["stopReason"] == "cancelled" and not w.has("h.txt")
    assert w.daemon.prompt(session, "hi\n" + step(say="Next.")) == {"stopReason": "end_turn"}


@case
def a_failed_turn_is_an_error_and_the_next_one_runs(w):
    session = w.session()
    body = refused(500, w.daemon.prompt, session, "hi\n" + step(status=400))
    assert body["code"] == -32603 and body["data"]["reason"] == "providerError", body
    (failure,) = of(w.daemon.everything(session), "turn_error")
    assert failure["promptId"] == body["data"]["promptId"] and failure["errorKind"] == "providerError", failure
    assert w.daemon.prompt(session, "hi\n" + step(say="Better.")) == {"stopReason": "end_turn"}
