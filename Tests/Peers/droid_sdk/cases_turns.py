"""Turns: streaming, partials, permissions, questions, interrupts, outputs, attachments."""

import asyncio
import base64
import zlib

from droid_sdk import (
    Autonomy, Base64ImageSource, Document, DroidProtocolError, Image, InteractionHandlers, JsonSchema, RunTimeoutError, SessionBusyError,
    SessionConfig, ToolConfirmationOutcome, ToolConfirmationType, WorkingState, run,
)
from droid_sdk.stream import TurnComplete
from pydantic import BaseModel

from model import call, step
from registry import case
from world import allow, collect, eventually, names


def png():
    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = (1).to_bytes(4, "big") * 2 + bytes([8, 2, 0, 0, 0])
    pixels = zlib.compress(b"\0\xff\0\0")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@case
async def run_gives_text_usage_and_session(w):
    result = await run("hi\n" + step(say="Hello there."), cwd=w.folder, runtime=await w.runtime(), timeout=30)
    assert result.success and result.subtype == "success", result
    assert result.text == "Hello there.", result.text
    assert result.usage.input_tokens == 100 and result.usage.output_tokens == 20, result.usage
    assert result.turn_count == 1 and result.session_id and result.duration.total_seconds() >= 0


@case
async def messages_come_in_order(w):
    async with w.session() as session:
        events = await collect(session.stream("hi\n" + step(say="Hello.")))
    assert names(events) == ["UserMessage", "AssistantMessage", "RunSuccess"], names(events)
    assert events[0].text.startswith("hi\n") and events[1].text == "Hello."


@case
async def partials_join_to_the_text(w):
    async with w.session() as session:
        events = await collect(session.stream("hi\n" + step(say="one two three"), include_partial_messages=True))
    assert "".join(e.text for e in events if type(e).__name__ == "TextDelta") == "one two three"
    assert names(events).count("TextComplete") == 1
    states = [e.state for e in events if type(e).__name__ == "WorkingStateChanged"]
    assert states[-1] is WorkingState.IDLE and WorkingState.STREAMING_ASSISTANT_MESSAGE in states, states
    assistant = next(e for e in events if type(e).__name__ == "AssistantMessage")
    assert {e.message_id for e in events if type(e).__name__ == "TextDelta"} == {assistant.id}
    assert any(type(e).__name__ == "TokenUsageUpdate" for e in events)


@case
async def thinking_is_streamed_beside_the_text(w):
    async with w.session() as session:
        events = await collect(session.stream("hi\n" + step(think="let me see", say="Yes."), include_partial_messages=True))
    assert "".join(e.text for e in events if type(e).__name__ == "ThinkingDelta") == "let me see"
    assert "ThinkingComplete" in names(events)
    assert events[-1].text == "Yes."


@case
async def a_reading_tool_needs_no_permission(w):
    w.write("a.txt", "the content\n")
    async with w.session() as session:
        events = await collect(
            session.stream("read\n" + step(calls=[call("Read", file_path=str(w.folder / "a.txt"))]) + "\n" + step(say="Read it."))
        )
    assert names(events) == ["UserMessage", "ToolCall", "AssistantMessage", "ToolResult", "AssistantMessage", "RunSuccess"], names(events)
    assert events[1].name == "Read" and events[3].tool_name == "Read" and "the content" in events[3].content
    assert not events[3].is_error and events[3].tool_use_id == events[1].tool_use_id


@case
async def a_permitted_command_runs(w):
    seen = []
    async with w.session(interactions=allow(seen=seen)) as session:
        events = await collect(
            session.stream(
                "go\n" + step(say="Making it.", calls=[call("Execute", command="touch made.txt", riskLevel="low", riskLevelReason="a test")])
            )
        )
    assert events[-1].success, events[-1]
    assert (w.folder / "made.txt").exists()
    action = seen[0].actions[0]
    assert action.confirmation_type is ToolConfirmationType.EXECUTE and action.full_command == "touch made.txt", action
    assert {o.value for o in seen[0].options} >= {ToolConfirmationOutcome.PROCEED_ONCE, ToolConfirmationOutcome.CANCEL}


