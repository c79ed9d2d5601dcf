// Bot made with @kapso/whatsapp-cloud-api.

import {
  WhatsAppClient,
  buildTemplateSendPayload,
} from "@kapso/whatsapp-cloud-api";
import {
  normalizeWebhook,
  verifySignature,
} from "@kapso/whatsapp-cloud-api/server";

import {
  ID,
  LINK,
  SECRET,
  TOKEN,
  VERIFY_TOKEN,
  WABA_ID,
  media,
  serve,
} from "./service.mjs";

const client = new WhatsAppClient({
  accessToken: TOKEN,
  baseUrl: process.env.WHATSAPP_GRAPH_URL,
});
const phoneNumberId = ID;
const seen = new Map();
let watched;

const upload = async (name, type) => {
  const file = new Blob([media(name)], { type });
  return (
    await client.media.upload({ phoneNumberId, type, file, fileName: name })
  ).id;
};

const say = (to, body) =>
  client.messages.sendText({ ...to, phoneNumberId, body });

const calls = {
  text: (to) => say(to, "hello"),
  quote: (to, id) =>
    client.messages.sendText({
      ...to,
      phoneNumberId,
      body: "quoted",
      contextMessageId: id,
    }),
  image: async (to) => {
    const image = {
      id: await upload("picture.png", "image/png"),
      caption: "uploaded",
    };
    return client.messages.sendImage({ ...to, phoneNumberId, image });
  },
  link: (to) =>
    client.messages.sendImage({
      ...to,
      phoneNumberId,
      image: { link: LINK, caption: "linked" },
    }),
  document: async (to) => {
    const document = {
      id: await upload("paper.pdf", "application/pdf"),
      filename: "paper.pdf",
    };
    return client.messages.sendDocument({ ...to, phoneNumberId, document });
  },
  video: async (to) => {
    const video = { id: await upload("clip.mp4", "video/mp4") };
    return client.messages.sendVideo({ ...to, phoneNumberId, video });
  },
  audio: async (to) => {
    const audio = { id: await upload("note.ogg", "audio/ogg") };
    return client.messages.sendAudio({ ...to, phoneNumberId, audio });
  },
  sticker: async (to) => {
    const sticker = { id: await upload("sticker.webp", "image/webp") };
    return client.messages.sendSticker({ ...to, phoneNumberId, sticker });
  },
  delete: async (to) => {
    const mediaId = await upload("picture.png", "image/png");
    await client.media.delete({ mediaId, phoneNumberId });
    return say(to, "deleted");
  },
  buttons: (to) =>
    client.messages.sendInteractiveButtons({
      ...to,
      phoneNumberId,
      bodyText: "Tea?",
      buttons: [
        { id: "yes", title: "Yes" },
        { id: "no", title: "No" },
      ],
    }),
  list: (to) =>
    client.messages.sendInteractiveList({
      ...to,
      phoneNumberId,
      bodyText: "Which tea?",
      buttonText: "Choose",
      sections: [
        {
          title: "Teas",
          rows: [
            { id: "green", title: "Green", description: "From Japan" },
            { id: "black", title: "Black" },
          ],
        },
      ],
    }),
  url: (to) => {
    const parameters = { displayText: "Open", url: "https://example.com/menu" };
    return client.messages.sendInteractiveCtaUrl({
      ...to,
      phoneNumberId,
      bodyText: "Our menu",
      parameters,
    });
  },
  template: (to) => {
    const template = buildTemplateSendPayload({
      name: "tea_ready",
      language: "en",
      body: [{ type: "text", text: "green tea" }],
      buttons: [
        {
          type: "button",
          subType: "quick_reply",
          index: 0,
          parameters: [{ type: "payload", payload: "coming" }],
        },
      ],
    });
    return client.messages.sendTemplate({ ...to, phoneNumberId, template });
  },
  templates: async (to) => {
    await client.templates.create({
      businessAccountId: WABA_ID,
      name: "tea_cold",
      language: "en",
      category: "UTILITY",
      components: [
        {
          type: "BODY",
          text: "Your {{1}} is cold.",
          example: { bodyText: [["tea"]] },
        },
      ],
    });
    const { data } = await client.templates.list({
      businessAccountId: WABA_ID,
    });
    return say(
      to,
      `templates: ${data
        .map((template) => template.name)
        .sort()
        .join(", ")}`,
    );
  },
  reaction: (to, messageId) =>
    client.messages.sendReaction({
      ...to,
      phoneNumberId,
      reaction: { messageId, emoji: "👍" },
    }),
  unreact: async (to, messageId) => {
    await client.messages.sendReaction({
      ...to,
      phoneNumberId,
      reaction: { messageId, emoji: "🎉" },
    });
    await client.messages.sendReaction({
      ...to,
      phoneNumberId,
      reaction: { messageId, emoji: "" },
    });
  },
  location: (to) => {
    const location = {
      latitude: 40.5,
      longitude: -3.5,
      name: "Tea House",
      address: "Calle Mayor 1",
    };
    return client.messages.sendLocation({ ...to, phoneNumberId, location });
  },
  request: (to) =>
    client.messages.sendInteractiveLocationRequest({
      ...to,
      phoneNumberId,
      bodyText: "Where are you?",
      parameters: { requestMessage: "Where are you?" },
    }),
  contact: (to) => {
    const name = { formattedName: "Tea House", firstName: "Tea" };
    const contacts = [
      { name, phones: [{ phone: "+34911111111", type: "WORK" }] },
    ];
    return client.messages.sendContacts({ ...to, phoneNumberId, contacts });
  },
  read: async (to, messageId) => {
    await client.messages.markRead({ phoneNumberId, messageId });
    return say(to, "read");
  },
  typing: async (to, messageId) => {
    await client.messages.markRead({
      phoneNumberId,
      messageId,
      typingIndicator: { type: "text" },
    });
    return say(to, "typed");
  },
  statuses: async (to) => {
    watched = (await say(to, "watch me")).messages[0].id;
  },
  report: (to) => say(to, seen.get(watched)?.join(", ") ?? "none"),
  profile: async (to) => {
    await client.phoneNumbers.businessProfile.update({
      phoneNumberId,
      about: "Open from 8 to 20",
    });
    const { data } = await client.phoneNumbers.businessProfile.get({
      phoneNumberId,
      fields: "about",
    });
    return say(to, `about: ${data[0].about}`);
  },
  hidden: (to) => say(to, "hello, stranger"),
};

