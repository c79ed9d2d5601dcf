// Frame of one message: sender, quote, content, reactions, time and ticks.

import { button, element } from "../../dom.js";
import { isOwn, senderName } from "../chats.js";
import { icon } from "../icons.js";
import { openMessageMenu } from "../message-menu.js";
import { changed, state } from "../state.js";
import { summary, time } from "../summary.js";
import { content } from "./content.js";

const SVG = "http://www.w3.org/2000/svg";
const PATHS = { sent: "m6 12.5 4 4 8-9", delivered: "m2.5 12.5 4 4 8-9M11 15.5l1 1 8-9", failed: "M12 6v7M12 17v.01" };
const TICKS = {
  accepted: { tick: "sent", label: "sent" },
  sent: { tick: "sent", label: "sent" },
  delivered: { tick: "delivered", label: "delivered: the webhook responded with 200" },
  read: { tick: "read", label: "read" },
  played: { tick: "read", label: "played" },
  failed: { tick: "failed", label: "failed" },
};

/** Draws a message of a chat. */
export function bubble(chat, item) {
  const { message } = item;
  const own = isOwn(chat, message);
  const node = element("article", `bubble ${own ? "out" : "in"}`);
  node.dataset.id = message.id;
  node.dataset.type = item.deleted ? "deleted" : message.type;
  node.setAttribute("aria-label", `${senderName(chat, message)}: ${item.deleted ? "deleted message" : summary(message)}`);
  if (chat.group && !own) node.append(element("p", `sender hue-${(message.from ?? 5) % 6}`, senderName(chat, message)));
  if (item.deleted) {
    node.append(element("p", "gone", own ? "You deleted this message" : "This message was deleted"));
  } else {
    if (message.reply_to) node.append(quote(chat, chat.byId.get(message.reply_to)));
    node.append(...content(chat, item));
  }
  // As in WhatsApp, the time is above the buttons.
  const buttons = node.querySelector(":scope > .options");
  if (buttons) buttons.before(meta(item, own));
  else node.append(meta(item, own));
  if (message.error) node.append(failure(message.error));
  if (item.reactions.size > 0 && !item.deleted) node.append(reactions(chat, item));
  if (!item.deleted) node.append(menuButton(chat, item, node));
  return node;
}

/** Shows the delivery state of a message. */
export function setTick(node, message) {
  const tick = node.querySelector("[data-tick]");
  const shown = TICKS[message.state];
  if (!tick || !shown || tick.title === shown.label) return;
  tick.dataset.tick = shown.tick;
  tick.setAttribute("aria-label", shown.label);
  tick.title = shown.label;
  tick.firstChild.firstChild.setAttribute("d", PATHS[shown.tick] ?? PATHS.delivered);
}

/** Draws a quoted message. A click shows the message itself. */
function quote(chat, item) {
  const message = item?.message;
  const name = message ? senderName(chat, message) : "";
  const text = item?.deleted ? "This message was deleted" : summary(message);
  const node = button("quoted", "", () => show(item?.id), element("strong", "", name), element("span", "", text));
  if (message?.media && !item.deleted && (message.type === "image" || message.type === "sticker")) {
    const thumbnail = element("img");
    thumbnail.src = message.media.url;
    thumbnail.alt = "";
    node.append(thumbnail);
  } else if (message?.media && !item.deleted) {
    node.prepend(icon(message.media.voice ? "mic" : "document"));
  }
  return node;
}

function show(id) {
  if (!id) return;
  state.target = id;
  changed();
}

function meta(item, own) {
  const { message } = item;
  const line = element("footer", "meta");
  const clock = element("time", "", time(message.at));
  clock.dateTime = new Date(message.at).toISOString();
  if (item.edited && !item.deleted) line.append(element("span", "edited", "Edited"));
  line.append(clock);
  if (own && !item.deleted) {
    const tick = element("span", "tick");
    tick.dataset.tick = "sent";
    tick.setAttribute("role", "img");
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.append(document.createElementNS(SVG, "path"));
    tick.append(svg);
    line.append(tick);
    setTick(line, message);
  }
  return line;
}

function failure(error) {
  const link = element("a", "", `Error ${error.code}: ${error.title}`);
  link.href = error.link;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return element("p", "failure", "Not delivered. ", link);
}

function reactions(chat, item) {
  const emojis = [...new Set(item.reactions.values())].join("");
  const names = [...item.reactions].map(([who, emoji]) => `${who === "business" ? state.business.name : who === chat.user ? "you" : (state.people.get(who)?.name ?? "…")} ${emoji}`);
  const pill = element("p", "reactions", emojis, item.reactions.size > 1 ? ` ${item.reactions.size}` : "");
  pill.setAttribute("role", "img");
  pill.setAttribute("aria-label", `Reactions: ${names.join(", ")}`);
  pill.title = names.join(", ");
  return pill;
}

function menuButton(chat, item, node) {
  const open = button("menu-button", "Message menu", () => openMessageMenu(chat, item, open), icon("down"));
  open.setAttribute("aria-haspopup", "menu");
  open.tabIndex = -1; // the log moves the focus between messages by arrow keys
  node.addEventListener("contextmenu", (event) => {
    if (event.target.closest("a, img, video, audio") || String(getSelection())) return;
    event.preventDefault();
    openMessageMenu(chat, item, open);
  });
  return open;
}
