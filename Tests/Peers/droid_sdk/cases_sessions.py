"""Sessions: their life, their settings, what is listed of them, tools of the SDK, faults."""

import asyncio
import os
import signal
import uuid

from droid_sdk import (
    Autonomy, DroidConnectionError, DroidError, DroidProcessError, DroidProtocolError, HttpMcpServerConfig, InvalidWorkingDirectoryError,
    JsonSchema, McpServerStatus, Mode, ReasoningEffort, SessionConfig, SessionNotFoundError, SessionPlatform, SessionReplacedError,
    SessionSource, SessionTag, StdioMcpServerConfig, ToolConfirmationType, ToolResponse, list_models, list_sessions,
)
from droid_sdk.mcp import create_sdk_mcp_server, tool
from droid_sdk.query import query

from model import call, step
from registry import case
from world import allow, collect, eventually, names


async def said(session, prompt, **options):
    return (await collect(session.stream(prompt, **options)))[-1]


@case
async def a_session_is_resumed(w):
    async with w.session() as session:
        await said(session, "My name is Ada.\n" + step(say="Hello Ada."))
        name = session.id
    async with w.session(resume=name) as session:
        assert session.id == name
        # The SDK itself reads no directory from the result.
        loaded = await session._require_client().load_session(session_id=name)
        assert loaded.cwd == str(w.folder), loaded
        assert (await said(session, "Who am I, really?\n" + step(say="Ada."))).text == "Ada."
    assert "My name is Ada." in str(w.model.about("Who am I, really?")[0]["messages"])


@case
async def an_unknown_session_is_not_found(w):
    name = str(uuid.uuid4())
    try:
        async with w.session(resume=name):
            pass
    except SessionNotFoundError as error:
        assert error.session_id == name
    else:
        raise AssertionError("it was found")


@case
async def a_missing_directory_is_refused(w):
    client, _ = await w.client()
    async with client:
        missing = str(w.folder / "missing")
        try:
            await client.initialize_session(machine_id="default", cwd=missing)
        except InvalidWorkingDirectoryError as error:
            assert error.cwd == missing
        else:
            raise AssertionError("it was taken")


@case
async def a_session_has_the_id_that_was_chosen(w):
    client, _ = await w.client()
    async with client:
        name = f"mine-{uuid.uuid4()}"
        result = await client.initialize_session(machine_id="default", cwd=str(w.folder), session_id=name)
        assert result.session_id == name
        assert result.session.messages == [] and result.settings.model_id, result


@case(shows=["fork"])
async def a_fork_goes_its_own_way(w):
    async with w.session() as session:
        await said(session, "The base.\n" + step(say="Based."))
        first = session.id
        fork = await session.fork(title="The other way")
        assert fork.id != first
        try:
            session.stream("old handle")
        except SessionReplacedError as error:
            assert error.replacement_session_id == fork.id
        else:
            raise AssertionError("the old handle still works")
        await said(fork, "In the fork now.\n" + step(say="Forked."))
        await fork.close()
    assert "The base." in str(w.model.about("In the fork now.")[0]["messages"])
    async with w.session(resume=first) as session:
        await said(session, "Back in the first.\n" + step(say="Yes."))
    assert "In the fork now." not in str(w.model.about("Back in the first.")[0]["messages"])


@case(shows=["compact"])
async def a_compacted_session_knows_a_summary(w):
    async with w.session() as session:
        for number in range(4):
            await said(session, f"Fact number {number}.\n" + step(say=f"Noted {number}."))
        first = session.id
        outcome = await session.compact(instructions=f"keep the numbers of {w.folder.name}")
        assert outcome.removed_count > 0 and outcome.session.id != first, outcome
        await said(outcome.session, "After the compaction.\n" + step(say="Going on."))
        await outcome.session.close()
    seen = str(w.model.about("After the compaction.")[0]["messages"])
    assert "The summary of it all." in seen and "Fact number 0." not in seen, seen
    asked = [body for body in w.model.all() if f"keep the numbers of {w.folder.name}" in str(body["messages"])]
    assert len(asked) == 1 and not asked[0].get("tools") and "Fact number 0." in str(asked[0]["messages"]), asked


@case
async def a_renamed_session_says_so(w):
    heard = []
    async with w.session() as session:
        session.on_notification(heard.append, type="session_title_updated")
        await session.rename("A better name")
        await eventually(lambda: heard)
        assert heard[0]["title"] == "A better name", heard