@case
async def a_declined_command_ends_the_turn(w):
    handlers = InteractionHandlers(on_permission=lambda request: request.respond(ToolConfirmationOutcome.CANCEL))
    async with w.session(interactions=handlers) as session:
        events = await collect(
            session.stream("go\n" + step(calls=[call("Execute", command="touch no.txt", riskLevel="low", riskLevelReason="a test")]))
        )
    assert events[-1].interrupted, events[-1]
    assert not (w.folder / "no.txt").exists()
    assert [e.is_error for e in events if type(e).__name__ == "ToolResult"] == [True]


@case
async def without_a_handler_a_command_is_declined(w):
    async with w.session() as session:
        events = await collect(
            session.stream("go\n" + step(calls=[call("Execute", command="touch no.txt", riskLevel="low", riskLevelReason="a test")]))
        )
        assert events[-1].interrupted, events[-1]
        events = await collect(session.stream("and now\n" + step(say="Still here.")))
        assert events[-1].text == "Still here."
    assert not (w.folder / "no.txt").exists()


@case
async def a_handler_that_throws_declines(w):
    def explode(request):
        raise RuntimeError("no idea")

    async with w.session(interactions=InteractionHandlers(on_permission=explode)) as session:
        events = await collect(
            session.stream("go\n" + step(calls=[call("Execute", command="touch no.txt", riskLevel="low", riskLevelReason="a test")]))
        )
    assert events[-1].interrupted and not (w.folder / "no.txt").exists()


@case
async def always_is_asked_once(w):
    seen = []
    commands = [step(calls=[call("Execute", command=f"touch {n}.txt", riskLevel="low", riskLevelReason="a test")]) for n in "ab"]
    async with w.session(interactions=allow(ToolConfirmationOutcome.PROCEED_ALWAYS, seen)) as session:
        events = await collect(session.stream("\n".join(["go", *commands])))
    assert events[-1].success and len(seen) == 1, (events[-1], seen)
    assert (w.folder / "a.txt").exists() and (w.folder / "b.txt").exists()


@case
async def an_answer_can_raise_the_level(w):
    seen = []
    commands = [step(calls=[call("Execute", command=f"touch {n}.txt", riskLevel="low", riskLevelReason="a test")]) for n in "ab"]
    async with w.session(interactions=allow(ToolConfirmationOutcome.PROCEED_AUTO_RUN_MEDIUM, seen)) as session:
        events = await collect(session.stream("\n".join(["go", *commands]), include_partial_messages=True))
        assert session.settings.autonomy is Autonomy.MEDIUM, ([o.value for o in seen[0].options], session.settings)
    assert events[-1].success and len(seen) == 1
    assert any(type(e).__name__ == "SettingsUpdated" and e.settings.autonomy is Autonomy.MEDIUM for e in events)
    assert any(type(e).__name__ == "PermissionResolved" for e in events)


@case
async def a_new_file_is_shown_before_it_is_made(w):
    seen = []
    async with w.session(interactions=allow(seen=seen)) as session:
        events = await collect(
            session.stream("go\n" + step(calls=[call("Create", file_path=str(w.folder / "new.txt"), content="hello\n")]))
        )
    assert events[-1].success
    action = seen[0].actions[0]
    assert action.confirmation_type is ToolConfirmationType.CREATE and action.file_name == "new.txt" and action.content == "hello\n"
    assert (w.folder / "new.txt").read_text() == "hello\n"


@case
async def an_edit_is_shown_before_it_is_made(w):
    path = w.write("old.txt", "one\ntwo\n")
    seen = []
    async with w.session(interactions=allow(seen=seen)) as session:
        events = await collect(
            session.stream(
                "go\n" + step(calls=[call("Read", file_path=str(path))]) + "\n"
                + step(calls=[call("Edit", file_path=str(path), old_str="two", new_str="three")])
            )
        )
    assert events[-1].success, events[-1]
    action = seen[0].actions[0]
    assert action.confirmation_type is ToolConfirmationType.EDIT and action.file_name == "old.txt", action
    assert path.read_text() == "one\nthree\n"


