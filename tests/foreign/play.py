"""Plays a conversation with a bot of each client library, and prints a table of what works.

Usage: play.py [CLIENT..] [--table FILE]
"""

import functools
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from conversations import MEDIA, Call
from waxwing_pytest import WhatsApp

HERE = Path(__file__).parent
PYTHON, NODE = [sys.executable], ["node"]
PROXIED_NODE = [*NODE, "--disable-warning=UNDICI-EHPA", "--import", "./node/proxy.mjs"]
CLIENTS = {
    "pywa": [*PYTHON, "python/pywa_bot.py"],
    "agno": [*PYTHON, "python/agno_bot.py"],
    "heyoo": [*PYTHON, "python/heyoo_bot.py"],
    "whatsapp-api-js": [*PROXIED_NODE, "node/whatsapp_api_js_bot.mjs"],
    "@kapso/whatsapp-cloud-api": [*NODE, "node/kapso_bot.mjs"],
    "@chat-adapter/whatsapp": [*PROXIED_NODE, "node/chat_adapter_bot.mjs"],
}
# Ids of the emulated account and its app.
IDS = {"WHATSAPP_WABA_ID": "2000002", "WHATSAPP_APP_ID": "3000003"}
# Time in which a bot starts, in seconds.
BOT_START = 60


class Files(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Test:
    """A client, its bot and an emulator of its own."""

    def __init__(self, client, directory):
        self.client = client
        authority = Path(directory) / "authority.pem"
        proxy = ["--https-proxy", "0", "--ca-file", str(authority)]
        # The user writes faster than a person: the calls of a fast bot would exceed the throughput of the number.
        options = ["--approve-templates", "after=0s", "--pace", "off"]
        self.whatsapp = WhatsApp(*options, *proxy)
        environment = os.environ | IDS | self.whatsapp.environment
        environment |= {"TMPDIR": directory, "PICTURE_URL": self.serve_picture()}
        token = f"access_token={self.whatsapp.access_token}"
        self.subscriptions = (
            f"/v25.0/{environment['WHATSAPP_APP_ID']}/subscriptions?{token}"
        )
        self.bot = subprocess.Popen(
            CLIENTS[client],
            cwd=HERE,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )

    def serve_picture(self):
        """Serves a picture for the messages with a link, and returns its URL."""
        handler = functools.partial(Files, directory=MEDIA)
        self.files = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.files.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.files.server_port}/picture.png"

    def stop(self):
        self.files.shutdown()
        self.bot.terminate()
        self.bot.wait()
        self.whatsapp.stop()

    def announcement(self):
        """Reads the first line of the bot."""
        timer = threading.Timer(BOT_START, self.bot.kill)
        timer.start()
        line = self.bot.stdout.readline()
        timer.cancel()
        assert line, f"the bot of {self.client} did not start"
        threading.Thread(target=self.bot.stdout.read, daemon=True).start()
        return json.loads(line)

    def play(self):
        """Plays each call, and returns the announcement of the bot with the result of each call."""
        bot = self.announcement()
        unknown = set(bot["calls"]) - set(Call.all)
        assert (
            not unknown
        ), f"the bot of {self.client} announces unknown calls: {unknown}"
        if "registration" not in bot["calls"]:
            self.whatsapp.set_webhook(bot["url"])
        body = {
            "type": "BODY",
            "text": "Your {{1}} is ready.",
            "example": {"body_text": [["tea"]]},
        }
        reply = {
            "type": "BUTTONS",
            "buttons": [{"type": "QUICK_REPLY", "text": "Coming"}],
        }
        template = {
            "name": "tea_ready",
            "language": "en",
            "category": "UTILITY",
            "components": [body, reply],
        }
        self.whatsapp.act("create_template", template=template)
        self.ana = self.whatsapp.user(name="Ana")
        bot["results"] = {
            name: self.result(call, bot) for name, call in Call.all.items()
        }
        return bot

    def result(self, call, bot):
        """Plays one call. A failure is its text; None is a call that the library does not have."""
        if call.name not in bot["calls"]:
            return None
        try:
            while self.ana.next_message(wait=0):
                pass  # Messages after a failed call.
            if call.name in bot["refused"]:
                self.is_refused(call.name)
            else:
                call.play(self, bot)
            surplus = self.ana.next_message(wait=0)
            assert not surplus, f"the bot also sent {surplus}"
        except (AssertionError, RuntimeError) as failure:
            print(f"{self.client}: {call.name} failed: {failure}", file=sys.stderr)
            for call in self.whatsapp.call("GET", "/control/requests?status=400")[
                "exchanges"
            ][-3:]:
                print("   ", json.dumps(call), file=sys.stderr)
            return str(failure)
        return ""

    def is_refused(self, name):
        """Checks that the emulator refuses a call as Meta does."""
        known = self.whatsapp.call("GET", "/control/requests")["next"]
        self.ana.say(name)
        path = f"/control/requests?after={known}&status=400&wait=10s"
        refused = self.whatsapp.call("GET", path)["exchanges"]
        codes = [call["response"]["body"]["json"]["error"]["code"] for call in refused]
        assert codes == [100], f"the call is not refused: {codes}"

    def sends(self, kind, body):
        self.whatsapp.act("sends", user="+34600000000", type=kind, body=body)

    def has_event(self, kind, **fields):
        events = (
            event["event"] for event in self.whatsapp.call("GET", "/control/timeline")
        )
        return any(
            kind in event and fields.items() <= event[kind].items() for event in events
        )

    def callback(self):
        found = self.whatsapp.call("GET", self.subscriptions)["data"]
        return found[0]["callback_url"].rstrip("/") if found else None

    def register(self, url):
        """Registers the webhook of the bot, as the app dashboard does. The emulator sends the verification request."""
        token = self.whatsapp.verify_token
        fields = {"object": "whatsapp_business_account", "fields": "messages"}
        self.whatsapp.call(
            "POST",
            self.subscriptions,
            fields | {"callback_url": url, "verify_token": token},
        )

    def until(self, condition, description, deadline=30):
        end = time.monotonic() + deadline
        while not condition():
            assert time.monotonic() < end, f"not within {deadline} s: {description}"
            time.sleep(0.05)


