"""Drives `apus serve` with a client that was written from the specification alone, and holds every event to it and to the models of ACP.

    run.py --apus PROGRAM [--only NAME]…

The temporary folder is $TMPDIR. Prints one JSON object a line: {"case", "ok", "error"}, and last {"done": count}.
"""

import argparse
import concurrent.futures
import json
import pathlib
import sys
import tempfile
import threading
import traceback

# The scripted model is that of the other protocol's cases.
sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "droid_sdk"))

import cases_daemon  # noqa: E402, F401
import cases_sessions  # noqa: E402, F401
import cases_turns  # noqa: E402, F401
from model import Model  # noqa: E402
from registry import CASES  # noqa: E402
from schema import Observer  # noqa: E402
from world import Server, World, settings  # noqa: E402

SIDE_BY_SIDE = 4
TYPES = {
    "session_update", "permission_request", "permission_resolved", "permission_already_resolved", "model_switched", "model_switch_failed",
    "session_metadata_updated", "session_died", "session_closed", "turn_complete", "turn_error",
    "slow_client_warning", "client_evicted", "stream_error",
}
UPDATES = {
    "user_message_chunk", "agent_message_chunk", "agent_thought_chunk", "tool_call", "tool_call_update", "plan", "available_commands_update",
    "current_mode_update",
}


printing = threading.Lock()


def say(**members):
    with printing:
        print(json.dumps(members), flush=True)


def attempt(name, body, *arguments):
    try:
        body(*arguments)
    except Exception as error:  # noqa: BLE001
        say(case=name, ok=False, error="".join(traceback.format_exception(error))[-4000:])
    else:
        say(case=name, ok=True)


def every_kind_occurred_and_none_was_wrong(observer):
    assert not observer.faults, observer.faults[:3]
    assert observer.types == TYPES, observer.types ^ TYPES
    assert observer.updates == UPDATES, observer.updates ^ UPDATES
    assert observer.contents == {"content", "diff"}, observer.contents
    assert observer.blocks == {"text"}, observer.blocks


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--apus", required=True)
    parser.add_argument("--only", action="append")
    options = parser.parse_args()
    options.apus = str(pathlib.Path(options.apus).resolve())
    chosen = {name: case for name, case in CASES.items() if not options.only or name in options.only}
    observer = Observer()
    home = pathlib.Path(tempfile.mkdtemp(prefix="home-")).resolve()
    with Model() as model:
        settings(home, model)
        server = Server(options.apus, home, ["--max-sessions", "0"])
        with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            for name, case in chosen.items():
                pool.submit(attempt, name, lambda case=case: case.body(World(model, options.apus, server.url, observer)))
        code = server.stop()
        say(case="the_server_ends_cleanly", ok=code == 0, error=f"exit code {code}")
        if not options.only:
            attempt("every_kind_occurred_and_none_was_wrong", every_kind_occurred_and_none_was_wrong, observer)
    say(done=len(chosen))


main()
