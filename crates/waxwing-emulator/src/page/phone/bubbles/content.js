// Content of a message, by its kind.

import { element } from "../../dom.js";
import { contacts, location } from "./cards.js";
import { interactive } from "./interactive.js";
import { medium } from "./media.js";
import { answer, order } from "./replies.js";
import { template } from "./template.js";
import { text } from "./text.js";

const KINDS = {
  text: (_, item) => [text(item)],
  image: withCaption,
  video: withCaption,
  audio: withCaption,
  document: withCaption,
  sticker: withCaption,
  location: (_, { message }) => [location(message.content)],
  contacts: (chat, { message }) => contacts(chat, message.content),
  template,
  interactive: (chat, item) => (item.message.from === null ? interactive(chat, item) : answer(item)),
  button: (_, item) => answer(item),
  order: (_, { message }) => order(message.content),
  unsupported: () => [note("This message cannot be shown in the Cloud API.")],
};

/** Returns the nodes of a message. */
export function content(chat, item) {
  const draw = KINDS[item.message.type];
  if (draw) return draw(chat, item);
  const parts = [element("p", "tag", item.message.type.replaceAll("_", " "))];
  if (item.message.text) parts.push(text(item));
  return parts;
}

function withCaption(chat, item) {
  return item.message.text ? [medium(chat, item), text(item)] : [medium(chat, item)];
}

const note = (words) => element("p", "gone", words);
