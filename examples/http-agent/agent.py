"""Agent for Waxwing in Python, with the standard library only. docs/http-agent.md describes the contract.

    WAXWING_AGENT_SECRET=... [PORT=8080] python3 agent.py

The agent repeats messages and counts them. It answers "slow" with a stream of events that starts with an interim message.
"""

import hashlib
import hmac
import json
import os
import sys
import time
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

MAX_BODY = 32 * 1024 * 1024
WINDOW = 300  # seconds

SECRET = os.environ.get("WAXWING_AGENT_SECRET", "").encode()
if len(SECRET) < 16:
    sys.exit("set WAXWING_AGENT_SECRET to a secret of at least 16 bytes, the same as in Waxwing")


def digest(t, *parts):
    return hmac.new(SECRET, b".".join([str(t).encode(), *parts]), hashlib.sha256).hexdigest()


def sign(*parts):
    t = int(time.time())
    return f"t={t},v1={digest(t, *parts)}"


def is_genuine(signature, *parts):
    try:
        fields = [field.strip().split("=", 1) for field in signature.split(",")]
        t = int(dict(fields)["t"])
    except (AttributeError, KeyError, ValueError):
        return False
    if abs(time.time() - t) > WINDOW:
        return False
    expected = digest(t, *parts).encode()
    return any(name == "v1" and hmac.compare_digest(value.encode(), expected) for name, value in fields)


def answer(turn):
    """Returns an interim text or None, and the answer to a turn."""
    words = " ".join(message["text"] for message in turn["messages"]).strip()
    count = turn["session"]["state"].get("count", 0) + 1
    state = {"set": {"count": count}}
    media = [message["media"] for message in turn["messages"] if "media" in message]
    if media:
        text = f"That is {media[0]['mime_type']} of {media[0]['size']} bytes."
        return None, {"parts": [{"type": "text", "text": text}], "state": state}
    if words == "menu":
        choices = [{"id": "soup", "label": "Soup"}, {"id": "salad", "label": "Salad"}]
        return None, {"parts": [{"type": "question", "text": "What would you like?", "choices": choices}], "state": state}
    before = "One moment, please." if words == "slow" else None
    return before, {"parts": [{"type": "markdown", "text": f"*{count}*: you said “{words}”."}], "state": state}


class Answers:
    """The latest answers by idempotency key. A repeated call gets the same answer."""

    def __init__(self, limit=1000):
        self.limit, self.kept, self.lock = limit, OrderedDict(), Lock()

    def to(self, turn):
        key = turn["idempotency_key"]
        with self.lock:
            if key not in self.kept:
                self.kept[key] = answer(turn)
                if len(self.kept) > self.limit:
                    self.kept.popitem(last=False)
            return self.kept[key]


ANSWERS = Answers()


class Handler(BaseHTTPRequestHandler):
    timeout = 30  # seconds for a client that hangs

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        if length > MAX_BODY:
            return self.send_error(413)
        body = self.rfile.read(length)
        # The signature covers the raw bytes, so it is verified before parsing.
        if not is_genuine(self.headers.get("X-Waxwing-Signature"), body):
            return self.send_error(401)
        turn = json.loads(body)
        key = turn["idempotency_key"].encode()
        before, reply = ANSWERS.to(turn)
        if before is None:
            self.document(key, reply)
        else:
            self.stream(key, before, reply)

    def document(self, key, reply):
        body = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Waxwing-Signature", sign(key, body))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, key, before, reply):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        message = {"parts": [{"type": "text", "text": before}]}
        for number, (event, content) in enumerate([("message", message), ("reply", reply)], 1):
            data = json.dumps(content)
            signature = sign(key, str(number).encode(), event.encode(), data.encode())
            self.wfile.write(f"event: {event}\nid: {signature}\ndata: {data}\n\n".encode())
            self.wfile.flush()

    def log_message(self, *_):
        pass  # no access log


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "0"))), Handler)
print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
try:
    server.serve_forever()
except KeyboardInterrupt:
    pass
