"""Signing in to an MCP server that asks for it, and the registry: what the SDK is told, and what is so afterwards."""

import asyncio
import contextlib
import json
import os
import pathlib
import sys
import urllib.parse
import urllib.request

from droid_sdk import Autonomy, DroidProtocolError, HttpMcpServerConfig, McpServerStatus, SessionConfig

from model import call, step
from registry import case
from world import allow, collect, eventually

FIXTURE = pathlib.Path(__file__).resolve().parent.parent / "mcp_oauth_fixture.py"


@contextlib.asynccontextmanager
async def guarded_server():
    """The address of a server that wants a token; its authorization server agrees to everybody."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(FIXTURE), stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE)
    try:
        port = int(await asyncio.wait_for(process.stdout.readline(), 20))
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.kill()
        await process.wait()


@contextlib.asynccontextmanager
async def guarded_session(w):
    """A session with that server, what it was told, and the server's address."""
    heard = []
    async with guarded_server() as url:
        config = SessionConfig(autonomy=Autonomy.HIGH, mcp_servers=[HttpMcpServerConfig(name="guarded", url=url)])
        async with w.session(config=config, interactions=allow()) as session:
            session.on_notification(heard.append, type="mcp_auth_required")
            session.on_notification(heard.append, type="mcp_auth_completed")
            yield session, heard, url


async def status(session):
    return (await session.list_mcp_servers()).servers[0]


async def becomes(session, condition):
    """The server's status, once it is as wanted: its connection is opened anew behind the answer."""
    for _ in range(600):
        now = await status(session)
        if condition(now):
            return now
        await asyncio.sleep(0.05)
    raise AssertionError(f"it stayed {now}")


def of(heard, kind):
    return [item for item in heard if item["type"] == kind]


class Unfollowed(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments):
        return None


def agreed(place):
    """Opens the place to sign in as a person would, and gives back the callback without going there."""
    try:
        urllib.request.build_opener(Unfollowed).open(place, timeout=20)
    except urllib.error.HTTPError as answer:
        assert answer.code == 302, answer
        return answer.headers["Location"]
    raise AssertionError("nobody was sent back")


def tokens(url):
    """What is stored for a server."""
    path = pathlib.Path(os.environ["HOME"]) / ".apus" / "mcp-tokens.json"
    if not path.exists():
        return None
    assert path.stat().st_mode & 0o077 == 0, oct(path.stat().st_mode)
    return json.loads(path.read_text())["servers"].get(url)


async def tool_result(w, session, mark):
    """What the model hears when it calls the server's tool."""
    events = await collect(session.stream(f"{mark}\n" + step(calls=[call("guarded___whoami")]) + "\n" + step(say="Done.")))
    assert events[-1].success, events[-1]
    return str(w.model.about(mark)[-1]["messages"])


@case(shows=["authenticate_mcp_server"])
async def a_sign_in_gives_a_session_the_tools_of_its_server(w):
    async with guarded_session(w) as (session, heard, url):
        before = await status(session)
        assert before.status is not McpServerStatus.CONNECTED and before.requires_auth, before
        assert tokens(url) is None and await session.list_mcp_tools() == []
        signing_in = asyncio.ensure_future(session.authenticate_mcp_server("guarded"))
        await eventually(lambda: of(heard, "mcp_auth_required"), 30)
        asked = of(heard, "mcp_auth_required")[0]
        assert asked["serverName"] == "guarded" and asked["message"], asked
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(asked["authUrl"]).query))
        assert query["state"] == asked["state"] and query["code_challenge_method"] == "S256", query
        pending = await status(session)
        assert pending.pending_auth_url == asked["authUrl"] and pending.pending_auth_state == asked["state"], pending
        # The callback is Apus's own: going there is all that the person does.
        callback = await asyncio.to_thread(agreed, asked["authUrl"])
        await asyncio.to_thread(lambda: urllib.request.urlopen(callback, timeout=20).read())
        assert (await asyncio.wait_for(signing_in, 30)).success
        await eventually(lambda: of(heard, "mcp_auth_completed"), 30)
        assert of(heard, "mcp_auth_completed")[0]["outcome"] == "success", heard
        after = await becomes(session, lambda now: now.status is McpServerStatus.CONNECTED)
        assert after.has_auth_tokens and after.tool_count == 1, after
        assert [tool.name for tool in await session.list_mcp_tools()] == ["whoami"]
        assert tokens(url)["accessToken"].startswith("canary-"), tokens(url)
        # The server says the token aloud: the model hears that there is one, and not which.
        said = await tool_result(w, session, f"Who am I at {url}?")
        assert "you are Bearer" in said and "canary-" not in said, said