@case
async def a_comment_reaches_the_model(w):
    async with w.session(interactions=allow(comment="but be quick")) as session:
        await collect(
            session.stream(
                "with comment\n" + step(calls=[call("Execute", command="touch c.txt", riskLevel="low", riskLevelReason="a test")])
            )
        )
    assert any("but be quick" in str(body["messages"]) for body in w.model.about("with comment"))


@case
async def permissions_can_be_refused_for_the_whole_session(w):
    seen = []
    config = SessionConfig(auto_reject_permission_requests=True)
    async with w.session(config=config, interactions=allow(seen=seen)) as session:
        events = await collect(
            session.stream(
                "go\n" + step(calls=[call("Execute", command="touch r.txt", riskLevel="low", riskLevelReason="a test")]) + "\n" + step(say="Went on.")
            )
        )
    assert events[-1].success and events[-1].text == "Went on." and not seen, (events[-1], seen)
    assert [e.is_error for e in events if type(e).__name__ == "ToolResult"] == [True]
    assert not (w.folder / "r.txt").exists()


@case
async def a_high_level_does_not_ask(w):
    seen = []
    async with w.session(config=SessionConfig(autonomy=Autonomy.HIGH), interactions=allow(seen=seen)) as session:
        assert session.settings.autonomy is Autonomy.HIGH
        events = await collect(
            session.stream("go\n" + step(calls=[call("Execute", command="touch h.txt", riskLevel="low", riskLevelReason="a test")]))
        )
    assert events[-1].success and not seen and (w.folder / "h.txt").exists()


QUESTIONS = "1. [question] Which colour?\n[topic] Colour\n[option] Red\n[option] Blue\n"


@case
async def a_question_is_answered(w):
    asked = []

    def on_question(request):
        asked.append(request)
        return request.submit([question.answer("Blue") for question in request.questions])

    async with w.session(interactions=InteractionHandlers(on_question=on_question)) as session:
        events = await collect(session.stream("ask\n" + step(calls=[call("AskUser", questionnaire=QUESTIONS)]) + "\n" + step(say="Blue it is.")))
    assert events[-1].text == "Blue it is.", events
    assert asked[0].questions[0].question == "Which colour?" and tuple(asked[0].questions[0].options) == ("Red", "Blue"), asked
    result = next(e for e in events if type(e).__name__ == "ToolResult")
    assert "Blue" in result.content and not result.is_error and asked[0].tool_call_id == result.tool_use_id


@case
async def a_question_without_a_handler_is_cancelled(w):
    async with w.session() as session:
        events = await collect(session.stream("ask\n" + step(calls=[call("AskUser", questionnaire=QUESTIONS)]) + "\n" + step(say="Never mind.")))
    assert events[-1].text == "Never mind.", events[-1]


@case
async def a_question_can_be_cancelled(w):
    handlers = InteractionHandlers(on_question=lambda request: request.cancel())
    async with w.session(interactions=handlers) as session:
        events = await collect(session.stream("ask\n" + step(calls=[call("AskUser", questionnaire=QUESTIONS)]) + "\n" + step(say="Never mind.")))
    assert events[-1].text == "Never mind.", events[-1]


@case
async def several_questions_are_asked_together(w):
    two = QUESTIONS + "2. [question] Which size?\n[topic] Size\n[option] Small\n[option] Large\n"
    handlers = InteractionHandlers(
        on_question=lambda request: request.submit([question.answer_multiple(question.options) for question in request.questions])
    )
    async with w.session(interactions=handlers) as session:
        events = await collect(session.stream("ask\n" + step(calls=[call("AskUser", questionnaire=two)]) + "\n" + step(say="Noted.")))
    result = next(e for e in events if type(e).__name__ == "ToolResult")
    assert "Red, Blue" in result.content and "Small, Large" in result.content, result.content


@case
async def an_interrupt_ends_the_turn(w):
    async with w.session() as session:
        stream = session.stream("slow\n" + step(say="word " * 400, pause=0.05), include_partial_messages=True)
        events = []
        async with stream:
            async for event in stream:
                events.append(event)
                if names(events).count("TextDelta") == 3:
                    await session.interrupt()
        assert events[-1].interrupted, events[-1]
        assert 0 < names(events).count("TextDelta") < 400
        assert (await collect(session.stream("again\n" + step(say="Fine."))))[-1].text == "Fine."


