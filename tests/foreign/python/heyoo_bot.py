"""Bot made with heyoo."""

import collections
import os

from fastapi import FastAPI, Request, Response
from heyoo import WhatsApp

import service

listener, url = service.listen()
app = FastAPI()
os.chdir(service.MEDIA)  # The library sends the path of a file as its name.
wa = WhatsApp(service.TOKEN, phone_number_id=service.ID)
seen, watched = collections.defaultdict(list), []


def upload(name):
    return wa.upload_media(name)["id"]


def delete(to, _):
    wa.delete_media(upload("picture.png"))
    wa.send_message("deleted", to)


def statuses(to, _):
    watched.append(wa.send_message("watch me", to)["messages"][0]["id"])


def unreact(to, message):
    wa.send_reaction("🎉", message, to)
    wa.send_reaction("", message, to)


def read(to, message):
    wa.mark_as_read(message)
    wa.send_message("read", to)


def template(to, _):
    parameters = [{"type": "text", "text": "green tea"}]
    payload = [{"type": "payload", "payload": "coming"}]
    button = {
        "type": "button",
        "sub_type": "quick_reply",
        "index": 0,
        "parameters": payload,
    }
    wa.send_template(
        "tea_ready", to, [{"type": "body", "parameters": parameters}, button], lang="en"
    )


rows = [
    {"id": "green", "title": "Green", "description": "From Japan"},
    {"id": "black", "title": "Black"},
]
teas = {"button": "Choose", "sections": [{"title": "Teas", "rows": rows}]}
reply = lambda id, title: {"type": "reply", "reply": {"id": id, "title": title}}
answers = {"buttons": [reply("yes", "Yes"), reply("no", "No")]}
question = {"type": "button", "body": {"text": "Tea?"}, "action": answers}
phones = [{"phone": "+34911111111", "type": "WORK"}]
contact = {
    "name": {"formatted_name": "Tea House", "first_name": "Tea"},
    "phones": phones,
}
calls = {
    "text": lambda to, _: wa.send_message("hello", to),
    "quote": lambda to, message: wa.reply_to_message(message, to, "quoted"),
    "image": lambda to, _: wa.send_image(
        upload("picture.png"), to, caption="uploaded", link=False
    ),
    "link": lambda to, _: wa.send_image(service.LINK, to, caption="linked"),
    "document": lambda to, _: wa.send_document(upload("paper.pdf"), to, link=False),
    "video": lambda to, _: wa.send_video(upload("clip.mp4"), to, link=False),
    "audio": lambda to, _: wa.send_audio(upload("note.ogg"), to, link=False),
    "sticker": lambda to, _: wa.send_sticker(upload("sticker.webp"), to, link=False),
    "delete": delete,
    "buttons": lambda to, _: wa.send_reply_button(question, to),
    "list": lambda to, _: wa.send_button({"body": "Which tea?", "action": teas}, to),
    "template": template,
    "reaction": lambda to, message: wa.send_reaction("👍", message, to),
    "unreact": unreact,
    "location": lambda to, _: wa.send_location(
        40.5, -3.5, "Tea House", "Calle Mayor 1", to
    ),
    "contact": lambda to, _: wa.send_contacts([contact], to),
    "read": read,
    "statuses": statuses,
    "report": lambda to, _: wa.send_message(", ".join(seen[watched[-1]]) or "none", to),
}


def answer(data):
    sender, message, kind = (
        wa.get_mobile(data),
        wa.get_message_id(data),
        wa.get_message_type(data),
    )
    if kind == "text" and wa.get_message(data) in calls:
        calls[wa.get_message(data)](sender, message)
    elif kind == "image":
        image = wa.get_image(data)
        path = wa.download_media(
            wa.query_media_url(image["id"]),
            image["mime_type"],
            os.path.join(os.environ["TMPDIR"], "received"),
        )
        wa.send_message(
            f"{os.path.getsize(path)} bytes of {image['mime_type']}", sender
        )
    elif kind == "interactive":
        reply = wa.get_interactive_response(data)
        verb = {"button_reply": "tapped", "list_reply": "chose"}[reply["type"]]
        wa.send_message(f"{verb} {reply[reply['type']]['id']}", sender)
    elif kind == "button":
        wa.send_message(
            f"tapped {wa.preprocess(data)['messages'][0]['button']['payload']}", sender
        )
    elif kind == "location":
        location = wa.get_location(data)
        wa.send_message(
            f"location {location['latitude']} {location['longitude']}", sender
        )


def status(data):
    update = wa.preprocess(data)["statuses"][0]
    seen[update["id"]].append(wa.get_delivery(data))


@app.get("/")
def verify(request: Request):
    return Response(request.query_params["hub.challenge"])


@app.post("/")
def webhook(data: dict):
    if wa.is_message(data):
        answer(data)
    elif wa.get_delivery(data):
        status(data)


service.run(app, listener, url, "heyoo", [*calls, "download", "quick", "located"])
