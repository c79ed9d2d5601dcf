// Short texts about messages, for the list, quotes and search.

import { isOwn, senderName } from "./chats.js";

const NAMES = {
  audio: "Audio", button: "Answer", contacts: "Contact", document: "Document", image: "Photo", interactive: "Message", location: "Location",
  order: "Order", sticker: "Sticker", template: "Template", unsupported: "Message that cannot be shown", video: "Video",
};

/** Returns a short text for a list or a quote. */
export function summary(message) {
  if (!message) return "an earlier message";
  const words = message.text?.replace(/\s+/g, " ").trim();
  if (message.media?.voice) return "🎤 Voice note";
  const name = NAMES[message.type] ?? message.type.replaceAll("_", " ");
  if (message.media) return words || message.media.filename || name;
  return words || answer(message.content) || name;
}

/** Returns the text of the person's answer to a form. */
const answer = (body) => body?.nfm_reply?.body || (body?.call_permission_reply ? "Call permission" : "");

/** Returns the last line of a chat in the list, with the sender where WhatsApp shows it. */
export function lastLine(chat) {
  const message = chat.last;
  if (!message) return "";
  const item = chat.byId.get(message.id);
  if (item?.deleted) return isOwn(chat, message) ? "You deleted this message" : "This message was deleted";
  if (message.type === "reaction") {
    const target = summary(chat.byId.get(message.content.message_id)?.message);
    const who = senderName(chat, message);
    return message.content.emoji ? `${who} reacted ${message.content.emoji} to “${target}”` : `${who} removed a reaction`;
  }
  if (message.type === "revoke") return isOwn(chat, message) ? "You deleted a message" : "A message was deleted";
  const prefix = chat.group && !isOwn(chat, message) ? `${senderName(chat, message)}: ` : "";
  return prefix + summary(message);
}

export function time(at) {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/** Returns the time of a message of today, or the day of an earlier one. */
export function timeOrDay(at, today) {
  const date = new Date(at);
  if (date.toDateString() === new Date(today).toDateString()) return time(at);
  return date.toLocaleDateString([], { day: "numeric", month: "numeric", year: "2-digit" });
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** Returns a duration in seconds as minutes and seconds. */
export function duration(seconds) {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.round(seconds)) : 0;
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
