// Draws one message.

import { format } from "./format.js";

const TICKS = {
  accepted: { tick: "sent", label: "sent" },
  delivered: { tick: "delivered", label: "delivered: the webhook answered 200" },
  read: { tick: "read", label: "read" },
};

const SVG = "http://www.w3.org/2000/svg";
const PATHS = { sent: "m6 12.500 4 4 8-9", delivered: "m2.500 12.500 4 4 8-9M11 15.500l1 1 8-9" };

/** The bubble of `message`; `quoted` is the message it replies to, if the page has it. */
export function bubble(message, quoted) {
  const node = document.createElement("article");
  node.className = `bubble ${message.direction}`;
  node.dataset.id = message.id;
  node.dataset.type = message.type;
  if (message.reply_to) node.append(quote(quoted));
  if (message.media) node.append(medium(message));
  if (!message.media && message.type !== "text") node.append(tag(message.type));
  if (message.text) {
    const text = block("div", "text");
    text.append(format(message.text));
    node.append(text);
  }
  if (message.options?.length) node.append(options(message.options));
  node.append(meta(message));
  return node;
}

/** Shows how far a message has come. */
export function setTick(node, state) {
  const tick = node.querySelector("[data-tick]");
  const shown = TICKS[state];
  if (!tick || !shown) return;
  tick.dataset.tick = shown.tick;
  tick.setAttribute("aria-label", shown.label);
  tick.title = shown.label;
  tick.firstChild.firstChild.setAttribute("d", PATHS[shown.tick === "sent" ? "sent" : "delivered"]);
}

/** A few words for a list or a quote. */
export function summary(message) {
  if (!message) return "an earlier message";
  const words = message.text?.replace(/\s+/g, " ");
  const name = message.media?.filename;
  return words || name || (message.type === "image" ? "picture" : message.type);
}

export function time(at) {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

function meta(message) {
  const line = block("footer", "meta");
  const clock = document.createElement("time");
  clock.dateTime = new Date(message.at).toISOString();
  clock.textContent = time(message.at);
  line.append(replyButton(), clock);
  if (message.direction === "out") {
    const tick = block("span", "tick");
    tick.dataset.tick = "sent";
    tick.setAttribute("role", "img");
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.append(document.createElementNS(SVG, "path"));
    tick.append(svg);
    line.append(tick);
    setTick(line, message.state);
  }
  return line;
}

function replyButton() {
  const button = block("button", "reply");
  button.type = "button";
  button.textContent = "Reply";
  return button;
}

function medium({ type, media, text, direction }) {
  if (type === "image" || type === "sticker") {
    const link = block("a", "picture");
    const image = document.createElement("img");
    image.src = link.href = media.url;
    link.target = "_blank";
    link.rel = "noopener";
    image.alt = text || (direction === "out" ? "Picture you sent" : "Picture you received");
    image.addEventListener("error", () => link.replaceWith(file(media, "This picture cannot be shown")), { once: true });
    link.append(image);
    return link;
  }
  if (type === "video" || type === "audio") {
    const player = document.createElement(type);
    player.src = media.url;
    player.controls = true;
    player.preload = "metadata";
    player.setAttribute("aria-label", media.voice ? "Voice note" : type);
    return player;
  }
  return file(media, media.filename || "Document");
}

function file(media, name) {
  const link = block("a", "file");
  link.href = media.url;
  link.download = media.filename || "";
  const title = document.createElement("strong");
  title.textContent = name;
  const details = document.createElement("span");
  details.textContent = `${media.mime_type.split(";")[0]} · ${size(media.size)}`;
  link.append(title, details);
  return link;
}

function quote(quoted) {
  const node = block("blockquote", "quoted");
  node.textContent = summary(quoted);
  return node;
}

function tag(type) {
  const node = block("div", "tag");
  node.textContent = type.replaceAll("_", " ");
  return node;
}

function options(titles) {
  const list = block("ul", "options");
  for (const title of titles) {
    const item = document.createElement("li");
    item.textContent = title;
    list.append(item);
  }
  return list;
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function block(name, className) {
  const node = document.createElement(name);
  node.className = className;
  return node;
}