@case
async def an_interrupt_ends_a_command(w):
    async with w.session(config=SessionConfig(autonomy=Autonomy.HIGH)) as session:
        stream = session.stream("wait\n" + step(calls=[call("Execute", command="touch began; sleep 60", riskLevel="low", riskLevelReason="a test")]))
        task = asyncio.create_task(collect(stream))
        await eventually((w.folder / "began").exists)
        await session.interrupt()
        events = await asyncio.wait_for(task, 15)
    assert events[-1].interrupted
    assert [e.is_error for e in events if type(e).__name__ == "ToolResult"] == [True]


@case
async def an_interrupt_without_a_turn_is_nothing(w):
    async with w.session() as session:
        await session.interrupt()
        assert (await collect(session.stream("hi\n" + step(say="Hi."))))[-1].success


@case
async def an_interrupt_answers_an_open_permission(w):
    asked = asyncio.Event()

    async def never(request):
        asked.set()
        await asyncio.sleep(60)
        return request.respond(ToolConfirmationOutcome.CANCEL)

    async with w.session(interactions=InteractionHandlers(on_permission=never)) as session:
        stream = session.stream("go\n" + step(calls=[call("Execute", command="touch i.txt", riskLevel="low", riskLevelReason="a test")]))
        task = asyncio.create_task(collect(stream))
        await asyncio.wait_for(asked.wait(), 20)
        await session.interrupt()
        events = await asyncio.wait_for(task, 15)
    assert events[-1].interrupted and not (w.folder / "i.txt").exists()


@case
async def a_time_limit_interrupts(w):
    async with w.session() as session:
        try:
            await collect(session.stream("slow\n" + step(say="word " * 400, pause=0.05), timeout=1.0))
        except RunTimeoutError:
            pass
        else:
            raise AssertionError("no time-out")
        await eventually(lambda: True)
        assert (await collect(session.stream("again\n" + step(say="Fine."))))[-1].text == "Fine."


@case
async def leaving_the_stream_interrupts(w):
    async with w.session() as session:
        stream = session.stream("slow\n" + step(say="word " * 400, pause=0.05), include_partial_messages=True)
        async with stream:
            async for event in stream:
                if type(event).__name__ == "TextDelta":
                    break
        assert (await collect(session.stream("again\n" + step(say="Fine."))))[-1].text == "Fine."


@case
async def the_next_turn_knows_the_last(w):
    async with w.session() as session:
        await collect(session.stream("Remember: the secret is 42.\n" + step(say="I will.")))
        await collect(session.stream("What is the secret number?\n" + step(say="42")))
    body = w.model.about("What is the secret number?")[0]
    assert "the secret is 42" in str(body["messages"]) and "I will." in str(body["messages"])


@case
async def one_turn_at_a_time(w):
    async with w.session() as session:
        stream = session.stream("hi\n" + step(say="Hello."))
        try:
            session.stream("too soon")
        except SessionBusyError:
            pass
        else:
            raise AssertionError("a second stream was given")
        await collect(stream)


@case
async def text_comes_through_as_it_was(w):
    text = 'ü "quotes" \\ \t 👩‍👩‍👧 \u2028 end'
    async with w.session() as session:
        events = await collect(session.stream("echo\n" + step(say=text), include_partial_messages=True))
    assert events[-1].text == text
    assert "".join(e.text for e in events if type(e).__name__ == "TextDelta") == text


@case
async def a_long_answer_comes_whole(w):
    text = " ".join(f"word{n}" for n in range(20000))
    async with w.session() as session:
        events = await collect(session.stream("long\n" + step(say=text), include_partial_messages=True))
    assert events[-1].text == text
    assert names(events).count("TextDelta") == 20000


@case
async def a_failing_model_is_a_failure(w):
    async with w.session() as session:
        events = await collect(session.stream("fail\n" + step(status=400)))
        result = events[-1]
        assert not result.success and result.subtype == "error_during_execution", result
        assert result.error is not None and "out of order" in result.error.message, result.error
        assert (await collect(session.stream("again\n" + step(say="Fine."))))[-1].text == "Fine."