@case(shows=["rewind", "rewind_info"])
async def a_rewind_brings_a_file_back(w):
    path = w.write("kept.txt", "before\n")
    async with w.session(config=SessionConfig(autonomy=Autonomy.HIGH)) as session:
        await said(session, "The first turn.\n" + step(say="Fine."))
        events = await collect(
            session.stream(
                "Change it.\n" + step(calls=[call("Read", file_path=str(path))]) + "\n"
                + step(calls=[call("Edit", file_path=str(path), old_str="before", new_str="after")]) + "\n"
                + step(calls=[call("Create", file_path=str(w.folder / "extra.txt"), content="x\n")])
            )
        )
        assert events[-1].success and path.read_text() == "after\n", events[-1]
        prompt = events[0].id
        info = await session.rewind_info(prompt)
        assert [item.file_path for item in info.available_files] == [str(path)], info
        assert [item.file_path for item in info.created_files] == [str(w.folder / "extra.txt")], info
        outcome = await session.rewind(prompt, restore=info.available_files, delete=info.created_files, title="Back")
        assert (outcome.restored_count, outcome.deleted_count) == (1, 1), outcome
        assert path.read_text() == "before\n" and not (w.folder / "extra.txt").exists()
        await said(outcome.session, "Where are we, after the rewind?\n" + step(say="Back."))
        await outcome.session.close()
    seen = str(w.model.about("Where are we, after the rewind?")[0]["messages"])
    assert "The first turn." in seen and "Change it." not in seen


@case
async def settings_change_and_are_told(w):
    heard = []
    async with w.session() as session:
        session.on_notification(heard.append, type="settings_updated")
        await session.update_settings(autonomy=Autonomy.MEDIUM, reasoning_effort=ReasoningEffort.HIGH)
        assert session.settings.autonomy is Autonomy.MEDIUM and session.settings.reasoning_effort is ReasoningEffort.HIGH
        await eventually(lambda: heard)
        assert heard[-1]["settings"]["autonomyLevel"] == "medium", heard
        name = session.id
    async with w.session(resume=name) as session:
        assert session.settings.autonomy is Autonomy.MEDIUM and session.settings.reasoning_effort is ReasoningEffort.HIGH


@case
async def spec_mode_changes_nothing(w):
    seen = []
    async with w.session(config=SessionConfig(autonomy=Autonomy.HIGH), interactions=allow(seen=seen)) as session:
        await session.enter_spec()
        assert session.settings.mode is Mode.SPEC
        await said(session, "plan\n" + step(calls=[call("Execute", command="touch s.txt", riskLevel="low", riskLevelReason="a test")]))
        assert not (w.folder / "s.txt").exists()
        await session.leave_spec()
        await said(session, "do\n" + step(calls=[call("Execute", command="touch s.txt", riskLevel="low", riskLevelReason="a test")]))
        assert (w.folder / "s.txt").exists()


@case
async def settings_of_a_new_session_are_echoed(w):
    config = SessionConfig(
        autonomy=Autonomy.LOW, mode=Mode.AUTO, tags=[SessionTag("team", {"name": "core"})],
        session_source=SessionSource(SessionPlatform.API, delegation_session_id="d1"), disabled_tools=["execute-cli"],
    )
    async with w.session(config=config, reasoning_effort=ReasoningEffort.LOW) as session:
        settings = session.settings
        assert settings.autonomy is Autonomy.LOW and settings.mode is Mode.AUTO and settings.reasoning_effort is ReasoningEffort.LOW
        assert settings.disabled_tools == frozenset(["execute-cli"]), settings
        assert any(tag.name == "team" for tag in settings.tags), settings


@case
async def a_system_prompt_takes_the_place_of_ours(w):
    async with w.session(config=SessionConfig(system_prompt="You are a parrot.")) as session:
        assert session.settings.system_prompt == "You are a parrot."
        await said(session, "Who are you, parrot?\n" + step(say="A parrot."))
    system = [m for m in w.model.about("Who are you, parrot?")[0]["messages"] if m["role"] == "system"]
    assert "You are a parrot." in str(system) and len(str(system)) < 2000, system


@case
async def a_system_prompt_can_be_added_to_ours(w):
    prompt = {"type": "preset", "preset": "droid", "append": "End with a rhyme."}
    async with w.session(config=SessionConfig(system_prompt=prompt)) as session:
        assert dict(session.settings.system_prompt) == prompt, session.settings.system_prompt
        await said(session, "Say something in rhyme.\n" + step(say="Time."))
    system = str([m for m in w.model.about("Say something in rhyme.")[0]["messages"] if m["role"] == "system"])
    assert "End with a rhyme." in system and len(system) > 100


