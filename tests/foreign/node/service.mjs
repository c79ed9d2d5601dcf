// Serves a bot on a free port, and announces it to the test.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";

export const ID = process.env.WHATSAPP_PHONE_NUMBER_ID;
export const TOKEN = process.env.WHATSAPP_ACCESS_TOKEN;
export const SECRET = process.env.WHATSAPP_APP_SECRET;
export const VERIFY_TOKEN = process.env.WHATSAPP_VERIFY_TOKEN;
export const WABA_ID = process.env.WHATSAPP_WABA_ID;
export const LINK = process.env.PICTURE_URL;

export const media = (name) =>
  readFileSync(new URL(`../media/${name}`, import.meta.url));

/** Returns a form with a file, for the libraries that take one. */
export const form = (name, type) => {
  const data = new FormData();
  data.append("file", new Blob([media(name)], { type }), name);
  data.append("type", type);
  data.append("messaging_product", "whatsapp");
  return data;
};

const body = async (request) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/**
 * Serves the webhook. `handler` gets a Fetch API request. `calls` are the calls that the library has. `notes` are remarks about
 * calls, `refused` are the reasons why Meta refuses a call of the library, and
 * `untried` are those why a call is not tried.
 */
export const serve = (
  library,
  handler,
  calls,
  { notes = {}, refused = {}, untried = {} } = {},
) => {
  const file = new URL(
    `./node_modules/${library}/package.json`,
    import.meta.url,
  );
  const { version } = JSON.parse(readFileSync(file));
  const server = createServer(async (incoming, outgoing) => {
    const { method, headers, url } = incoming;
    const content = method === "GET" ? undefined : await body(incoming);
    const request = new Request(new URL(url, "http://localhost"), {
      method,
      headers,
      body: content,
    });
    try {
      const response = await handler(request);
      outgoing.writeHead(response.status).end(await response.text());
    } catch (error) {
      console.error(error);
      outgoing.writeHead(500).end();
    }
  });
  server.listen(0, "127.0.0.1", () => {
    const names = calls.filter((name) => name !== "report");
    const url = `http://127.0.0.1:${server.address().port}`;
    console.log(
      JSON.stringify({ url, version, calls: names, notes, refused, untried }),
    );
  });
};
