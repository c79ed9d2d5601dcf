"""Tests of the plugin, with a bot that uses no client library."""

import httpx
import pytest
from fastapi import FastAPI, Response
from waxwing_pytest import WhatsApp


def bot(whatsapp):
    """A bot that repeats texts, and asks for tea."""
    app = FastAPI()

    def send(to, **message):
        url = f"{whatsapp.url}/v25.0/{whatsapp.phone_number_id}/messages"
        headers = {"Authorization": f"Bearer {whatsapp.access_token}"}
        body = {"messaging_product": "whatsapp", "to": to} | message
        httpx.post(url, headers=headers, json=body).raise_for_status()

    @app.post("/webhook")
    def webhook(update: dict):
        for message in update["entry"][0]["changes"][0]["value"].get("messages", []):
            sender, kind = message["from"], message["type"]
            if kind == "text" and message["text"]["body"] == "tea":
                replies = [{"id": word, "title": word} for word in ["Yes", "No"]]
                buttons = [{"type": "reply", "reply": reply} for reply in replies]
                question = {"type": "button", "body": {"text": "Tea?"}}
                question["action"] = {"buttons": buttons}
                send(sender, type="interactive", interactive=question)
            elif kind == "text":
                send(sender, text={"body": message["text"]["body"]})
            elif kind == "interactive":
                send(
                    sender, text={"body": message["interactive"]["button_reply"]["id"]}
                )
            else:
                send(sender, text={"body": message[kind].get("caption", kind)})
        return Response()

    whatsapp.serve(app, "/webhook")


def test_users_write_tap_and_send_files(whatsapp):
    bot(whatsapp)
    ana, ben = whatsapp.user(name="Ana"), whatsapp.user("+34600000001", "Ben")
    ana.say("tea")
    ben.say("hi")
    ana.expect("Tea?", options=["Yes", "No"], type="interactive")
    ana.tap("No")
    ana.expect("No")
    ben.expect("hi")
    ana.send_file(b"%PDF-1.4", "application/pdf", caption="menu", filename="menu.pdf")
    ana.expect("menu")
    ana.read()
    assert ana.next_message(wait=0) is None


def test_each_test_starts_with_an_empty_world(whatsapp):
    assert whatsapp.call("GET", "/control")["users"] == 0
    bot(whatsapp)
    ana = whatsapp.user()
    ana.say("first message of a new chat")
    ana.expect("first message of a new chat")


def test_a_wrong_expectation_shows_what_the_bot_sent(whatsapp):
    bot(whatsapp)
    ana = whatsapp.user()
    ana.say("hi")
    with pytest.raises(AssertionError, match="'text': 'hi'"):
        ana.expect("bye")
    with pytest.raises(AssertionError, match="no message within 0 s; expected bye"):
        ana.expect("bye", wait=0)
    with pytest.raises(RuntimeError, match="404.*choice"):
        ana.tap("Maybe")


def test_the_environment_has_what_a_bot_needs(whatsapp):
    assert whatsapp.environment["WHATSAPP_GRAPH_URL"] == whatsapp.url
    assert whatsapp.access_token and whatsapp.app_secret and whatsapp.verify_token


def test_a_missing_program_is_a_clear_error(monkeypatch):
    monkeypatch.setenv("WAXWING", "/nowhere/waxwing")
    with pytest.raises(FileNotFoundError, match="set WAXWING to its path"):
        WhatsApp()