def offered(body):
    return {item["function"]["name"] for item in body["tools"]}


@case
async def a_disabled_tool_is_not_offered(w):
    async with w.session(config=SessionConfig(disabled_tools=["execute-cli", "Edit"])) as session:
        await said(session, "Which tools are left?\n" + step(say="Few."))
    tools = offered(w.model.about("Which tools are left?")[0])
    assert "Read" in tools and not tools & {"Execute", "Edit"}, tools


@case
async def only_the_restricted_tools_are_offered(w):
    async with w.session(config=SessionConfig(restrict_tools=["read-cli", "LS"])) as session:
        assert session.settings.restrict_tools == frozenset(["read-cli", "LS"]), session.settings
        await said(session, "Which tools only?\n" + step(say="Two."))
    assert offered(w.model.about("Which tools only?")[0]) == {"Read", "LS"}


@case
async def an_enabled_tool_comes_on_top(w):
    async with w.session(config=SessionConfig(enabled_tools=["apply-patch-cli"])) as session:
        await said(session, "Which tools more?\n" + step(say="One."))
    tools = offered(w.model.about("Which tools more?")[0])
    assert {"ApplyPatch", "Edit", "Read"} <= tools, tools


@case
async def tools_are_listed(w):
    async with w.session() as session:
        tools = {item.id: item for item in await session.list_tools()}
        assert {"Read", "Execute", "Edit"} <= set(tools), set(tools)
        assert tools["Read"].allowed and tools["Read"].category.value == "read" and tools["Read"].description
        high = {item.id: item for item in await session.list_tools(autonomy=Autonomy.HIGH)}
        assert not tools["Edit"].allowed and high["Edit"].allowed, (tools["Edit"], high["Edit"])


@case
async def tools_are_listed_with_schemas(w):
    async with w.session() as session:
        tools = await session.list_tools(include_schemas=True, tool_ids=["Read"])
        assert [item.id for item in tools] == ["Read"], tools
        assert "file_path" in tools[0].schemas.input["properties"], tools[0].schemas


@case
async def models_are_listed(w):
    models = await list_models(cwd=None if w.is_socket else w.folder, runtime=await w.runtime())
    custom = next(model for model in models if model.id == "custom:scripted")
    assert custom.is_custom and custom.display_name == "Scripted", custom


@case
async def skills_and_commands_are_listed(w):
    skill = w.folder / ".apus" / "skills" / "greet"
    skill.mkdir(parents=True)
    (skill / "SKILL.md").write_text("---\nname: greet\ndescription: Greets people\n---\nSay hello.\n")
    commands = w.folder / ".apus" / "commands"
    commands.mkdir()
    (commands / "review.md").write_text("---\ndescription: Reviews a change\nargument-hint: <path>\n---\nReview $ARGUMENTS\n")
    async with w.session() as session:
        skills = {item.name: item for item in (await session.list_skills()).skills}
        assert skills["greet"].description == "Greets people" and skills["greet"].location == "project", skills
        result = await session._require_client().list_commands()
        listed = {item.name: item for item in result.commands}
        assert listed["review"].description == "Reviews a change", listed


@case
async def a_skill_is_disabled_and_enabled(w):
    skill = w.folder / ".apus" / "skills" / f"skill-{uuid.uuid4().hex[:6]}"
    skill.mkdir(parents=True)
    (skill / "SKILL.md").write_text(f"---\nname: {skill.name}\ndescription: Does a thing\n---\nDo it.\n")
    async with w.session() as session:
        async def is_enabled():
            return next(item.enabled for item in (await session.list_skills()).skills if item.name == skill.name)

        assert await is_enabled()
        assert (await session.disable_skill(skill.name)).success
        assert not await is_enabled()
        assert (await session.enable_skill(skill.name)).success
        assert await is_enabled()


@case
async def the_context_is_measured(w):
    async with w.session() as session:
        await said(session, "hi\n" + step(say="Hello."))
        usage = await session.context()
        assert usage.used > 0 and usage.limit >= usage.used and usage.remaining == usage.limit - usage.used, usage
        breakdown = await session._require_client().get_context_breakdown()
        assert breakdown.model_id == "custom:scripted", breakdown
        keys = {item.color_key for item in breakdown.categories}
        assert {"systemPrompt", "systemTools", "messages"} <= {getattr(key, "value", key) for key in keys}, keys


@tool("lookup", "Looks a user up")
def lookup(name: str) -> str:
    return f"{name} is user #42."


@tool("broken", "Always fails")
def broken() -> ToolResponse:
    return ToolResponse("out of paper", is_error=True)


