"""Bot made with pywa."""

import collections

from fastapi import FastAPI
from pywa import WhatsApp, filters, types
from pywa.types import templates

import service

listener, url = service.listen()
app = FastAPI()
wa = WhatsApp(
    phone_id=service.ID,
    token=service.TOKEN,
    server=app,
    callback_url=url,
    verify_token=service.VERIFY_TOKEN,
    webhook_challenge_delay=1,
    waba_id=service.WABA_ID,
    app_id=service.APP_ID,
    app_secret=service.APP_SECRET,
)
seen, watched = collections.defaultdict(list), []


def statuses(msg):
    watched.append(msg.reply_text("watch me").id)


def unreact(msg):
    msg.react("🎉")
    msg.unreact()


def delete(msg):
    media = wa.upload_media(service.MEDIA / "picture.png", mime_type="image/png")
    media.delete()
    msg.reply_text("deleted")


def profile(msg):
    wa.update_business_profile(about="Open from 8 to 20")
    msg.reply_text(f"about: {wa.get_business_profile().about}")


def create_template(msg):
    body = templates.BodyText("Your {{drink}} is cold.", drink="tea")
    template = templates.Template(
        name="tea_cold",
        category=templates.TemplateCategory.UTILITY,
        language=templates.TemplateLanguage.ENGLISH,
        components=[body],
        parameter_format=templates.ParamFormat.NAMED,
    )
    wa.create_template(template)
    names = sorted(found.name for found in wa.get_templates())
    msg.reply_text(f"templates: {', '.join(names)}")


def template(msg):
    body = templates.BodyText.params("green tea")
    button = templates.QuickReplyButton.params(callback_data="coming", index=0)
    language = templates.TemplateLanguage.ENGLISH
    msg.reply_template(name="tea_ready", language=language, params=[body, button])


def number(msg):
    msg.reply_text(f"number: {wa.get_business_phone_number().display_phone_number}")


def block(msg):
    blocked = wa.block_users([msg.from_user.wa_id]).added_users[0]
    msg.unblock_sender()
    msg.reply_text(f"blocked: {blocked.wa_id}")


def qr(msg):
    code = wa.create_qr_code("One tea, please")
    found = wa.get_qr_code(code.code)
    wa.delete_qr_code(code.code)
    msg.reply_text(f"QR code: {found.prefilled_message}")


def typing(msg):
    msg.indicate_typing()
    msg.reply_text("typed")


def read(msg):
    msg.mark_as_read()
    msg.reply_text("read")


buttons = [types.Button("Yes", "yes"), types.Button("No", "no")]
rows = [
    types.SectionRow("Green", "green", "From Japan"),
    types.SectionRow("Black", "black"),
]
teas = types.SectionList("Choose", [types.Section("Teas", rows)])
phone = types.Contact.Phone(phone="+34911111111", type="WORK")
contact = types.Contact(
    name=types.Contact.Name(formatted_name="Tea House", first_name="Tea"),
    phones=[phone],
)
calls = {
    "text": lambda msg: msg.reply_text("hello"),
    "quote": lambda msg: msg.reply_text("quoted", quote=True),
    "image": lambda msg: msg.reply_image(
        service.MEDIA / "picture.png", caption="uploaded"
    ),
    "link": lambda msg: msg.reply_image(service.LINK, caption="linked"),
    "document": lambda msg: msg.reply_document(
        service.MEDIA / "paper.pdf", filename="paper.pdf"
    ),
    "video": lambda msg: msg.reply_video(service.MEDIA / "clip.mp4"),
    "audio": lambda msg: msg.reply_audio(
        service.MEDIA / "note.ogg", mime_type="audio/ogg"
    ),
    "sticker": lambda msg: msg.reply_sticker(service.MEDIA / "sticker.webp"),
    "delete": delete,
    "buttons": lambda msg: msg.reply_text("Tea?", buttons=buttons),
    "list": lambda msg: msg.reply_text("Which tea?", buttons=teas),
    "url": lambda msg: msg.reply_text(
        "Our menu", buttons=types.URLButton("Open", "https://example.com/menu")
    ),
    "template": template,
    "templates": create_template,
    "reaction": lambda msg: msg.react("👍"),
    "unreact": unreact,
    "location": lambda msg: msg.reply_location(
        40.5, -3.5, "Tea House", "Calle Mayor 1"
    ),
    "request": lambda msg: msg.reply_location_request("Where are you?"),
    "contact": lambda msg: msg.reply_contact(contact),
    "read": read,
    "typing": typing,
    "statuses": statuses,
    "report": lambda msg: msg.reply_text(", ".join(seen[watched[-1]]) or "none"),
    "profile": profile,
    "number": number,
    "block": block,
    "qr": qr,
    "hidden": lambda msg: msg.reply_text("hello, stranger"),
}


@wa.on_message
def answer(_, msg):
    if msg.text in calls:
        calls[msg.text](msg)
    elif msg.has_media:
        msg.reply_text(f"{len(msg.get_media_bytes())} bytes of {msg.media.mime_type}")
    elif msg.reaction:
        msg.reply_text(f"reaction {msg.reaction.emoji}")
    elif msg.location:
        msg.reply_text(f"location {msg.location.latitude} {msg.location.longitude}")
    elif msg.contacts:
        msg.reply_text(f"contact {msg.contacts[0].name.formatted_name}")


@wa.on_callback_button
def tapped(_, tap):
    tap.reply_text(f"tapped {tap.data}")


@wa.on_callback_selection
def chosen(_, choice):
    choice.reply_text(f"chose {choice.data}")


@wa.on_message_status
def status(_, update):
    seen[update.id].append(update.status.value)


notes = {
    "block": "`get_blocked_users` fails, because it expects `input`, which Meta's list does not have"
}
received = [
    "registration",
    "verification",
    "signature",
    "download",
    "quick",
    "reacted",
    "located",
    "contacted",
]
service.run(app, listener, url, "pywa", [*calls, *received], notes)
