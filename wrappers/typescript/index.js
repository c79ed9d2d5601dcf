// WhatsApp emulator for tests of bots.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createInterface } from "node:readline";

export const start = async (...flags) => {
  const program = process.env.WAXWING ?? "waxwing";
  const options = { stdio: ["ignore", "pipe", "inherit"] };
  const child = spawn(program, ["emulator", "--port", "0", ...flags], options);
  process.on("exit", () => child.kill());
  const failure = once(child, "error").then(([error]) => {
    child.stdout.destroy();
    const hint = "put it on the PATH, or set WAXWING to its path";
    throw new Error(`cannot run ${program} (${error.code}): ${hint}`);
  });
  return Promise.race([failure, started(child)]);
};

const started = async (child) => {
  const environment = {};
  for await (const line of createInterface(child.stdout)) {
    const exports = line.matchAll(/(\w+)=(\S+)/g);
    for (const [, name, value] of exports) environment[name] = value;
    if (line.includes("Ctrl-C")) return new WhatsApp(child, environment);
  }
  throw new Error("waxwing emulator ended");
};

class WhatsApp {
  constructor(child, environment) {
    this.child = child;
    this.environment = environment;
    this.url = environment.WHATSAPP_GRAPH_URL;
    this.phoneNumberId = environment.WHATSAPP_PHONE_NUMBER_ID;
    this.accessToken = environment.WHATSAPP_ACCESS_TOKEN;
    this.verifyToken = environment.WHATSAPP_VERIFY_TOKEN;
    this.appSecret = environment.WHATSAPP_APP_SECRET;
    child.unref();
    child.stdout.resume().unref();
  }

  async call(method, path, body, type = "application/json") {
    const content = body instanceof Uint8Array ? body : JSON.stringify(body);
    const headers = body ? { "content-type": type } : {};
    const options = { method, headers, body: content };
    const response = await fetch(this.url + path, options);
    const text = await response.text();
    if (response.ok) return text ? JSON.parse(text) : null;
    throw new Error(`${method} ${path}: ${response.status} ${text}`);
  }

  act(action, fields) {
    return this.call("POST", "/control/actions", { [action]: fields });
  }

  setWebhook(url) {
    return this.call("POST", "/control/webhook", { url });
  }

  async serve(handler) {
    const server = createServer(async (incoming, outgoing) => {
      const { method, headers } = incoming;
      const body = [];
      for await (const chunk of incoming) body.push(chunk);
      const init = method === "POST" ? { body: Buffer.concat(body) } : {};
      const url = new URL(incoming.url, "http://localhost");
      const request = new Request(url, { method, headers, ...init });
      const response = await handler(request).catch((error) => {
        console.error(error);
        return new Response(`${error}`, { status: 500 });
      });
      outgoing.writeHead(response.status).end(await response.text());
    });
    server.on("connection", (socket) => socket.unref());
    await once(server.listen(0, "127.0.0.1").unref(), "listening");
    await this.setWebhook(`http://127.0.0.1:${server.address().port}/`);
  }

  async user(phone = "+34600000000", name = phone) {
    const chat = await this.call("POST", "/phone/chats", { phone, name });
    return new User(this, `/phone/chats/${chat.id}`);
  }

  reset() {
    return this.call("POST", "/control/reset");
  }

  stop() {
    this.child.kill();
  }
}

class User {
  constructor(whatsapp, path) {
    this.post = (end, ...body) => whatsapp.call("POST", path + end, ...body);
    this.get = (query) => whatsapp.call("GET", `${path}/messages?${query}`);
  }

  async say(text, replyTo) {
    const message = { text, reply_to: replyTo };
    return (await this.post("/messages", message)).id;
  }

  async tap(title) {
    return (await this.post("/taps", { title })).id;
  }

  async sendFile(content, type, details = {}) {
    const query = new URLSearchParams(details);
    return (await this.post(`/files?${query}`, content, type)).id;
  }

  read() {
    return this.post("/read");
  }

  async nextMessage(wait = 10) {
    const query = new URLSearchParams({ wait });
    if (this.last) query.set("after", this.last);
    const { messages } = await this.get(query);
    const message = messages.find(({ direction }) => direction === "in");
    this.last = message?.id ?? this.last;
    return message ?? null;
  }

  async expect(text, options, wait = 10) {
    const message = await this.nextMessage(wait);
    const wanted = JSON.stringify([text, options ?? message?.options]);
    if (!message) throw new Error(`no message in ${wait} s, but ${wanted}`);
    if (wanted !== JSON.stringify([message.text, message.options]))
      throw new Error(`${wanted} expected: ${JSON.stringify(message)}`);
    return message;
  }
}
