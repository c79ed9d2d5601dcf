"""Bot made with agno. A script takes the place of the language model."""

import json
import re
from dataclasses import dataclass

from agno.agent import Agent
from agno.media import Audio, Image, Video
from agno.models.base import Model
from agno.models.response import ModelResponse
from agno.os.interfaces.whatsapp import Whatsapp
from agno.tools.whatsapp import WhatsAppTools
from fastapi import FastAPI

import service


def text(content):
    return lambda *_: ModelResponse(role="assistant", content=content)


def media(**items):
    return lambda *_: ModelResponse(role="assistant", content="", **items)


def tool(function, **arguments):
    """Returns the call of a tool, as a language model decides it."""

    def decide(recipient, message, done):
        if done:
            return ModelResponse(role="assistant", content="done")
        known = {"recipient": recipient} | (
            {"message_id": message} if function == "send_reaction" else {}
        )
        call = {"name": function, "arguments": json.dumps(arguments | known)}
        return ModelResponse(
            role="assistant",
            tool_calls=[{"id": "1", "type": "function", "function": call}],
        )

    return decide


def both(first, second):
    """Returns the calls of two tools, one after the other."""

    def decide(recipient, message, done):
        step = second if done else first
        return step(recipient, message, max(done - 1, 0))

    return decide


picture = Image(content=(service.MEDIA / "picture.png").read_bytes())
clip = Video(content=(service.MEDIA / "clip.mp4").read_bytes(), mime_type="video/mp4")
note = Audio(content=(service.MEDIA / "note.ogg").read_bytes(), mime_type="audio/ogg")
paper = {
    "document_url": service.LINK.replace("picture.png", "paper.pdf"),
    "filename": "paper.pdf",
}
buttons = [{"id": "yes", "title": "Yes"}, {"id": "no", "title": "No"}]
rows = [
    {"id": "green", "title": "Green", "description": "From Japan"},
    {"id": "black", "title": "Black"},
]
teas = [{"title": "Teas", "rows": rows}]
body = {"type": "body", "parameters": [{"type": "text", "text": "green tea"}]}
place = {
    "latitude": 40.5,
    "longitude": -3.5,
    "name": "Tea House",
    "address": "Calle Mayor 1",
}
calls = {
    "text": text("hello"),
    "image": media(images=[picture]),
    "link": tool("send_image", image_url=service.LINK, caption="linked"),
    "document": tool("send_document", **paper),
    "video": media(videos=[clip]),
    "audio": media(audios=[note]),
    "buttons": tool("send_reply_buttons", body_text="Tea?", buttons=buttons),
    "list": tool(
        "send_list_message", body_text="Which tea?", button_text="Choose", sections=teas
    ),
    "template": tool(
        "send_template_message",
        template_name="tea_ready",
        language_code="en",
        components=[body],
    ),
    "reaction": tool("send_reaction", emoji="👍"),
    "unreact": both(tool("send_reaction", emoji="🎉"), tool("send_reaction", emoji="")),
    "location": tool("send_location", **place),
    "read": text("read"),
    "typing": text("typed"),
}
# The library hands on the title of a choice, not its id.
choices = {"Yes": "tapped yes", "Green: From Japan": "chose green"}


@dataclass
class Script(Model):
    id: str = "script"

    async def ainvoke(self, messages, **_):
        asked = [message for message in messages if message.role == "user"][-1]
        done = sum(message.role == "tool" for message in messages)
        if asked.images:
            size, kind = len(asked.images[0].content), asked.images[0].mime_type
            return text(f"{size} bytes of {kind}")()
        known = re.search(
            r'number": "(\d+)".*ID": "(wamid[^"]+)"', asked.content, re.DOTALL
        )
        said = asked.content.split("\n")[0]
        return calls.get(said, text(choices.get(said, "")))(*known.groups(), done)

    def invoke(self, *_, **__):
        raise NotImplementedError

    invoke_stream = ainvoke_stream = _parse_provider_response = (
        _parse_provider_response_delta
    ) = invoke


agent = Agent(model=Script(), tools=[WhatsAppTools(all=True)], telemetry=False)
app = FastAPI()
app.include_router(Whatsapp(agent, send_user_number_to_context=True).get_router())
listener, url = service.listen()
notes = {
    "buttons": "hands the title to the agent, not the id",
    "list": "hands the title to the agent, not the id",
    "read": "by itself, for each message",
    "typing": "by itself, for each message",
}
received = ["verification", "signature", "download"]
service.run(
    app, listener, f"{url}/whatsapp/webhook", "agno", [*calls, *received], notes
)
