"""What the methods of a session change: in requests to the model, in files, in processes, in lists, and for the next process or connection."""

import asyncio
import os
import pathlib
import re
import sys
import uuid

from droid_sdk import (
    Autonomy, DroidProtocolError, McpServerStatus, Mode, ReasoningEffort, SessionClosedError, SessionConfig, StdioMcpServerConfig,
)

from cases_sessions import offered, said
from model import call, step
from registry import case
from world import collect, eventually, names

FIXTURE = pathlib.Path(__file__).resolve().parent.parent / "mcp_stdio_fixture.py"


def execute(command):
    return call("Execute", command=command, riskLevel="low", riskLevelReason="a test")


def results(events):
    return [event for event in events if type(event).__name__ == "ToolResult"]


def home():
    return pathlib.Path(os.environ["HOME"]) / ".apus"


def processes(word):
    """Those that have a word in their command line."""
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if word.encode() in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
            except OSError:
                pass
    return found


@case(shows=["open", "id", "cwd", "stream"])
async def an_opened_session_is_one_of_its_folder(w):
    async with w.session(config=SessionConfig(autonomy=Autonomy.HIGH)) as session:
        assert session.cwd == w.folder and session.id
        events = await collect(session.stream("look around\n" + step(calls=[execute("pwd > place.txt")])))
        assert events[-1].success and events[-1].session_id == session.id, events[-1]
    assert (w.folder / "place.txt").read_text().strip() == str(w.folder)


@case(shows=[".add_user_message"])
async def a_prompt_that_nobody_follows_runs(w):
    async with w.session(config=SessionConfig(autonomy=Autonomy.HIGH)) as session:
        await session._require_client().add_user_message(text="Make it, unseen.\n" + step(calls=[execute("touch unseen.txt")]))
        await eventually((w.folder / "unseen.txt").exists, 30)
        await eventually(lambda: len(w.model.about("Make it, unseen.")) >= 2, 30)


@case(shows=["close", "resume"])
async def a_closed_session_takes_nothing_more_and_is_resumed(w):
    async with w.session() as session:
        await said(session, "Before the end.\n" + step(say="Yes."))
        process = None if w.is_socket else session._require_client()._transport.pid
        await session.close()
        try:
            session.stream("Too late.")
        except SessionClosedError:
            pass
        else:
            raise AssertionError("a closed session took a prompt")
        if process is not None:
            await eventually(lambda: not pathlib.Path(f"/proc/{process}").exists())
        name = session.id
    async with w.session(resume=name) as session:
        await said(session, "After the end.\n" + step(say="Still here."))
    assert "Before the end." in str(w.model.about("After the end.")[0]["messages"])


@case(shows=["update_settings", "settings"])
async def settings_decide_the_next_request(w):
    async with w.session() as session:
        await said(session, "First as it is.\n" + step(say="One."))
        await session.update_settings(
            model="custom:other", autonomy=Autonomy.HIGH, disabled_tools=["Create"], reasoning_effort=ReasoningEffort.HIGH
        )
        assert session.settings.model == "custom:other" and session.settings.autonomy is Autonomy.HIGH
        await said(session, "Then as it was changed.\n" + step(calls=[execute("touch changed.txt")]))
    first, then = w.model.about("First as it is.")[0], w.model.about("Then as it was changed.")[0]
    assert (first["model"], then["model"]) == ("scripted-model", "other-model")
    assert "Create" in offered(first) and "Create" not in offered(then)
    assert then["reasoning_effort"] == "high" and first.get("reasoning_effort") != "high", (first.keys(), then.keys())
    # Nobody could be asked: at the level before, it would have been declined.
    assert (w.folder / "changed.txt").exists()


@case(shows=["enter_spec", "leave_spec"])
async def spec_mode_plans_with_its_own_model_and_nothing_that_writes(w):
    async with w.session(config=SessionConfig(autonomy=Autonomy.HIGH)) as session:
        await session.enter_spec(model="custom:other")
        assert session.settings.mode is Mode.SPEC
        events = await collect(session.stream("Plan it out.\n" + step(calls=[execute("touch planned.txt")]) + "\n" + step(say="A plan.")))
        assert [event.is_error for event in results(events)] == [True], events
        assert not (w.folder / "planned.txt").exists()
        await session.leave_spec()
        await said(session, "Do it now.\n" + step(calls=[execute("touch planned.txt")]))
    assert (w.folder / "planned.txt").exists()
    planning, doing = w.model.about("Plan it out.")[0], w.model.about("Do it now.")[0]
    assert (planning["model"], doing["model"]) == ("other-model", "scripted-model")
    assert "ExitSpecMode" in offered(planning) and "ExitSpecMode" not in offered(doing), offered(planning)


