// Bot made with whatsapp-api-js.

import { WhatsAppAPI } from "whatsapp-api-js/middleware/web-standard";
import {
  ActionButtons,
  ActionCTA,
  ActionList,
  ActionLocation,
  Audio,
  Body,
  BodyComponent,
  BodyParameter,
  Button,
  Contacts,
  Document,
  Image,
  Interactive,
  ListSection,
  Location,
  Name,
  PayloadComponent,
  Phone,
  Reaction,
  Row,
  Sticker,
  Template,
  Text,
  Video,
} from "whatsapp-api-js/messages";

import {
  ID,
  LINK,
  SECRET,
  TOKEN,
  VERIFY_TOKEN,
  form,
  serve,
} from "./service.mjs";

const api = new WhatsAppAPI({
  token: TOKEN,
  appSecret: SECRET,
  webhookVerifyToken: VERIFY_TOKEN,
  v: "v25.0",
});
const seen = new Map();
let watched;

const upload = async (name, type) =>
  (await api.uploadMedia(ID, form(name, type))).id;
const send = (to, message, context) =>
  api.sendMessage(ID, to, message, context);
const say = (to, text) => send(to, new Text(text));

const calls = {
  text: (to) => say(to, "hello"),
  quote: (to, id) => send(to, new Text("quoted"), id),
  image: async (to) =>
    send(
      to,
      new Image(await upload("picture.png", "image/png"), true, "uploaded"),
    ),
  link: (to) => send(to, new Image(LINK, false, "linked")),
  document: async (to) =>
    send(to, new Document(await upload("paper.pdf", "application/pdf"), true)),
  video: async (to) =>
    send(to, new Video(await upload("clip.mp4", "video/mp4"), true)),
  audio: async (to) =>
    send(to, new Audio(await upload("note.ogg", "audio/ogg"), true)),
  sticker: async (to) =>
    send(to, new Sticker(await upload("sticker.webp", "image/webp"), true)),
  delete: async (to) => {
    await api.deleteMedia(await upload("picture.png", "image/png"), ID);
    return say(to, "deleted");
  },
  buttons: (to) => {
    const buttons = new ActionButtons(
      new Button("yes", "Yes"),
      new Button("no", "No"),
    );
    return send(to, new Interactive(buttons, new Body("Tea?")));
  },
  list: (to) => {
    const teas = new ListSection(
      "Teas",
      new Row("green", "Green", "From Japan"),
      new Row("black", "Black"),
    );
    return send(
      to,
      new Interactive(new ActionList("Choose", teas), new Body("Which tea?")),
    );
  },
  url: (to) => {
    const link = new ActionCTA("Open", "https://example.com/menu");
    return send(to, new Interactive(link, new Body("Our menu")));
  },
  template: (to) => {
    const body = new BodyComponent(new BodyParameter("green tea"));
    return send(
      to,
      new Template("tea_ready", "en", body, new PayloadComponent("coming")),
    );
  },
  reaction: (to, id) => send(to, new Reaction(id, "👍")),
  unreact: async (to, id) => {
    await send(to, new Reaction(id, "🎉"));
    return send(to, new Reaction(id));
  },
  location: (to) =>
    send(to, new Location(-3.5, 40.5, "Tea House", "Calle Mayor 1")),
  request: (to) =>
    send(to, new Interactive(new ActionLocation(), new Body("Where are you?"))),
  contact: (to) =>
    send(
      to,
      new Contacts([
        new Name("Tea House", "Tea"),
        new Phone("+34911111111", "WORK"),
      ]),
    ),
  read: async (to, id) => {
    await api.markAsRead(ID, id);
    return say(to, "read");
  },
  typing: async (to, id) => {
    await api.markAsRead(ID, id, "text");
    return say(to, "typed");
  },
  statuses: async (to) => {
    watched = (await say(to, "watch me")).messages[0].id;
  },
  report: (to) => say(to, seen.get(watched)?.join(", ") ?? "none"),
  block: async (to) => {
    const { block_users } = await api.blockUser(ID, to);
    await api.unblockUser(ID, to);
    return say(
      to,
      `blocked: ${block_users.added_users.map((user) => user.wa_id).join(", ")}`,
    );
  },
  qr: async (to) => {
    const { code } = await api.createQR(ID, "One tea, please");
    const { data } = await api.retrieveQR(ID, code);
    await api.deleteQR(ID, code);
    return say(to, `QR code: ${data[0].prefilled_message}`);
  },
  hidden: (to) => say(to, "hello, stranger"),
};

const answer = async ({ from, recipient, message }) => {
  const to = from || recipient;
  const { type, interactive } = message;
  if (type === "text") await calls[message.text.body]?.(to, message.id);
  if (type === "image") {
    const { url } = await api.retrieveMedia(message.image.id);
    const bytes = await (await api.fetchMedia(url)).arrayBuffer();
    await say(to, `${bytes.byteLength} bytes of ${message.image.mime_type}`);
  }
  if (interactive?.type === "button_reply")
    await say(to, `tapped ${interactive.button_reply.id}`);
  if (interactive?.type === "list_reply")
    await say(to, `chose ${interactive.list_reply.id}`);
  if (type === "button") await say(to, `tapped ${message.button.payload}`);
  if (type === "reaction") await say(to, `reaction ${message.reaction.emoji}`);
  if (type === "location")
    await say(
      to,
      `location ${message.location.latitude} ${message.location.longitude}`,
    );
  if (type === "contacts")
    await say(to, `contact ${message.contacts[0].name.formatted_name}`);
};

// The library answers 500 for an error, and does not show it.
api.on.message = (event) => answer(event).catch(console.error);
api.on.status = ({ id, status }) =>
  seen.set(id, [...(seen.get(id) ?? []), status]);

const webhook = async (request) => {
  if (request.method === "GET")
    return new Response(await api.handle_get(request));
  return new Response("", { status: await api.handle_post(request) });
};

const received = [
  "verification",
  "signature",
  "download",
  "quick",
  "reacted",
  "located",
  "contacted",
];
const refused = {
  qr: "sends `generate_qr_image=png`, but Meta documents `PNG` and `SVG`",
};
serve("whatsapp-api-js", webhook, [...Object.keys(calls), ...received], {
  refused,
});
