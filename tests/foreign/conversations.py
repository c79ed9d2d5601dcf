"""Conversations: for each call of a library, what the user says and gets.

The functions take a test, whose user `ana` writes to the bot, and the announcement of the bot.
"""

import json
from pathlib import Path
from urllib import error, request

MEDIA = Path(__file__).parent / "media"
# Opens URLs of this machine, without a proxy.
direct = request.build_opener(request.ProxyHandler({}))


class Call:
    """Conversation of one call of a library: `play` fails unless the user gets what the bot sends."""

    all = {}

    def __init__(self, name, title):
        self.name, self.title = name, title
        Call.all[name] = self

    def __call__(self, play):
        self.play = play
        return play


@Call("registration", "Webhook registration")
def _(test, bot):
    # The bot has registered itself before it announced its URL or shortly after.
    test.until(lambda: test.callback() == bot["url"], "the bot registers its webhook")


@Call("verification", "Webhook verification")
def _(test, bot):
    test.register(bot["url"])


@Call("signature", "Webhook signature")
def _(test, bot):
    headers = {
        "Content-Type": "application/json",
        "X-Hub-Signature-256": "sha256=" + "0" * 64,
    }
    body = {"object": "whatsapp_business_account", "entry": []}
    forged = request.Request(bot["url"], json.dumps(body).encode(), headers)
    try:
        status = direct.open(forged, timeout=10).status
    except error.HTTPError as refusal:
        status = refusal.code
    assert status in (
        401,
        403,
    ), f"a webhook with a wrong signature is answered with {status}"


def says(name, title, play):
    """Adds a call that the bot makes when the user says its name."""

    @Call(name, title)
    def _(test, _):
        test.ana.say(name)
        play(test.ana)


def media(kind, mime_type, **fields):
    def play(ana):
        message = ana.expect(type=kind, **fields)
        assert message["media"]["mime_type"] == mime_type, f"the bot sent {message}"
        assert message["media"]["size"] > 0, f"the bot sent {message}"

    return play


def quote(ana):
    assert ana.expect("quoted")["reply_to"], "the message quotes nothing"


def buttons(ana):
    ana.expect("Tea?", options=["Yes", "No"])
    ana.tap("Yes")
    ana.expect("tapped yes")


def rows(ana):
    ana.expect("Which tea?", options=["Green", "Black"])
    ana.tap("Green")
    ana.expect("chose green")


def template(ana):
    ana.expect("Your green tea is ready.", options=["Coming"], type="template")


def unreact(ana):
    ana.expect("🎉", type="reaction")
    assert not ana.expect(type="reaction")["text"]


says("text", "Text", lambda ana: ana.expect("hello", type="text"))
says("quote", "Quote of a message", quote)
says("image", "Image, uploaded", media("image", "image/png"))
says("link", "Image, by link", lambda ana: ana.expect("linked", type="image"))
says("document", "Document", media("document", "application/pdf"))
says("video", "Video", media("video", "video/mp4"))
says("audio", "Audio", media("audio", "audio/ogg"))
says("sticker", "Sticker", media("sticker", "image/webp"))
says("delete", "Deletion of media", lambda ana: ana.expect("deleted"))


@Call("download", "Download of the user's media")
def _(test, _):
    content = (MEDIA / "picture.png").read_bytes()
    test.ana.send_file(content, "image/png", caption="look")
    test.ana.expect(f"{len(content)} bytes of image/png")


says("buttons", "Buttons", buttons)
says("list", "List", rows)
says("url", "Link button", lambda ana: ana.expect("Our menu", options=["Open"]))
says("template", "Template", template)


@Call("quick", "Quick reply to a template")
def _(test, _):
    test.ana.say("template")
    template(test.ana)
    test.ana.tap("Coming")
    test.ana.expect("tapped coming")


says(
    "templates",
    "Creation of templates",
    lambda ana: ana.expect("templates: hello_world, tea_cold, tea_ready"),
)
says("reaction", "Reaction", lambda ana: ana.expect("👍", type="reaction"))
says("unreact", "Removal of a reaction", unreact)


@Call("reacted", "Reaction of the user")
def _(test, _):
    test.ana.say("text")
    message = test.ana.expect("hello")["id"]
    test.sends("reaction", {"message_id": message, "emoji": "🫖"})
    test.ana.expect("reaction 🫖")


says("location", "Location", lambda ana: ana.expect("Tea House", type="location"))


@Call("located", "Location of the user")
def _(test, _):
    test.sends("location", {"latitude": 40.25, "longitude": -3.75})
    test.ana.expect("location 40.25 -3.75")


says(
    "request",
    "Request for a location",
    lambda ana: ana.expect("Where are you?", type="interactive"),
)
says("contact", "Contact", lambda ana: ana.expect("Tea House", type="contacts"))


@Call("contacted", "Contact of the user")
def _(test, _):
    phones = [{"phone": "+34 600 000 001", "type": "CELL", "wa_id": "34600000001"}]
    test.sends(
        "contacts",
        [{"name": {"formatted_name": "Ben", "first_name": "Ben"}, "phones": phones}],
    )
    test.ana.expect("contact Ben")


@Call("read", "Read receipt")
def _(test, _):
    message = test.ana.say("read")
    test.ana.expect("read")
    assert test.has_event(
        "business_read", message=message
    ), "the message is not marked as read"


@Call("typing", "Typing indicator")
def _(test, _):
    test.ana.say("typing")
    test.ana.expect("typed")
    assert test.has_event("business_typing"), "the user saw no typing indicator"


@Call("statuses", "Statuses")
def _(test, _):
    test.ana.say("statuses")
    test.ana.expect("watch me")
    test.ana.read()

    def knows_all():
        # The bot may handle the statuses in any order, and after the acknowledgement.
        test.ana.say("report")
        statuses = test.ana.expect()["text"].split(", ")
        return set(statuses) == {"sent", "delivered", "read"}

    test.until(knows_all, "the bot knows the statuses sent, delivered and read")


says("profile", "Business profile", lambda ana: ana.expect("about: Open from 8 to 20"))
says("number", "Business number", lambda ana: ana.expect("number: +1 555-000-1111"))
says("block", "Block list", lambda ana: ana.expect("blocked: 34600000000"))
says("qr", "QR codes", lambda ana: ana.expect("QR code: One tea, please"))


@Call("hidden", "User without a phone number")
def _(test, _):
    ben = test.whatsapp.user(None, "Ben")
    ben.say("hidden")
    ben.expect("hello, stranger")