const answer = async (message) => {
  const to = message.from
    ? { to: message.from }
    : { recipient: message.fromUserId };
  const { type, interactive } = message;
  if (type === "text") await calls[message.text.body]?.(to, message.id);
  if (type === "image") {
    const bytes = await client.media.download({
      mediaId: message.image.id,
      auth: "always",
    });
    await say(to, `${bytes.byteLength} bytes of ${message.image.mimeType}`);
  }
  if (interactive?.type === "button_reply")
    await say(to, `tapped ${interactive.buttonReply.id}`);
  if (interactive?.type === "list_reply")
    await say(to, `chose ${interactive.listReply.id}`);
  if (type === "button") await say(to, `tapped ${message.button.payload}`);
  if (type === "reaction") await say(to, `reaction ${message.reaction.emoji}`);
  if (type === "location")
    await say(
      to,
      `location ${message.location.latitude} ${message.location.longitude}`,
    );
  if (type === "contacts")
    await say(to, `contact ${message.contacts[0].name.formattedName}`);
};

const status = ({ id, status }) =>
  seen.set(id, [...(seen.get(id) ?? []), status]);

const webhook = async (request) => {
  const { searchParams } = new URL(request.url);
  if (request.method === "GET") {
    const isRight = searchParams.get("hub.verify_token") === VERIFY_TOKEN;
    return new Response(searchParams.get("hub.challenge"), {
      status: isRight ? 200 : 403,
    });
  }
  const rawBody = Buffer.from(await request.arrayBuffer());
  const signatureHeader = request.headers.get("x-hub-signature-256");
  if (!verifySignature({ appSecret: SECRET, rawBody, signatureHeader }))
    return new Response("", { status: 401 });
  const { messages, statuses } = normalizeWebhook(JSON.parse(rawBody));
  for (const message of messages) answer(message).catch(console.error);
  statuses.forEach(status);
  return new Response("");
};

const received = [
  "signature",
  "download",
  "quick",
  "reacted",
  "located",
  "contacted",
];
const notes = {
  download: `with \`auth: "always"\`, because the library leaves the access token out by default`,
};
const refused = {
  request:
    "sends `action.parameters`, but Meta's location request has only `action.name`",
};
serve(
  "@kapso/whatsapp-cloud-api",
  webhook,
  [...Object.keys(calls), ...received],
  { notes, refused },
);
