// Agent for Waxwing in JavaScript, for Node, without packages. docs/http-agent.md describes the contract.
//
//     WAXWING_AGENT_SECRET=... [PORT=8080] node agent.mjs
//
// The agent repeats messages and counts them. It answers "slow" with a stream of events that starts with an interim message.

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const MAX_BODY = 32 * 1024 * 1024;
const WINDOW = 300; // seconds

const secret = process.env.WAXWING_AGENT_SECRET ?? "";
if (Buffer.byteLength(secret) < 16) {
  console.error("set WAXWING_AGENT_SECRET to a secret of at least 16 bytes, the same as in Waxwing");
  process.exit(1);
}

const now = () => Math.floor(Date.now() / 1000);

function digest(t, parts) {
  const hmac = createHmac("sha256", secret).update(String(t));
  for (const part of parts) hmac.update(".").update(part);
  return hmac.digest();
}

function sign(...parts) {
  const t = now();
  return `t=${t},v1=${digest(t, parts).toString("hex")}`;
}

function isGenuine(signature, ...parts) {
  const fields = (signature ?? "").split(",").map((field) => field.trim().split("="));
  const t = Number(fields.find(([name]) => name === "t")?.[1]);
  if (!Number.isInteger(t) || Math.abs(now() - t) > WINDOW) return false;
  const expected = digest(t, parts);
  const given = fields.filter(([name]) => name === "v1").map(([, value]) => Buffer.from(value ?? "", "hex"));
  return given.some((bytes) => bytes.length === expected.length && timingSafeEqual(bytes, expected));
}

// Returns the answer to a turn, with the text of an interim message if there is one.
function answer(turn) {
  const words = turn.messages.map((message) => message.text).join(" ").trim();
  const count = (turn.session.state.count ?? 0) + 1;
  const state = { set: { count } };
  const media = turn.messages.find((message) => message.media)?.media;
  if (media) {
    const text = `That is ${media.mime_type} of ${media.size} bytes.`;
    return { reply: { parts: [{ type: "text", text }], state } };
  }
  if (words === "menu") {
    const choices = [{ id: "soup", label: "Soup" }, { id: "salad", label: "Salad" }];
    return { reply: { parts: [{ type: "question", text: "What would you like?", choices }], state } };
  }
  const reply = { parts: [{ type: "markdown", text: `*${count}*: you said “${words}”.` }], state };
  return words === "slow" ? { before: "One moment, please.", reply } : { reply };
}

// The latest answers by idempotency key. A repeated call gets the same answer.
const kept = new Map();

function answerOnce(turn) {
  const key = turn.idempotency_key;
  if (!kept.has(key)) {
    kept.set(key, answer(turn));
    if (kept.size > 1000) kept.delete(kept.keys().next().value);
  }
  return kept.get(key);
}

async function bodyOf(request) {
  const chunks = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length > MAX_BODY) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function respond(request, response) {
  const body = await bodyOf(request);
  if (body === null) return response.writeHead(413).end();
  // The signature covers the raw bytes, so it is verified before parsing.
  if (!isGenuine(request.headers["x-waxwing-signature"], body)) return response.writeHead(401).end();
  const turn = JSON.parse(body);
  const key = turn.idempotency_key;
  const { before, reply } = answerOnce(turn);
  if (before === undefined) {
    const document = JSON.stringify(reply);
    const headers = { "Content-Type": "application/json", "X-Waxwing-Signature": sign(key, document) };
    return response.writeHead(200, headers).end(document);
  }
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  let number = 0;
  const send = (event, content) => {
    const data = JSON.stringify(content);
    const signature = sign(key, String(++number), event, data);
    response.write(`event: ${event}\nid: ${signature}\ndata: ${data}\n\n`);
  };
  send("message", { parts: [{ type: "text", text: before }] });
  send("reply", reply);
  response.end();
}

const server = createServer((request, response) => {
  respond(request, response).catch(() => response.headersSent ? response.destroy() : response.writeHead(500).end());
});
server.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}/`);
});
