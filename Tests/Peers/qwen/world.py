"""What a case gets: servers of the program under test, a client for each, the model behind them, a folder of its own."""

import contextlib
import json
import os
import pathlib
import re
import select
import signal
import subprocess
import tempfile
import time

from client import Daemon, update

START_LINE = r"qwen serve listening on (http://127\.0\.0\.1:\d+) \(mode=http-bridge(, workspace=.+)?\)\n"


def settings(home, model):
    def entry(name):
        return {
            "id": f"custom:{name}", "displayName": name.title(), "model": f"{name}-model", "provider": "generic-chat-completion-api",
            "baseUrl": model.url, "apiKey": "test-key",
        }

    folder = pathlib.Path(home) / ".apus"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    text = json.dumps({"model": "custom:scripted", "customModels": [entry("scripted"), entry("other")]})
    (folder / "settings.json").write_text(text)


class Server:
    """`apus serve` with a home, until it is stopped."""

    def __init__(self, apus, home, flags, variables=None):
        environment = {**os.environ, "HOME": str(home), **(variables or {})}
        self.process = subprocess.Popen(
            [apus, "serve", "--port", "0", *map(str, flags)], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=home,
            stderr=subprocess.DEVNULL,
        )
        ready, _, _ = select.select([self.process.stdout], [], [], 60)
        self.line = self.process.stdout.readline().decode() if ready else ""
        match = re.fullmatch(START_LINE, self.line)
        if not match:
            self.process.kill()
            raise AssertionError(f"no start line: {self.line!r}")
        self.url = match.group(1)

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(30)


class World:
    def __init__(self, model, apus, url, seen):
        self.model, self.apus, self.seen = model, apus, seen
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="case-")).resolve()
        self.work = self.folder / "work"
        self.work.mkdir()
        # The server that the cases share: no workspace, no token.
        self.url = url
        self.daemon = self.client(url)

    def client(self, url, token=None):
        return Daemon(url, token, self.seen)

    @contextlib.contextmanager
    def serve(self, *flags, home="home", bound=False, **variables):
        """A server of the case's own."""
        folder = self.folder / home
        settings(folder, self.model)
        server = Server(self.apus, folder, [*flags, *(["--workspace", self.work] if bound else [])], variables)
        try:
            yield server
        finally:
            with contextlib.suppress(ProcessLookupError):
                server.process.kill()
            server.process.wait(30)

    @contextlib.contextmanager
    def serving(self, *flags, token=None, **options):
        with self.serve(*flags, **options) as server:
            yield self.client(server.url, token)

    def run(self, *words):
        """What the program says on the home of the case's own server."""
        environment = {**os.environ, "HOME": str(self.folder / "home")}
        run = subprocess.run([self.apus, *words], cwd=self.work, env=environment, capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, run.stderr
        return run.stdout

    def session(self, daemon=None, **members):
        return (daemon or self.daemon).create(self.work, **members)["sessionId"]

    def has(self, name):
        return (self.work / name).exists()


def told(events, kind):
    return [update(event) for event in events if event["type"] == "session_update" and update(event)["sessionUpdate"] == kind]


def said(events):
    return "".join(chunk["content"].get("text", "") for chunk in told(events, "agent_message_chunk"))


def of(events, *types):
    return [event["data"] for event in events if event["type"] in types]


def eventually(condition, limit=10.0):
    """Waits until something outside has happened."""
    for _ in range(int(limit / 0.02)):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


def refused(status, function, *arguments, code=None, **more):
    """The body of the refusal that a call must end with."""
    from client import DaemonError

    try:
        answer = function(*arguments, **more)
    except DaemonError as error:
        assert error.status == status, error
        assert isinstance(error.body, dict) and isinstance(error.body["error"], str), error.body
        assert code is None or error.code == code, error.body
        if status in (409, 429, 503):
            assert error.headers["Retry-After"] == "5", error.headers
        return error.body
    raise AssertionError(f"not refused: {answer!r}")
