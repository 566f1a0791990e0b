"""A model that does what its prompt says: the provider behind the program under test.

Speaks the streamed chat-completions dialect. A line of the newest prompt that begins with "@ " is one step, a JSON object; the n-th request
of the turn gets the n-th step: {"say": text, "think": text, "calls": [{"name": …, "input": {…}}], "pause": seconds between pieces,
"status": HTTP status, "usage": members of the token counts}. Without steps left it says "Done." Requests without tools (summaries) get a fixed text.
"""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def step(**members):
    return "@ " + json.dumps(members)


def call(name, /, **arguments):
    return {"name": name, "input": arguments}


def parts(message):
    content = message.get("content")
    if isinstance(content, str):
        return [content]
    return [part["text"] for part in content or [] if part.get("type") == "text"] or [""]


class Model:
    """Lends the server: `with Model() as model`. `requests` holds the bodies, oldest first."""

    def __init__(self):
        self.requests = []
        self.lock = threading.Lock()
        self.calls = 0
        model = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments):
                pass

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with model.lock:
                    model.requests.append(body)
                try:
                    model.answer(self, body)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()

    def all(self):
        with self.lock:
            return list(self.requests)

    def about(self, text):
        """The requests whose newest prompt holds a text."""
        with self.lock:
            return [body for body in self.requests if text in self.newest_prompt(body)[0]]

    @staticmethod
    def newest_prompt(body):
        """The newest message of the user with steps in it, or the newest of all, and how often it was answered."""
        messages = body["messages"]
        prompts = [index for index, message in enumerate(messages) if message["role"] == "user"]
        scripted = [index for index in prompts if any("\n@ " in part for part in parts(messages[index]))]
        place = (scripted or prompts)[-1]
        # Prompts without an answer between them come as one message.
        chosen = [part for part in parts(messages[place]) if "\n@ " in part] or parts(messages[place])
        return chosen[-1], sum(1 for message in messages[place:] if message["role"] == "assistant")

    def answer(self, handler, body):
        if not body.get("tools"):
            return self.stream(handler, {"say": "The summary of it all."})
        prompt, answers = self.newest_prompt(body)
        steps = []
        for line in reversed(prompt.splitlines()):
            if line.startswith("@ "):
                steps.insert(0, json.loads(line[2:]))
            elif steps:
                break
        chosen = steps[answers] if answers < len(steps) else {"say": "Done."}
        if "status" in chosen:
            text = json.dumps({"error": {"message": "the model is out of order", "type": "server_error"}}).encode()
            handler.send_response(chosen["status"])
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(text)))
            handler.end_headers()
            handler.wfile.write(text)
            return None
        return self.stream(handler, chosen)

    def stream(self, handler, chosen):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Connection", "close")
        handler.end_headers()
        handler.close_connection = True

        def event(delta, finish=None, **more):
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            data = {"id": "c1", "object": "chat.completion.chunk", "model": "scripted-model", "choices": [choice], **more}
            handler.wfile.write(b"data: " + json.dumps(data).encode() + b"\n\n")
            handler.wfile.flush()

        event({"role": "assistant"})
        for channel, key in (("reasoning_content", "think"), ("content", "say")):
            for piece in pieces(chosen.get(key, "")):
                event({channel: piece})
                if "pause" in chosen:
                    time.sleep(chosen["pause"])
        calls = chosen.get("calls", [])
        for index, item in enumerate(calls):
            with self.lock:
                self.calls += 1
                name = f"call_{self.calls}"
            function = {"name": item["name"], "arguments": json.dumps(item["input"])}
            event({"tool_calls": [{"index": index, "id": name, "type": "function", "function": function}]})
        usage = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120, **chosen.get("usage", {})}
        event({}, "tool_calls" if calls else "stop", usage=usage)
        handler.wfile.write(b"data: [DONE]\n\n")


def pieces(text):
    """Cut behind spaces, so that joining gives the text."""
    start = 0
    for index, character in enumerate(text):
        if character == " ":
            yield text[start : index + 1]
            start = index + 1
    if start < len(text):
        yield text[start:]
