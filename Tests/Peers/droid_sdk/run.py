"""Drives the program under test with the Python SDK, unchanged.

    run.py --apus PROGRAM [--transport stdio|socket] [--only NAME]…

The home is $HOME, fresh; a settings file for the scripted model is written there. With `socket` a daemon of the program is started, and the
cases reach it through a small adapter. Prints one JSON object a line: {"case", "ok", "error"}, and last {"done": count}, before that
{"shown": […]}: the methods of the guide's session table whose effect was checked.
"""

import argparse
import asyncio
import contextlib
import json
import os
import pathlib
import re
import secrets
import signal
import traceback

import cases_effects  # noqa: F401
import cases_sessions  # noqa: F401
import cases_signin  # noqa: F401
import cases_turns  # noqa: F401
import methods
from model import Model
from registry import CASES
from world import World

SIDE_BY_SIDE = 4
LIMIT = 45


def settings(model):
    entry = {
        "id": "custom:scripted", "displayName": "Scripted", "model": "scripted-model", "provider": "generic-chat-completion-api",
        "baseUrl": model.url, "apiKey": "test-key",
    }
    other = {**entry, "id": "custom:other", "displayName": "Other", "model": "other-model"}
    # Side by side tests share a home; session files are what list_sessions reads.
    home = pathlib.Path(os.environ["HOME"]) / ".apus"
    home.mkdir(mode=0o700, exist_ok=True)
    (home / "settings.json").write_text(json.dumps({"model": "custom:scripted", "customModels": [entry, other], "compat": {"sessionFiles": True}}))


def say(**members):
    print(json.dumps(members), flush=True)


async def attempt(name, case, world, gate, record):
    body = case.body
    async with gate:
        try:
            try:
                await asyncio.wait_for(body(world), LIMIT)
            except asyncio.TimeoutError:
                # This client listens some time after it has read the answer to its prompt, and misses a turn that was quicker: on a busy
                # machine that happens. A server that says nothing says nothing again.
                await asyncio.wait_for(body(world), LIMIT)
        except BaseException as error:  # noqa: BLE001
            if isinstance(error, (KeyboardInterrupt, SystemExit)):
                raise
            say(case=name, ok=False, error="".join(traceback.format_exception(error))[-4000:])
        else:
            unanswered = record.passed(case.shows, world.answered.methods)
            say(case=name, ok=not unanswered, error=f"it shows methods that were not answered: {unanswered}")


@contextlib.asynccontextmanager
async def daemon(apus):
    """The address and a key of a daemon that lives as long as the cases."""
    key = "fk-" + secrets.token_hex(16)
    process = await asyncio.create_subprocess_exec(
        apus, "daemon", "--port", "0", env={**os.environ, "FACTORY_API_KEY": key}, stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
        yield re.search(r"ws://\S+", line).group(), key
    finally:
        process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(process.wait(), 30)
        say(case="the_daemon_ends_cleanly", ok=code == 0, error=f"exit code {code}")


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--apus", required=True)
    parser.add_argument("--transport", choices=["stdio", "socket"], default="stdio")
    parser.add_argument("--only", action="append")
    options = parser.parse_args()
    chosen = {
        name: case
        for name, case in CASES.items()
        if case.only in (None, options.transport) and (not options.only or name in options.only)
    }
    gate = asyncio.Semaphore(SIDE_BY_SIDE)
    async with contextlib.AsyncExitStack() as stack:
        model = stack.enter_context(Model())
        settings(model)
        url, key = await stack.enter_async_context(daemon(options.apus)) if options.transport == "socket" else (None, None)

        record = methods.Record()

        def attempts(alone):
            cases = ((name, case) for name, case in chosen.items() if case.alone == alone)
            return [attempt(name, case, World(model, options.apus, url, key), gate, record) for name, case in cases]

        await asyncio.gather(*attempts(alone=False))
        for single in attempts(alone=True):
            await single
    if not options.only:
        missing = record.missing()
        say(case="every_method_has_a_case", ok=not missing, error=f"no case shows {missing}")
        say(shown=record.guide())
    say(done=len(chosen))


asyncio.run(main())