@case
async def tools_of_the_sdk_are_called(w):
    seen = []
    server = create_sdk_mcp_server("people", [lookup, broken])
    async with w.session(config=SessionConfig(mcp_servers=[server]), interactions=allow(seen=seen)) as session:
        events = await collect(
            session.stream(
                "look up\n" + step(calls=[call("people___lookup", name="Alice")]) + "\n" + step(calls=[call("people___broken")]) + "\n"
                + step(say="Found.")
            )
        )
        results = [e for e in events if type(e).__name__ == "ToolResult"]
        assert [(e.content, e.is_error) for e in results][0] == ("Alice is user #42.", False), results
        assert results[1].is_error and "out of paper" in results[1].content, results
        assert events[-1].text == "Found."
        assert seen[0].actions[0].confirmation_type is ToolConfirmationType.MCP_TOOL, seen
        assert seen[0].actions[0].server_name == "people" and seen[0].actions[0].actual_tool_name == "lookup", seen
        listed = {item.name for item in await session.list_mcp_tools()}
        assert listed == {"lookup", "broken"}, listed
        servers = await session.list_mcp_servers()
        assert [(item.name, item.status) for item in servers.servers] == [("people", McpServerStatus.CONNECTED)], servers
        assert servers.summary.total == 1 and servers.summary.connected == 1
    assert "people___lookup" in offered(w.model.about("look up")[0])


@case
async def many_tools_of_the_sdk_run_at_once(w):
    @tool("slow", "Waits")
    async def slow(n: int) -> str:
        await asyncio.sleep(0.2)
        return f"waited {n}"

    server = create_sdk_mcp_server("waiting", [slow])
    calls = [call("waiting___slow", n=n) for n in range(5)]
    config = SessionConfig(mcp_servers=[server], autonomy=Autonomy.HIGH)
    async with w.session(config=config, interactions=allow()) as session:
        events = await collect(session.stream("wait\n" + step(calls=calls)))
    results = sorted(e.content for e in events if type(e).__name__ == "ToolResult")
    assert results == [f"waited {n}" for n in range(5)], results


@case
async def a_server_that_is_gone_fails_the_call_only(w):
    config = SessionConfig(mcp_servers=[HttpMcpServerConfig("gone", "http://127.0.0.1:9/mcp")])
    async with w.session(config=config) as session:
        servers = await session.list_mcp_servers()
        assert [(item.name, item.status) for item in servers.servers] == [("gone", McpServerStatus.FAILED)], servers
        assert (await said(session, "hi\n" + step(say="Still well."))).text == "Still well."


@case(alone=True)
async def a_server_is_added_and_removed(w):
    name = f"added{uuid.uuid4().hex[:6]}"
    async with w.session() as session:
        assert (await session.add_mcp_server(StdioMcpServerConfig(name, "/bin/false"))).success
        assert name in {item.name for item in (await session.list_mcp_servers()).servers}
        assert (await session.disable_mcp_server(name)).success
        state = {item.name: item.status for item in (await session.list_mcp_servers()).servers}
        assert state[name] is McpServerStatus.DISABLED, state
        assert (await session.remove_mcp_server(name)).success
        assert name not in {item.name for item in (await session.list_mcp_servers()).servers}


@case
async def an_unknown_method_and_an_unknown_key_are_refused(w):
    client, _ = await w.client()
    async with client:
        await client.initialize_session(machine_id="default", cwd=str(w.folder))
        protocol = client._ensure_protocol()
        for method, params, code in (
            ("droid.fly_to_the_moon", {}, -32601), ("droid.rename_session", {"title": "x", "colour": "red"}, -32602),
            ("droid.rename_session", {}, -32602), ("droid.rename_session", {"title": 7}, -32602),
        ):
            try:
                await protocol.send_request(method=method, params=params)
            except DroidProtocolError as error:
                assert error.code == code, (method, params, error.code)
            else:
                raise AssertionError(f"{method} was taken")


@case(shows=["rename"])
async def a_rename_reaches_the_list(w):
    async with w.session() as session:
        await said(session, "Something to keep.\n" + step(say="Kept."))
        await session.rename("Named by hand")
        name = session.id
    # Files are written behind the end of a turn.
    for _ in range(100):
        listed = {item.id: item for item in await list_sessions(cwd=w.folder)}
        if name in listed and listed[name].title == "Named by hand":
            break
        await asyncio.sleep(0.05)
    assert listed[name].title == "Named by hand" and listed[name].cwd == w.folder, listed


