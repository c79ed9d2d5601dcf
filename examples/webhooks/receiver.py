"""Receiver of Waxwing's events: verifies the signature, drops repeated events, prints the rest.

Python 3.9 or later, without packages. Set WEBHOOK_SECRET to the secret of `[webhooks.NAME]`, and PORT to the port.
"""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

SECRETS = [base64.b64decode(secret.strip()[len("whsec_"):]) for secret in os.environ["WEBHOOK_SECRET"].split(",")]

# Largest difference between the time of a request and the present time, in seconds.
TOLERANCE = 300

# Largest request in bytes.
MAX_BYTES = 4 * 1024 * 1024

# Ids of the last events. A real receiver keeps them in its database, in the transaction that handles the event.
SEEN, SEEN_LOCK, MAX_SEEN = OrderedDict(), Lock(), 10_000


def is_signed(headers, body):
    """Returns whether one of the signatures is by one of the secrets, and the request is recent."""
    event_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > TOLERANCE:
        return False
    signed = f"{event_id}.{timestamp}.".encode() + body
    expected = ["v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in SECRETS]
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(one, other) for one in given for other in expected)


def is_new(event_id):
    """Remembers an event. Returns whether it was unknown."""
    with SEEN_LOCK:
        if event_id in SEEN:
            return False
        SEEN[event_id] = True
        if len(SEEN) > MAX_SEEN:
            SEEN.popitem(last=False)
        return True


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length) if length <= MAX_BYTES else b""
        if not is_signed(self.headers, body):
            self.answer(401)
            return
        event = json.loads(body)
        if is_new(event["id"]):
            print(event["name"], json.dumps(event["data"]), flush=True)
        # Any status from 200 to 299 accepts the event, 410 ends the subscription, and any other gets the event again.
        self.answer(204)

    def answer(self, status):
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "0"))), Receiver)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.exit(0)
