// Rendering of one message.

import { element } from "./dom.js";
import { format } from "./format.js";

const TICKS = {
  accepted: { tick: "sent", label: "sent" },
  delivered: { tick: "delivered", label: "delivered: the webhook responded with 200" },
  read: { tick: "read", label: "read" },
};

const SVG = "http://www.w3.org/2000/svg";
const PATHS = { sent: "m6 12.5 4 4 8-9", delivered: "m2.5 12.5 4 4 8-9M11 15.5l1 1 8-9" };

/** Renders a message. `quoted` is the message that it replies to, if the page has it. */
export function bubble(message, quoted) {
  const node = element("article", `bubble ${message.direction}`);
  node.dataset.id = message.id;
  node.dataset.type = message.type;
  if (message.reply_to) node.append(element("blockquote", "quoted", summary(quoted)));
  if (message.media) node.append(medium(message));
  if (!message.media && message.type !== "text") node.append(element("div", "tag", message.type.replaceAll("_", " ")));
  if (message.text) {
    const text = element("div", "text", format(message.text));
    for (const block of text.children) block.dir = "auto";
    node.append(text);
  }
  if (message.options?.length) node.append(options(message));
  node.append(meta(message));
  return node;
}

/** Shows the delivery state of a message. */
export function setTick(node, state) {
  const tick = node.querySelector("[data-tick]");
  const shown = TICKS[state];
  if (!tick || !shown) return;
  tick.dataset.tick = shown.tick;
  tick.setAttribute("aria-label", shown.label);
  tick.title = shown.label;
  tick.firstChild.firstChild.setAttribute("d", PATHS[shown.tick === "sent" ? "sent" : "delivered"]);
}

/** Returns a short text for a list or a quote. */
export function summary(message) {
  if (!message) return "an earlier message";
  const words = message.text?.replace(/\s+/g, " ");
  const name = message.media?.filename;
  return words || name || message.type;
}

export function time(at) {
  return new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

function meta(message) {
  const line = element("footer", "meta");
  const clock = element("time", "", time(message.at));
  clock.dateTime = new Date(message.at).toISOString();
  line.append(replyButton(), clock);
  if (message.direction === "out") {
    const tick = element("span", "tick");
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
  const button = element("button", "reply", "Reply");
  button.type = "button";
  return button;
}

function medium({ type, media, text, direction }) {
  if (type === "image" || type === "sticker") {
    const link = element("a", "image");
    const image = element("img");
    image.src = link.href = media.url;
    link.target = "_blank";
    link.rel = "noopener";
    image.alt = text || (direction === "out" ? "Image you sent" : "Image you received");
    image.addEventListener("error", () => link.replaceWith(file(media, "This image cannot be displayed")), { once: true });
    link.append(image);
    return link;
  }
  if (type === "video" || type === "audio") {
    const player = element(type);
    player.src = media.url;
    player.controls = true;
    player.preload = "metadata";
    player.setAttribute("aria-label", media.voice ? "Voice note" : type);
    return player;
  }
  return file(media, media.filename || "Document");
}

function file(media, name) {
  const link = element("a", "file");
  link.href = media.url;
  link.download = media.filename || "";
  link.append(element("strong", "", name), element("span", "", `${media.mime_type.split(";")[0]} · ${size(media.size)}`));
  return link;
}

/** Renders the options of a message. Only the options of received messages can be tapped. */
function options({ options: titles, direction }) {
  const option = (title) => {
    if (direction === "out") return element("li", "", title);
    const button = element("button", "option", title);
    button.type = "button";
    return element("li", "", button);
  };
  return element("ul", "options", ...titles.map(option));
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
