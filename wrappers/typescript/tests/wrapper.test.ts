// Tests of the wrapper, with a bot that uses no client library.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { start } from "waxwing-test";

const whatsapp = await start();
const { url, phoneNumberId, accessToken } = whatsapp;

const send = async (to: string, body: string) => {
  const response = await fetch(`${url}/v25.0/${phoneNumberId}/messages`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${accessToken}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ messaging_product: "whatsapp", to, text: { body } }),
  });
  assert.equal(response.status, 200);
};

/** Repeats texts and captions. */
const echo = async (request: Request) => {
  const update = await request.json();
  const { messages = [] } = update.entry[0].changes[0].value;
  for (const { from, type, ...content } of messages)
    await send(from, content[type].body ?? content[type].caption);
  return new Response();
};

beforeEach(async () => {
  await whatsapp.reset();
  await whatsapp.serve(echo);
});

test("users write and send files", async () => {
  const ana = await whatsapp.user();
  const ben = await whatsapp.user("+34600000001", "Ben");
  await ana.say("hi");
  await ben.say("hello");
  assert.equal((await ana.expect("hi")).type, "text");
  await ben.expect("hello");
  await ana.sendFile(Buffer.from("%PDF-1.4"), "application/pdf", {
    caption: "menu",
  });
  await ana.expect("menu");
  await ana.read();
  assert.equal(await ana.nextMessage(0), null);
});

test("each test starts with an empty world", async () => {
  assert.equal((await whatsapp.call("GET", "/control")).users, 0);
});

test("a wrong expectation shows what the bot sent", async () => {
  const ana = await whatsapp.user();
  await ana.say("hi");
  await assert.rejects(ana.expect("bye"), /"bye".*"text":"hi"/);
  await assert.rejects(ana.expect("bye", [], 0), /no message in 0 s/);
  await assert.rejects(ana.tap("Maybe"), /404.*choice/);
});

test("a missing program is a clear error", async () => {
  const program = process.env.WAXWING;
  process.env.WAXWING = "/nowhere/waxwing";
  await assert.rejects(start(), /ENOENT.*set WAXWING to its path/);
  process.env.WAXWING = program;
});
