"""What a case gets: runtimes of the program under test, the model behind it, a folder of its own."""

import asyncio
import contextlib
import pathlib
import tempfile

from droid_sdk import InteractionHandlers, Runtime, Session, ToolConfirmationOutcome
from droid_sdk.low_level import DroidClient, ProcessTransport
from droid_sdk.observability import Observability

from socket_transport import SocketTransport


class Answered:
    """What the SDK itself tells of its requests: the methods that were answered with a result."""

    def __init__(self):
        self.methods = set()

    def record(self, event):
        if event.name == "droid.sdk.request.duration" and event.attributes["outcome"] == "success":
            self.methods.add(event.attributes["method"].removeprefix("droid."))


class World:
    def __init__(self, model, apus, url, key):
        self.model = model
        self.apus = apus
        self.url = url
        self.key = key
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="case-")).resolve()
        self.transports = []
        self.answered = Answered()

    @property
    def is_socket(self):
        return self.url is not None

    async def runtime(self):
        observability = Observability(metrics=self.answered)
        if not self.is_socket:
            return Runtime(executable=self.apus, observability=observability)
        transport = SocketTransport(self.url, self.key)
        await transport.connect()
        self.transports.append(transport)
        return Runtime(transport=transport, observability=observability)

    @contextlib.asynccontextmanager
    async def session(self, *, resume=None, **options):
        runtime = await self.runtime()
        if resume is not None:
            session = Session.resume(resume, runtime=runtime, **options)
        else:
            session = Session(cwd=self.folder, runtime=runtime, **options)
        async with session:
            yield session

    async def client(self):
        """The low-level client; connected, without a session, in an `async with`."""
        if self.is_socket:
            transport = SocketTransport(self.url, self.key)
        else:
            transport = ProcessTransport(exec_path=self.apus, cwd=str(self.folder))
        return DroidClient(transport=transport), transport

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path


def allow(option=ToolConfirmationOutcome.PROCEED_ONCE, seen=None, comment=None):
    """Handlers that give every permission, and note what was asked."""

    def on_permission(request):
        if seen is not None:
            seen.append(request)
        return request.respond(option, comment=comment)

    return InteractionHandlers(on_permission=on_permission)


def names(events):
    return [type(event).__name__ for event in events]


async def collect(stream):
    async with stream:
        return [event async for event in stream]


async def eventually(condition, limit=10.0):
    """Waits until something outside has happened."""
    for _ in range(int(limit / 0.05)):
        if condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not happen in time")
