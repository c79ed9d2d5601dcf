"""Serves an agent to Waxwing, with the standard library only. `docs/http-agent.md` of Waxwing describes the contract."""

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
KEPT_ANSWERS = 1000


def sign(secret, *parts):
    """Returns the value of the header X-Waxwing-Signature."""
    t = int(time.time())
    return f"t={t},v1={_digest(secret, t, *parts)}"


def is_genuine(secret, signature, *parts):
    """Returns whether a signature is right and recent."""
    try:
        fields = [field.strip().split("=", 1) for field in signature.split(",")]
        t = int(dict(fields)["t"])
    except (AttributeError, KeyError, ValueError):
        return False
    if abs(time.time() - t) > WINDOW:
        return False
    expected = _digest(secret, t, *parts).encode()
    return any(name == "v1" and hmac.compare_digest(value.encode(), expected) for name, value in fields)


def server(answer, secret, port=0):
    """Returns an HTTP server on this machine that calls `answer` for each turn. Port 0 takes a free one."""
    answers = _Answers(answer)

    class Handler(BaseHTTPRequestHandler):
        timeout = 30  # seconds for a client that hangs

        def do_POST(self):
            length = int(self.headers.get("Content-Length") or 0)
            if length > MAX_BODY:
                return self.send_error(413)
            body = self.rfile.read(length)
            # The signature covers the raw bytes, so it is verified before parsing.
            if not is_genuine(secret, self.headers.get("X-Waxwing-Signature"), body):
                return self.send_error(401)
            turn = json.loads(body)
            reply = json.dumps(answers.to(turn)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply)))
            self.send_header("X-Waxwing-Signature", sign(secret, turn["idempotency_key"].encode(), reply))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_):
            pass  # no access log

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


def serve(answer):
    """Serves the agent until Ctrl-C, with the secret WAXWING_AGENT_SECRET on the port PORT."""
    secret = os.environ.get("WAXWING_AGENT_SECRET", "").encode()
    if len(secret) < 16:
        sys.exit("set WAXWING_AGENT_SECRET to a secret of at least 16 bytes, the same as for Waxwing")
    http = server(answer, secret, int(os.environ.get("PORT", "9000")))
    print(f"listening on http://127.0.0.1:{http.server_port}/", flush=True)
    try:
        http.serve_forever()
    except KeyboardInterrupt:
        pass


def _digest(secret, t, *parts):
    return hmac.new(secret, b".".join([str(t).encode(), *parts]), hashlib.sha256).hexdigest()


class _Answers:
    """The latest answers by idempotency key. A repeated call gets the same answer."""

    def __init__(self, answer):
        self.answer, self.kept, self.lock = answer, OrderedDict(), Lock()

    def to(self, turn):
        key = turn["idempotency_key"]
        with self.lock:
            kept = self.kept.get(key)
        if kept is None:
            kept = self.answer(turn)
            with self.lock:
                kept = self.kept.setdefault(key, kept)
                if len(self.kept) > KEPT_ANSWERS:
                    self.kept.popitem(last=False)
        return kept