@case(shows=["context", ".get_context_breakdown"])
async def the_context_is_what_the_provider_counted(w):
    async with w.session() as session:
        for tokens in (5_000, 9_000):
            await said(session, "Count this.\n" + step(say="Counted.", usage={"prompt_tokens": tokens, "completion_tokens": 70}))
            usage = await session.context()
            assert tokens <= usage.used < tokens + 1_000, usage
            breakdown = await session._require_client().get_context_breakdown()
            assert tokens <= breakdown.used_tokens < tokens + 1_000, breakdown
            assert breakdown.free_tokens == breakdown.context_budget - breakdown.used_tokens, breakdown


@case(shows=["interrupt"])
async def an_interrupt_ends_the_process_of_a_command(w):
    # Found among the processes of the machine by what it sleeps.
    word = f"600.{uuid.uuid4().int % 10**12}"
    async with w.session(config=SessionConfig(autonomy=Autonomy.HIGH)) as session:
        stream = session.stream("Wait for it.\n" + step(calls=[execute(f"touch began; sleep {word}")]))
        task = asyncio.create_task(collect(stream))
        await eventually(lambda: (w.folder / "began").exists() and processes(word), 30)
        await session.interrupt()
        events = await asyncio.wait_for(task, 15)
        assert events[-1].interrupted
        await eventually(lambda: not processes(word))
    assert len(w.model.about("Wait for it.")) == 1


@case(shows=[".kill_worker_session"])
async def a_worker_is_ended_and_the_session_goes_on(w):
    word = f"600.{uuid.uuid4().int % 10**12}"
    work = "Work on it for long.\n" + step(calls=[execute(f"touch began; sleep {word}")])
    task = call("Task", subagent_type="worker", description="long work", prompt=work)
    heard = []
    async with w.session(config=SessionConfig(autonomy=Autonomy.HIGH)) as session:
        session.on_notification(heard.append, type="child_session_available")
        client = session._require_client()
        running = asyncio.create_task(collect(session.stream("Have it done.\n" + step(calls=[task]) + "\n" + step(say="Going on."))))
        await eventually(lambda: (w.folder / "began").exists() and processes(word), 30)
        worker = heard[0]["childSessionId"]
        try:
            await client.kill_worker_session(worker_session_id=str(uuid.uuid4()))
        except DroidProtocolError as error:
            assert error.code == -32004, error.code
        else:
            raise AssertionError("a stranger was ended")
        await client.kill_worker_session(worker_session_id=worker)
        events = await asyncio.wait_for(running, 30)
        assert events[-1].success and events[-1].text == "Going on.", events[-1]
        assert len(results(events)) == 1 and worker in results(events)[0].content, events
        await eventually(lambda: not processes(word))
        # Ended already: nothing to do, and no error.
        await client.kill_worker_session(worker_session_id=worker)


@case(shows=["list_skills", "disable_skill", "enable_skill"])
async def a_skill_that_is_off_is_not_for_the_model(w):
    name = f"tidy-{uuid.uuid4().hex[:8]}"
    folder = home() / "skills" / name
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text(f"---\nname: {name}\ndescription: Tidies\n---\nSweep under the {name} carpet.\n")
    asked = call("Skill", skill=name)

    async def loads(session, number):
        events = await collect(session.stream(f"Tidy up, {name}, {number}.\n" + step(calls=[asked]) + "\n" + step(say="So.")))
        result = results(events)[0]
        assert result.is_error != ("carpet" in result.content), result
        return not result.is_error

    async with w.session() as session:
        listed = {item.name: item for item in (await session.list_skills()).skills}
        assert listed[name].location == "personal" and listed[name].file_path == str(folder / "SKILL.md"), listed[name]
        assert await loads(session, 1)
        assert (await session.disable_skill(name)).success
        assert not await loads(session, 2)
    async with w.session() as session:
        await said(session, f"A new session beside {name} skills.\n" + step(say="Yes."))
        assert (await session.enable_skill(name)).success
        assert await loads(session, 3)
    told = str([m for m in w.model.about(f"A new session beside {name}")[0]["messages"]])
    assert f"- {name}: Tidies" in str(w.model.about(f"Tidy up, {name}, 1.")[0]["messages"]) and f"- {name}: Tidies" not in told
    assert "carpet" in str(w.model.about(f"Tidy up, {name}, 3.")[1]["messages"])


@case
async def a_command_that_is_listed_stands_for_its_text(w):
    name = f"greet-{uuid.uuid4().hex[:8]}"
    folder = home() / "commands"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.md").write_text("---\ndescription: Greets\nargument-hint: <who>\n---\nGreet $ARGUMENTS with both hands.\n")
    async with w.session() as session:
        listed = {item.name: item for item in (await session._require_client().list_commands()).commands}
        assert (listed[name].description, listed[name].argument_hint) == ("Greets", "<who>"), listed[name]
        await said(session, f"/{name} the {name} neighbours")
    assert f"Greet the {name} neighbours with both hands." in str(w.model.about(f"the {name} neighbours")[0]["messages"])