class Person(BaseModel):
    name: str
    age: int


@case
async def an_answer_can_be_a_model_of_ours(w):
    async with w.session() as session:
        events = await collect(session.stream("who\n" + step(say='{"name": "Ada", "age": 36}'), output=Person))
    assert events[-1].success and events[-1].output == Person(name="Ada", age=36), events[-1]


@case
async def an_answer_can_be_any_json(w):
    schema = JsonSchema({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]})
    result = await run("n\n" + step(say='{"n": 7}'), output=schema, cwd=w.folder, runtime=await w.runtime(), timeout=30)
    assert result.success and result.output == {"n": 7}, result


@case
async def a_wrong_answer_is_repaired(w):
    async with w.session() as session:
        events = await collect(session.stream("who\n" + step(say="Ada, I think") + "\n" + step(say='{"name": "Ada", "age": 36}'), output=Person))
    assert events[-1].success and events[-1].output == Person(name="Ada", age=36), events[-1]


@case
async def a_wrong_answer_is_a_failure_in_the_end(w):
    wrong = "\n".join([step(say="no json")] * 6)
    async with w.session() as session:
        events = await collect(session.stream("who\n" + wrong, output=Person))
    assert not events[-1].success and events[-1].subtype == "error_structured_output", events[-1]
    assert events[-1].structured_output_error is not None


@case
async def an_image_reaches_the_model(w):
    image = Image.from_bytes(png(), media_type="image/png")
    async with w.session() as session:
        events = await collect(session.stream("see this image\n" + step(say="A dot."), images=[image]))
    assert events[-1].text == "A dot."
    assert base64.b64encode(png()).decode() in str(w.model.about("see this image")[0]["messages"])


@case
async def a_text_document_reaches_the_model(w):
    document = Document.from_text("the quick brown fox", name="fox.txt")
    async with w.session() as session:
        events = await collect(session.stream("read this paper\n" + step(say="A fox."), files=[document]))
    assert events[-1].text == "A fox."
    assert "the quick brown fox" in str(w.model.about("read this paper")[0]["messages"])


@case
async def an_image_that_is_none_is_refused(w):
    client, _ = await w.client()
    async with client:
        await client.initialize_session(machine_id="default", cwd=str(w.folder))
        try:
            await client.add_user_message(text="x", images=[{"type": "base64", "data": "bm8gaW1hZ2U=", "mediaType": "image/png"}])
        except DroidProtocolError as error:
            assert error.code == -32602, error.code
        else:
            raise AssertionError("it was taken")


@case(alone=True)
async def the_low_level_client_hears_a_turn(w):
    client, _ = await w.client()
    async with client:
        await client.initialize_session(machine_id="default", cwd=str(w.folder))
        await client.add_user_message(text="hi\n" + step(say="Hello there."))
        events = [event async for event in client.receive_response()]
    assert "".join(e.text for e in events if type(e).__name__ == "AssistantTextDelta") == "Hello there."
    assert isinstance(events[-1], TurnComplete) and events[-1].token_usage.input_tokens == 100, events[-1]


@case(shows=["on_notification"])
async def raw_notifications_are_heard(w):
    heard = []
    async with w.session() as session:
        unsubscribe = session.on_notification(lambda n: heard.append(n["newState"]), type="droid_working_state_changed")
        await collect(session.stream("hi\n" + step(say="Hi.")))
        unsubscribe()
        count = len(heard)
        await collect(session.stream("hi\n" + step(say="Hi.")))
    assert heard[-1] == "idle" and "streaming_assistant_message" in heard and len(heard) == count, heard


@case
async def output_of_a_command_is_told_while_it_runs(w):
    async with w.session(config=SessionConfig(autonomy=Autonomy.HIGH)) as session:
        events = await collect(
            session.stream(
                "go\n" + step(calls=[call("Execute", command="echo early; sleep 1; echo late", riskLevel="low", riskLevelReason="a test")]),
                include_partial_messages=True,
            )
        )
    order = [type(e).__name__ for e in events]
    assert "ToolProgress" in order and order.index("ToolProgress") < order.index("ToolResult"), order
    assert any("early" in e.content for e in events if type(e).__name__ == "ToolProgress")
