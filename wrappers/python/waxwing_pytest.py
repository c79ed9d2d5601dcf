"""Pytest plugin: the fixture `whatsapp` is an emulator of the WhatsApp Cloud API."""

import json
import os
import re
import shutil
import subprocess
import threading
import time
from urllib import error, parse, request

import pytest

_direct = request.build_opener(request.ProxyHandler({}))


class WhatsApp:
    """Process `waxwing emulator`. Further arguments are flags of the program."""

    def __init__(self, *arguments):
        program = os.environ.get("WAXWING", "waxwing")
        if not shutil.which(program):
            hint = "put it on the PATH, or set WAXWING to its path"
            raise FileNotFoundError(f"the program {program} was not found: {hint}")
        command = [program, "emulator", "--port", "0", *arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        # Environment variables for a bot, such as WHATSAPP_ACCESS_TOKEN.
        self.environment, self._server = {}, None
        for line in self._process.stdout:
            self.environment.update(re.findall(r"(\w+)=(\S+)", line))
            if "Ctrl-C" in line:
                break
        else:
            raise RuntimeError(f"waxwing emulator failed: {self._process.wait()}")
        env = {k.removeprefix("WHATSAPP_"): v for k, v in self.environment.items()}
        self.url, self.phone_number_id = env["GRAPH_URL"], env["PHONE_NUMBER_ID"]
        self.access_token, self.verify_token = env["ACCESS_TOKEN"], env["VERIFY_TOKEN"]
        self.app_secret = env["APP_SECRET"]
        threading.Thread(target=self._process.stdout.read, daemon=True).start()

    def call(self, method, path, body=None, content_type="application/json"):
        """Calls an endpoint of the emulator, and returns its JSON."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        headers = {"Content-Type": content_type}
        call = request.Request(self.url + path, data, headers, method=method)
        try:
            with _direct.open(call, timeout=90) as response:
                return json.loads(response.read() or b"null")
        except error.HTTPError as refusal:
            reason = f"{method} {path}: {refusal.code} {refusal.read().decode()}"
            raise RuntimeError(reason) from None

    def act(self, action, **fields):
        """Performs an action of the control API, such as `react` of a user."""
        return self.call("POST", "/control/actions", {action: fields})

    def set_webhook(self, url):
        """Sends all further webhooks to this URL."""
        self.call("POST", "/control/webhook", {"url": url})

    def serve(self, app, path="/"):
        """Serves an ASGI app, such as FastAPI's, until the next test."""
        import uvicorn

        config = uvicorn.Config(app, port=0, log_level="warning")
        self._server = server = uvicorn.Server(config)
        threading.Thread(target=server.run, daemon=True).start()
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        self.set_webhook(f"http://127.0.0.1:{port}{path}")

    def user(self, phone="+34600000000", name=None):
        """Returns a user. Without a phone number, the user hides it."""
        return User(self, name or phone, phone)

    def reset(self):
        """Stops the served app, and forgets users, messages and everything else."""
        if self._server:
            self._server.should_exit = True
        self.call("POST", "/control/reset")

    def stop(self):
        self._process.terminate()
        self._process.wait()


class User:
    """Emulated user."""

    def __init__(self, whatsapp, name, phone):
        self._whatsapp, self._last = whatsapp, None
        chat = whatsapp.call("POST", "/phone/chats", {"name": name, "phone": phone})
        self._path = f"/phone/chats/{chat['id']}"

    def _post(self, path, body, *content_type):
        return self._whatsapp.call("POST", self._path + path, body, *content_type)

    def say(self, text, reply_to=None):
        """Sends a text, and returns the id of the message."""
        return self._post("/messages", {"text": text, "reply_to": reply_to})["id"]

    def tap(self, title):
        """Taps a button or a list row of the newest message that offers it."""
        return self._post("/taps", {"title": title})["id"]

    def send_file(self, content, mime_type, **details):
        """Sends a file. `details` are `caption` and `filename`."""
        return self._post(f"/files?{parse.urlencode(details)}", content, mime_type)

    def read(self):
        """Reads all messages."""
        self._post("/read", None)

    def next_message(self, wait=10):
        """Waits for the next message of the bot, and returns it, or None."""
        query = {"wait": wait} | ({"after": self._last} if self._last else {})
        path = f"{self._path}/messages?{parse.urlencode(query)}"
        for message in self._whatsapp.call("GET", path)["messages"]:
            if message["direction"] == "in":
                self._last = message["id"]
                return message
        return None

    def expect(self, text=None, options=None, type=None, wait=10):
        """Waits for the next message, and checks its text, options and type."""
        message = self.next_message(wait)
        assert (
            message
        ), f"no message within {wait} s; expected {text or options or type}"
        expected = {"text": text, "options": options, "type": type}
        expected = {key: value for key, value in expected.items() if value is not None}
        actual = {key: message.get(key) for key in expected}
        assert actual == expected, f"the bot sent {message}"
        return message


@pytest.fixture(scope="session")
def _whatsapp():
    whatsapp = WhatsApp()
    yield whatsapp
    whatsapp.stop()


@pytest.fixture
def whatsapp(_whatsapp):
    """Emulator without users and messages."""
    _whatsapp.reset()
    return _whatsapp