@case(shows=["submit_mcp_auth_code"])
async def a_code_that_was_brought_by_hand_signs_in(w):
    async with guarded_session(w) as (session, heard, url):
        signing_in = asyncio.ensure_future(session.authenticate_mcp_server("guarded"))
        await eventually(lambda: of(heard, "mcp_auth_required"), 30)
        asked = of(heard, "mcp_auth_required")[0]
        callback = await asyncio.to_thread(agreed, asked["authUrl"])
        code = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(callback).query))["code"]
        try:
            await session.submit_mcp_auth_code("guarded", code=code, state="of-nobody")
        except DroidProtocolError as error:
            assert error.code == -32602, error
        else:
            raise AssertionError("a state that nobody waits for was taken")
        assert not signing_in.done() and tokens(url) is None
        # The whole address of the callback does as well as the code alone, and says who sent it.
        assert (await session.submit_mcp_auth_code("guarded", code=callback, state=asked["state"])).success
        assert (await asyncio.wait_for(signing_in, 30)).success
        assert tokens(url) is not None
        await becomes(session, lambda now: now.status is McpServerStatus.CONNECTED)


@case(shows=["cancel_mcp_auth", "submit_mcp_auth_error"])
async def a_sign_in_that_is_given_up_or_refused_leaves_nothing(w):
    async with guarded_session(w) as (session, heard, url):
        signing_in = asyncio.ensure_future(session.authenticate_mcp_server("guarded"))
        await eventually(lambda: len(of(heard, "mcp_auth_required")) == 1, 30)
        assert (await session.cancel_mcp_auth("guarded")).success
        assert not (await asyncio.wait_for(signing_in, 30)).success
        await eventually(lambda: len(of(heard, "mcp_auth_completed")) == 1, 30)
        assert of(heard, "mcp_auth_completed")[0]["outcome"] == "cancelled", heard
        assert (await status(session)).pending_auth_url is None

        signing_in = asyncio.ensure_future(session.authenticate_mcp_server("guarded"))
        await eventually(lambda: len(of(heard, "mcp_auth_required")) == 2, 30)
        state = of(heard, "mcp_auth_required")[1]["state"]
        assert state != of(heard, "mcp_auth_required")[0]["state"]
        refusal = await session.submit_mcp_auth_error("guarded", error="access_denied", state=state, error_description="Not today.")
        assert refusal.success
        assert not (await asyncio.wait_for(signing_in, 30)).success
        await eventually(lambda: len(of(heard, "mcp_auth_completed")) == 2, 30)
        assert of(heard, "mcp_auth_completed")[1]["outcome"] in ("failed", "cancelled"), heard
        assert tokens(url) is None and await session.list_mcp_tools() == []


@case(shows=["clear_mcp_auth"])
async def clearing_a_sign_in_takes_the_tools_and_the_token_away(w):
    async with guarded_session(w) as (session, heard, url):
        signing_in = asyncio.ensure_future(session.authenticate_mcp_server("guarded"))
        await eventually(lambda: of(heard, "mcp_auth_required"), 30)
        callback = await asyncio.to_thread(agreed, of(heard, "mcp_auth_required")[0]["authUrl"])
        await asyncio.to_thread(lambda: urllib.request.urlopen(callback, timeout=20).read())
        assert (await asyncio.wait_for(signing_in, 30)).success and tokens(url) is not None
        assert (await session.clear_mcp_auth("guarded")).success
        assert tokens(url) is None
        after = await becomes(session, lambda now: now.status is not McpServerStatus.CONNECTED and now.requires_auth)
        assert not after.has_auth_tokens, after


@case
async def signing_in_to_nobody_is_refused(w):
    async with w.session() as session:
        for attempt in (session.authenticate_mcp_server, session.cancel_mcp_auth, session.clear_mcp_auth):
            try:
                await attempt("nobody")
            except DroidProtocolError as error:
                assert error.code == -32004, error
            else:
                raise AssertionError("a server that is not there was signed in to")


@case(alone=True, shows=[".list_mcp_registry"])
async def the_registry_is_the_file_of_this_home(w):
    path = pathlib.Path(os.environ["HOME"]) / ".apus" / "mcp-registry.json"
    async with w.session() as session:
        client = session._require_client()
        assert (await client.list_mcp_registry()).servers == []
        path.write_text('{\n  // Ours.\n  "servers": [{"name": "notes", "description": "Keeps notes", "type": "stdio", "command": "notes", "args": ["-v"]}],\n}\n')
        try:
            servers = (await client.list_mcp_registry()).servers
        finally:
            path.unlink()
        assert [(item.name, item.description, item.type.value, item.command, item.args) for item in servers] == [
            ("notes", "Keeps notes", "stdio", "notes", ["-v"])
        ], servers