@case
async def sessions_are_listed_from_files(w):
    async with w.session() as session:
        await said(session, "List me, please.\n" + step(say="Listed."))
        name = session.id
    for _ in range(100):
        listed = {item.id: item for item in await list_sessions(cwd=w.folder)}
        if name in listed:
            break
        await asyncio.sleep(0.05)
    assert listed[name].message_count >= 2 and listed[name].title == "List me, please.", listed


@case
async def two_sessions_do_not_mix(w):
    async with w.session() as one, w.session() as two:
        assert one.id != two.id
        first, second = await asyncio.gather(
            collect(one.stream("one\n" + step(say="alpha " * 50), include_partial_messages=True)),
            collect(two.stream("two\n" + step(say="omega " * 50), include_partial_messages=True)),
        )
    assert first[-1].text == "alpha " * 50 and second[-1].text == "omega " * 50
    assert all("omega" not in getattr(e, "text", "") for e in first[:-1] if type(e).__name__ == "TextDelta")


@case(only="stdio")
async def a_dead_process_is_an_error_at_once(w):
    async with w.session() as session:
        stream = session.stream("slow\n" + step(say="word " * 400, pause=0.05), include_partial_messages=True)
        client = session._require_client()
        try:
            async with stream:
                async for event in stream:
                    if type(event).__name__ == "TextDelta":
                        os.kill(client._transport.pid, signal.SIGKILL)
        except DroidProcessError:
            pass
        else:
            raise AssertionError("nobody noticed")
        session._client = None


@case(only="stdio")
async def the_end_of_input_ends_the_process(w):
    client, transport = await w.client()
    await client.connect()
    await client.initialize_session(machine_id="default", cwd=str(w.folder))
    process = transport._process
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 15) == 0
    await client.close()


@case(only="stdio", alone=True)
async def the_query_function_works(w):
    events = [event async for event in query("hi\n" + step(say="Hello there."), cwd=str(w.folder), exec_path=w.apus)]
    assert "".join(e.text for e in events if type(e).__name__ == "AssistantTextDelta") == "Hello there."
    assert type(events[-1]).__name__ == "TurnComplete"


@case(only="stdio")
async def stdout_holds_nothing_but_frames(w):
    arguments = ["exec", "--input-format", "stream-jsonrpc", "--output-format", "stream-jsonrpc"]
    process = await asyncio.create_subprocess_exec(
        w.apus, *arguments, cwd=w.folder, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    lines = [b"this is no frame", b"{\"broken\": ", b"[]", b"{}"]
    output, _ = await asyncio.wait_for(process.communicate(b"\n".join(lines) + b"\n"), 20)
    assert process.returncode == 0, process.returncode
    assert all(line.startswith(b'{"jsonrpc":"2.0"') for line in output.splitlines()), output


@case(only="socket")
async def a_wrong_key_is_refused(w):
    from socket_transport import SocketTransport

    for key in ("fk-wrong", ""):
        try:
            await SocketTransport(w.url, key).connect()
        except ConnectionError as error:
            assert "authentication failed" in str(error), error
        else:
            raise AssertionError("it was let in")


@case(only="socket")
async def a_turn_goes_on_when_its_client_leaves(w):
    client, transport = await w.client()
    await client.connect()
    result = await client.initialize_session(machine_id="default", cwd=str(w.folder))
    await client.add_user_message(text="leave me\n" + step(say="word " * 20, pause=0.05))
    await transport.socket.close()

    async def is_done():
        async with w.session(resume=result.session_id) as session:
            loaded = await session._require_client().load_session(session_id=session.id)
            return not loaded.is_agent_loop_in_progress and len(loaded.session.messages) >= 2

    for _ in range(100):
        if await is_done():
            break
        await asyncio.sleep(0.1)
    else:
        raise AssertionError("the turn did not finish")


@case(only="socket")
async def a_pending_permission_waits_for_the_next_client(w):
    client, transport = await w.client()
    await client.connect()
    result = await client.initialize_session(machine_id="default", cwd=str(w.folder))
    # Nobody answers: the handler never comes back.
    asked = asyncio.Event()

    async def never(*arguments):
        asked.set()
        await asyncio.sleep(3600)

    client.set_permission_handler(never)
    await client.add_user_message(
        text="go\n" + step(calls=[call("Execute", command="touch late.txt", riskLevel="low", riskLevelReason="a test")])
    )
    await asyncio.wait_for(asked.wait(), 20)
    await transport.socket.close()
    seen = []
    async with w.session(resume=result.session_id, interactions=allow(seen=seen)) as session:
        await eventually((w.folder / "late.txt").exists)
        assert len(seen) == 1
        assert session.id == result.session_id