@case(shows=["list_tools"])
async def the_tools_that_are_listed_are_those_that_are_offered(w):
    async with w.session(config=SessionConfig(autonomy=Autonomy.HIGH, disabled_tools=["WebSearch"])) as session:
        await said(session, "Which ones do you see?\n" + step(say="These."))
        listed = {item.id for item in await session.list_tools() if item.allowed}
    seen = offered(w.model.about("Which ones do you see?")[0])
    assert seen <= listed and "Execute" in seen, (seen, listed)


@case(
    alone=True,
    shows=[
        "add_mcp_server", "remove_mcp_server", "enable_mcp_server", "disable_mcp_server", "enable_mcp_tool", "disable_mcp_tool",
        "list_mcp_servers", "list_mcp_tools",
    ],
)
async def a_server_is_added_called_switched_and_removed(w):
    name = f"notes{uuid.uuid4().hex[:6]}"
    config = SessionConfig(autonomy=Autonomy.HIGH)

    async def is_connected(session):
        for _ in range(600):
            servers = {item.name: item for item in (await session.list_mcp_servers()).servers}
            if servers[name].status is McpServerStatus.CONNECTED:
                return servers[name]
            await asyncio.sleep(0.05)
        raise AssertionError(f"it did not connect: {servers[name]}")

    async def sees(session, what):
        """Which tools of the server the next request offers."""
        prompt = f"What is there {what}, {name}?"
        await said(session, prompt + "\n" + step(say="This."))
        tools = offered(w.model.about(prompt)[0])
        return {tool.split("___")[1] for tool in tools if tool.startswith(name + "___")}

    async with w.session(config=config) as session:
        assert (await session.add_mcp_server(StdioMcpServerConfig(name, sys.executable, [str(FIXTURE)]))).success
        server = await is_connected(session)
        assert server.tool_count == 5 and server.source == "user", server
        listed = {item.name for item in await session.list_mcp_tools() if item.server_name == name}
        assert listed == {"echo", "environment", "die", "hold", "flood"}, listed
        asked = [step(calls=[call(f"{name}___{tool}", text="from the model")]) for tool in ("echo", "environment")]
        events = await collect(session.stream("Call both.\n" + "\n".join(asked)))
        echo, environment = results(events)
        assert "from the model" in echo.content and not echo.is_error, echo
        process = int(re.search(r'"pid": ?(\d+)', environment.content).group(1))
        assert await sees(session, "at first") == listed

        assert (await session.disable_mcp_tool(name, "flood")).success
        assert await sees(session, "without one") == listed - {"flood"}
        assert not next(item.is_enabled for item in await session.list_mcp_tools() if (item.server_name, item.name) == (name, "flood"))
        assert (await session.enable_mcp_tool(name, "flood")).success
        assert await sees(session, "with all") == listed

        assert (await session.disable_mcp_server(name)).success
        assert {item.name: item.status for item in (await session.list_mcp_servers()).servers}[name] is McpServerStatus.DISABLED
        assert await sees(session, "without the server") == set()
        await eventually(lambda: not pathlib.Path(f"/proc/{process}").exists(), 30)
        assert (await session.enable_mcp_server(name)).success
        await is_connected(session)
        assert await sees(session, "with the server") == listed
    # It is the user's: the next process, or connection, has it.
    async with w.session(config=config) as session:
        await is_connected(session)
        assert await sees(session, "in another session") == listed
        assert name in (home() / "mcp.json").read_text()
        assert (await session.remove_mcp_server(name)).success
        assert name not in {item.name for item in (await session.list_mcp_servers()).servers}
        assert await sees(session, "behind its end") == set()
        assert name not in (home() / "mcp.json").read_text()


@case
async def what_only_the_original_has_is_refused(w):
    async with w.session() as session:
        client = session._require_client()
        for request in (client.submit_bug_report(user_comment="a bug"),):
            try:
                await request
            except DroidProtocolError as error:
                assert error.code == -32601, error.code
            else:
                raise AssertionError("it was taken")


@case(only="socket")
async def sessions_of_a_daemon_are_listed_searched_and_archived(w):
    word = f"needle{uuid.uuid4().hex[:10]}"
    async with w.session() as session:
        await said(session, f"Find the {word}.\n" + step(say="Found."))
        await session.rename(f"About {word}")
        protocol = session._require_client()._ensure_protocol()

        async def ask(method, **params):
            # No method of the SDK, but its frames.
            return (await protocol.send_request(method="droid." + method, params=params))["result"]

        async def listed():
            answer = await ask("list_available_sessions", limit=100)
            return next((item for item in answer["sessions"] if item["sessionId"] == session.id), None)

        assert (await listed())["title"] == f"About {word}"
        found = await ask("search_sessions", query=word)
        assert [item["sessionId"] for item in found["sessions"]] == [session.id], found
        assert (await ask("archive_session", sessionId=session.id))["success"]
        assert await listed() is None
        assert (await ask("unarchive_session", sessionId=session.id))["success"]
        assert (await listed())["title"] == f"About {word}"
