// Bot made with the Chat SDK and @chat-adapter/whatsapp.

import { connect } from "node:tls";
import { get, request as connectTo } from "node:http";

import { createMemoryState } from "@chat-adapter/state-memory";
import { createWhatsAppAdapter } from "@chat-adapter/whatsapp";
import {
  Actions,
  Button,
  Card,
  CardText,
  Chat,
  ConsoleLogger,
  LinkButton,
} from "chat";

import { LINK, media, serve } from "./service.mjs";

const logger = new ConsoleLogger("error");
const whatsapp = createWhatsAppAdapter({ logger });
const chat = new Chat({
  userName: "tea",
  adapters: { whatsapp },
  state: createMemoryState(),
  concurrency: "concurrent",
  logger,
});

const card = (text, ...buttons) =>
  Card({ children: [CardText(text), Actions(buttons)] });
const button = (id, label) => Button({ id, label, value: id });
const file = (name, mimeType) => ({
  markdown: "",
  files: [{ data: media(name), filename: name, mimeType }],
});

/** Downloads through the proxy in HTTPS_PROXY. The library downloads from public addresses, or with such a transport. */
const transport = (url, signal, headers) =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(process.env.HTTPS_PROXY);
    const path = `${url.hostname}:443`;
    const tunnel = connectTo({
      hostname,
      port,
      method: "CONNECT",
      path,
      signal,
    });
    tunnel.on("error", reject).on("connect", (_, socket) => {
      const createConnection = () =>
        connect({ socket, servername: url.hostname });
      const options = {
        createConnection,
        headers: { ...headers, host: url.hostname },
        signal,
      };
      get({ ...options, path: url.pathname + url.search }, resolve).on(
        "error",
        reject,
      );
    });
    tunnel.end();
  });

const calls = {
  text: (thread) => thread.post("hello"),
  quote: (thread, message) => whatsapp.reply(thread.id, message.id, "quoted"),
  image: (thread) =>
    thread.post({ ...file("picture.png", "image/png"), markdown: "uploaded" }),
  document: (thread) => thread.post(file("paper.pdf", "application/pdf")),
  video: (thread) => thread.post(file("clip.mp4", "video/mp4")),
  audio: (thread) => thread.post(file("note.ogg", "audio/ogg")),
  buttons: (thread) =>
    thread.post(card("Tea?", button("yes", "Yes"), button("no", "No"))),
  url: (thread) =>
    thread.post(
      card(
        "Our menu",
        LinkButton({ label: "Open", url: "https://example.com/menu" }),
      ),
    ),
  template: (thread) =>
    whatsapp.sendTemplate(thread.id, {
      name: "tea_ready",
      language: "en",
      components: [
        { type: "body", parameters: [{ type: "text", text: "green tea" }] },
        {
          type: "button",
          sub_type: "quick_reply",
          index: "0",
          parameters: [{ type: "payload", payload: "coming" }],
        },
      ],
    }),
  reaction: (thread, message) =>
    whatsapp.addReaction(thread.id, message.id, "👍"),
  unreact: async (thread, message) => {
    await whatsapp.addReaction(thread.id, message.id, "🎉");
    await whatsapp.removeReaction(thread.id, message.id, "🎉");
  },
  read: async (thread, message) => {
    await whatsapp.markAsRead(thread.id, message.id);
    await thread.post("read");
  },
  typing: async (thread) => {
    await thread.startTyping();
    await thread.post("typed");
  },
  hidden: (thread) => thread.post("hello, stranger"),
};

const answer = async (thread, message) => {
  await thread.subscribe();
  const [attachment] = message.attachments;
  const place = message.text.match(/^\[Location: (.*), (.*)\]$/);
  if (attachment?.type === "image") {
    const bytes = await whatsapp.downloadMedia(
      attachment.fetchMetadata.mediaId,
      transport,
    );
    await thread.post(`${bytes.length} bytes of ${attachment.mimeType}`);
  } else if (place) {
    await thread.post(`location ${place[1]} ${place[2]}`);
  } else {
    await calls[message.text]?.(thread, message);
  }
};

chat.onDirectMessage(answer);
chat.onSubscribedMessage(answer);
chat.onAction(async ({ thread, actionId }) =>
  thread.post(`tapped ${actionId}`),
);
chat.onReaction(async ({ thread, rawEmoji }) =>
  thread.post(`reaction ${rawEmoji}`),
);

const notes = {
  download:
    "through the `transport` of `downloadMedia`, because its own downloads use no proxy",
};
const untried = {
  link: "takes HTTPS links only, which the test does not serve",
};
const received = [
  "verification",
  "signature",
  "download",
  "quick",
  "reacted",
  "located",
];
serve(
  "@chat-adapter/whatsapp",
  (request) => chat.webhooks.whatsapp(request),
  [...Object.keys(calls), ...received],
  { notes, untried },
);
