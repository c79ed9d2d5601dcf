"""Serves a bot on a free port, and announces it to the test."""

import base64
import importlib.metadata
import json
import os
import socket
from pathlib import Path

import uvicorn

ID = os.environ["WHATSAPP_PHONE_NUMBER_ID"]
TOKEN = os.environ["WHATSAPP_ACCESS_TOKEN"]
VERIFY_TOKEN = os.environ["WHATSAPP_VERIFY_TOKEN"]
APP_SECRET = os.environ["WHATSAPP_APP_SECRET"]
WABA_ID = os.environ["WHATSAPP_WABA_ID"]
APP_ID = os.environ["WHATSAPP_APP_ID"]
LINK = os.environ["PICTURE_URL"]
MEDIA = Path(__file__).parent.parent / "media"


def listen():
    """Returns a socket on a free port, and its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}"


def run(app, listener, url, library, calls, notes={}, refused={}):
    """Serves an ASGI app. `calls` are the calls that the library has. `notes` are remarks about calls, `refused` are the
    reasons why Meta refuses a call of the library."""
    version = importlib.metadata.version(library)
    bot = {
        "url": url,
        "version": version,
        "calls": [call for call in calls if call != "report"],
        "notes": notes,
        "refused": refused,
        "untried": {},
    }
    print(json.dumps(bot), flush=True)
    config = uvicorn.Config(app, log_level="warning")
    uvicorn.Server(config).run(sockets=[listener])