def table(bots):
    """Returns the table of calls and clients in Markdown."""
    lines = [f"| call | {' | '.join(bots)} |", f"|---|{'---|' * len(bots)}"]
    notes = []
    for call in Call.all.values():
        cells = []
        for client, bot in bots.items():
            result = bot["results"][call.name]
            cell = {None: "not in the library", "": "works"}.get(result, "**fails**")
            cell = "refused" if call.name in bot["refused"] and not result else cell
            cell = "not tried" if call.name in bot["untried"] else cell
            remarks = bot["notes"] | bot["refused"] | bot["untried"]
            if note := remarks.get(call.name):
                notes.append(f"{len(notes) + 1}. {client}: {note}.")
                cell += f" ({len(notes)})"
            cells.append(cell)
        lines.append(f"| {call.title} | {' | '.join(cells)} |")
    versions = [f"| {client} | {bot['version']} |" for client, bot in bots.items()]
    parts = [
        "\n".join(lines),
        "\n".join(notes),
        "\n".join(["| client | version |", "|---|---|", *versions]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def main(arguments):
    output = (
        Path(arguments.pop(arguments.index("--table") + 1))
        if "--table" in arguments
        else None
    )
    clients = [argument for argument in arguments if argument != "--table"] or list(
        CLIENTS
    )
    bots = {}
    for client in clients:
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as directory:
            test = Test(client, directory)
            try:
                bots[client] = test.play()
            finally:
                test.stop()
        results = list(bots[client]["results"].values())
        count = (
            f"{results.count('')} calls work, {results.count(None)} not in the library"
        )
        print(f"{client}: {count}, {time.monotonic() - start:.1f} s", flush=True)
    if output:
        output.write_text(table(bots))
    return any(result for bot in bots.values() for result in bot["results"].values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
