"""Tests of the agent, without Waxwing: python3 -m unittest"""

import json
import threading
import unittest
from urllib import error, request

import waxwing_agent
from agent import answer

SECRET = b"a secret of the tests"


def turn(*texts, state=None):
    messages = [{"id": f"wamid.{nth}", "text": text} for nth, text in enumerate(texts)]
    return {"idempotency_key": "0" * 32, "messages": messages, "session": {"state": state or {}}}


class Answers(unittest.TestCase):
    def test_messages_are_repeated_and_counted(self):
        reply = answer(turn("good", "morning", state={"count": 2}))
        self.assertEqual(reply["parts"], [{"type": "text", "text": "3: you said good morning"}])
        self.assertEqual(reply["state"], {"set": {"count": 3}})

    def test_the_menu_is_a_question(self):
        choices = answer(turn("Menu"))["parts"][0]["choices"]
        self.assertEqual([choice["label"] for choice in choices], ["Soup", "Salad"])


class Server(unittest.TestCase):
    def setUp(self):
        http = waxwing_agent.server(answer, SECRET)
        threading.Thread(target=http.serve_forever, daemon=True).start()
        self.addCleanup(http.server_close)
        self.addCleanup(http.shutdown)
        self.url = f"http://127.0.0.1:{http.server_port}/"

    def post(self, secret):
        body = json.dumps(turn("hello")).encode()
        headers = {"X-Waxwing-Signature": waxwing_agent.sign(secret, body)}
        direct = request.build_opener(request.ProxyHandler({}))
        with direct.open(request.Request(self.url, body, headers), timeout=10) as response:
            return response.headers["X-Waxwing-Signature"], response.read()

    def test_a_signed_turn_gets_a_signed_answer(self):
        signature, body = self.post(SECRET)
        self.assertTrue(waxwing_agent.is_genuine(SECRET, signature, b"0" * 32, body))
        self.assertEqual(json.loads(body)["parts"][0]["text"], "1: you said hello")

    def test_another_secret_is_refused(self):
        with self.assertRaises(error.HTTPError) as refusal:
            self.post(b"another secret of nobody")
        self.assertEqual(refusal.exception.code, 401)
        refusal.exception.close()


if __name__ == "__main__":
    unittest.main()
