"""A server of one line per message, for tests: its argument says how it behaves."""
import json
import os
import subprocess
import sys

mode = sys.argv[1] if len(sys.argv) > 1 else "plain"
if mode == "dies":
    print("no licence found", file=sys.stderr)
    sys.exit(3)
if mode == "mute":
    sys.stdin.read()
if mode == "child":
    subprocess.Popen(["sleep", "1000"])
if mode == "tree":
    subprocess.Popen(["/bin/sh", "-c", sys.argv[2]], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
print("hello, this is a greeting and no JSON", flush=True)
print("a complaint", file=sys.stderr, flush=True)


def send(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


# More than anybody is told of unasked.
extra = ["extra_%d" % number for number in range(80)] if mode == "many" else ["values"] if mode == "values" else []

held = []
for line in sys.stdin:
    message = json.loads(line)
    method, identity = message.get("method"), message.get("id")

    def result(value):
        send({"jsonrpc": "2.0", "id": identity, "result": value})

    if method == "initialize":
        result({"protocolVersion": message["params"]["protocolVersion"], "capabilities": {"tools": {"listChanged": True}}, "serverInfo": {"name": "s", "version": "1"}})
        send({"jsonrpc": "2.0", "id": "p", "method": "ping"})
    elif method == "tools/list":
        result({"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in ["echo", "environment", "die", "hold", "flood"] + extra]})
    elif method == "tools/call":
        name, arguments = message["params"]["name"], message["params"]["arguments"]
        if name == "echo":
            result({"content": [{"type": "text", "text": json.dumps(arguments)}]})
        elif name == "environment":
            result({"content": [], "structuredContent": {"environment": dict(os.environ), "pid": os.getpid(), "directory": os.getcwd(), "arguments": sys.argv[1:]}})
        elif name == "die":
            print("the end of me", file=sys.stderr, flush=True)
            os._exit(7)
        elif name == "values":
            result({"content": [], "structuredContent": [0] * arguments["count"]})
        elif name == "flood":
            while True:
                sys.stdout.write("x" * 65536)
        elif name == "hold":
            # Answered in the reverse order, when there are two.
            held.append(identity)
            if len(held) == 2:
                for waiting in reversed(held):
                    send({"jsonrpc": "2.0", "id": waiting, "result": {"content": [{"type": "text", "text": str(held.index(waiting))}]}})
                held = []
