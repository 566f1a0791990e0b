"""Holds what a daemon says to the specification, and its content to the models of the package agent-client-protocol."""

import json
import threading

from acp import schema
from pydantic import TypeAdapter

BLOCKS = TypeAdapter(
    schema.TextContentBlock
    | schema.ImageContentBlock
    | schema.AudioContentBlock
    | schema.ResourceContentBlock
    | schema.EmbeddedResourceContentBlock
)


def holds(model, value):
    """The value as the model reads it and writes it again: what it does not know, or reads as something else, is a difference."""
    text = json.dumps(value)
    adapter = model if isinstance(model, TypeAdapter) else TypeAdapter(model)
    read = adapter.validate_json(text, strict=True)
    again = json.loads(adapter.dump_json(read, by_alias=True, exclude_unset=True))
    assert again == value, f"{model}: read as {json.dumps(again)}, said as {text}"
    return read


def text(value):
    assert isinstance(value, str) and value, repr(value)


def words(data, *names):
    for name in names:
        text(data[name])


class Observer:
    """Looks at every event of every stream; the kinds it has seen are what the last case is about."""

    def __init__(self):
        self.lock = threading.Lock()
        self.types, self.updates, self.contents, self.blocks, self.faults = set(), set(), set(), set(), []

    def __call__(self, event, fields):
        try:
            self.judge(event, fields)
        except Exception as error:  # noqa: BLE001
            self.faults.append(f"{type(error).__name__}: {error} in {json.dumps(event)}"[:3000])
            raise AssertionError(self.faults[-1]) from error

    def judge(self, event, fields):
        kind, data = event["type"], event["data"]
        with self.lock:
            self.types.add(kind)
        assert set(event) <= {"id", "v", "type", "data", "originatorClientId"}, set(event)
        assert fields.get("event") == kind and "\n" not in fields["data"]
        assert fields.get("id") == (str(event["id"]) if "id" in event else None), fields.get("id")
        if "originatorClientId" in event:
            text(event["originatorClientId"])
        assert ("id" not in event) == (kind in {"slow_client_warning", "client_evicted", "stream_error"})
        getattr(self, "see_" + kind)(data)

    def note(self, update):
        with self.lock:
            self.updates.add(update["sessionUpdate"])
            content = update.get("content")
            for item in content if isinstance(content, list) else []:
                self.contents.add(item["type"])
            if isinstance(content, dict):
                self.blocks.add(content["type"])

    def see_session_update(self, data):
        update = data["update"]
        holds(schema.SessionNotification, {"sessionId": data["sessionId"], "update": update})
        # Once more beside it, for those who read that.
        assert data == {**update, "sessionId": data["sessionId"], "update": update}, "flat and nested differ"
        self.note(update)
        if isinstance(update.get("content"), dict):
            holds(BLOCKS, update["content"])

    def see_permission_request(self, data):
        text(data["requestId"])
        holds(schema.RequestPermissionRequest, {name: value for name, value in data.items() if name != "requestId"})
        assert data["toolCall"]["status"] == "pending"
        identifiers = [option["optionId"] for option in data["options"]]
        assert len(set(identifiers)) == len(identifiers) and identifiers[-2:] == ["proceed_once", "cancel"], identifiers

    def see_permission_resolved(self, data):
        assert set(data) == {"requestId", "outcome"}, set(data)
        text(data["requestId"])
        holds(schema.RequestPermissionResponse, {"outcome": data["outcome"]})

    def see_permission_already_resolved(self, data):
        words(data, "requestId", "sessionId")
        holds(schema.RequestPermissionResponse, {"outcome": data["outcome"]})

    def see_model_switched(self, data):
        words(data, "sessionId", "modelId")

    def see_model_switch_failed(self, data):
        words(data, "sessionId", "requestedModelId", "error")

    def see_session_metadata_updated(self, data):
        words(data, "sessionId")
        assert data.get("displayName") is None or isinstance(data["displayName"], str)

    def see_session_died(self, data):
        words(data, "sessionId", "reason")

    see_session_closed = see_session_died

    def see_slow_client_warning(self, data):
        assert all(type(data[name]) is int for name in ("queueSize", "maxQueued", "lastEventId")), data

    def see_client_evicted(self, data):
        words(data, "reason")

    def see_stream_error(self, data):
        words(data, "error")

    def see_turn_complete(self, data):
        words(data, "sessionId", "promptId")
        holds(schema.PromptResponse, {"stopReason": data["stopReason"]})

    def see_turn_error(self, data):
        words(data, "sessionId", "promptId", "message", "errorKind")
        assert type(data["code"]) is int


def created(answer, *, bound=False):
    assert set(answer) == {"sessionId", "workspaceCwd", "attached"} | ({"clientId", "createdAt"} if bound else set()), answer
    assert type(answer["attached"]) is bool
    return answer


def state(value):
    """What a session is brought back with. The package's models know nothing of `models`, the protocol does."""
    models = value["models"]
    holds(schema.LoadSessionResponse, {name: member for name, member in value.items() if name != "models"})
    assert set(models) == {"currentModelId", "availableModels"}, models
    for model in models["availableModels"]:
        words(model, "modelId", "name")
        assert set(model) <= {"modelId", "name", "description"}, model
    assert models["currentModelId"] in {model["modelId"] for model in models["availableModels"]}, models
    modes = value["modes"]
    assert [mode["id"] for mode in modes["availableModes"]] == ["plan", "default", "auto-edit", "yolo"], modes
    assert modes["currentModeId"] in {mode["id"] for mode in modes["availableModes"]}, modes
    return value
