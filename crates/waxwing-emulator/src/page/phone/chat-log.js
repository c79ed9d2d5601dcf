// Messages of the open chat.

import { button, byId, element } from "../dom.js";
import { select } from "../selection.js";
import { bubble, setTick } from "./bubbles/bubble.js";
import { reveal, showEarlier } from "./chats.js";
import { propose } from "./composer.js";
import { isOpen, waitingFor } from "./events.js";
import { icon } from "./icons.js";
import { reconcile } from "./reconcile.js";
import { read } from "./server.js";
import { changed, currentChat, now, onChange, state } from "./state.js";

const SUGGESTIONS = ["Hello!", "What can you do?", "*bold*, _italic_ and `code`"];
const log = byId("log");
const drawn = new Map(); // nodes and versions by key
let drawnChat = null;
let wasAtEnd = true;
let readTimer = 0;

/** Connects the log. */
export function startChatLog() {
  onChange(draw);
  setInterval(drawWaiting, 500);
  log.addEventListener("scroll", () => {
    wasAtEnd = isAtEnd();
    if (wasAtEnd) byId("latest").hidden = true;
  });
  byId("latest").addEventListener("click", toEnd);
  log.addEventListener("keydown", move);
  log.addEventListener("focus", (event) => {
    // Shift and Tab leave the log: the focus that comes from a message stays on the log.
    if (!log.contains(event.relatedTarget)) focusBubble([...log.querySelectorAll(".menu-button")].at(-1));
  });
  log.addEventListener("focusin", (event) => selectMessage(event.target));
  log.addEventListener("click", (event) => selectMessage(event.target));
  document.addEventListener("visibilitychange", changed);
  // The latest message stays visible when the composer grows or the keyboard opens.
  new ResizeObserver(() => wasAtEnd && toEnd()).observe(log);
}

function selectMessage(target) {
  const id = target.closest?.(".bubble")?.dataset.id;
  if (id) select({ message: id });
}

function draw() {
  const chat = currentChat();
  const isOther = drawnChat !== chat;
  if (isOther) {
    drawn.clear();
    log.replaceChildren();
    drawnChat = chat;
    log.setAttribute("aria-live", "off"); // screen readers announce new messages, not a whole chat
    setTimeout(() => log.setAttribute("aria-live", "polite"), 100);
  }
  if (!chat) return;
  if (state.target) reveal(chat, state.target);
  const follow = isOther || wasAtEnd || chat.follow;
  const before = chat.items.length;
  const focused = document.activeElement?.closest("#log .bubble")?.dataset.id;
  reconcile(log, nodes(chat), drawn);
  if (focused && document.activeElement === document.body) focusBubble(drawn.get(focused)?.node.querySelector(".menu-button"));
  for (const item of chat.items.slice(-chat.shown)) {
    if (item.kind === "message") setTick(drawn.get(item.id).node, item.message);
  }
  drawWaiting();
  if (state.target) return show(state.target);
  if (follow) toEnd();
  else if (chat.drawnItems !== before) byId("latest").hidden = false;
  chat.drawnItems = before;
  chat.follow = false;
  markRead();
}

/** Returns what the log shows: keys, versions, and functions that draw a node. */
function nodes(chat) {
  const list = [];
  const items = chat.items.slice(-chat.shown);
  if (chat.items.length > items.length) list.push({ key: "earlier", version: 0, draw: () => earlier(chat) });
  let day = "";
  for (const item of items) {
    const date = new Date(item.at).toDateString();
    if (date !== day) list.push({ key: `day ${date}`, version: 0, draw: () => dayLine(item.at) });
    day = date;
    const draw = item.kind === "line" ? () => systemLine(item) : () => watchPictures(bubble(chat, item));
    const quoted = item.message?.reply_to ? (chat.byId.get(item.message.reply_to)?.version ?? 0) : 0;
    list.push({ key: item.id, version: item.version + quoted * 1000, draw });
  }
  if (chat.typingUntil > Date.now()) list.push({ key: "typing", version: 0, draw: typing });
  if (list.length === 0) list.push({ key: "empty", version: 0, draw: emptyState });
  return list;
}

/** Keeps the end of the log in view while pictures load. */
function watchPictures(node) {
  for (const image of node.querySelectorAll("img, video")) {
    const follow = () => wasAtEnd && toEnd();
    image.addEventListener(image.tagName === "IMG" ? "load" : "loadedmetadata", follow, { once: true });
  }
  return node;
}

function earlier(chat) {
  return button("chip earlier", "", () => {
    showEarlier(chat);
    changed();
  }, "Show earlier messages");
}

function dayLine(at) {
  const days = Math.round((new Date(now()).setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86_400_000);
  const words = days === 0 ? "Today" : days === 1 ? "Yesterday" : new Date(at).toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
  return element("p", "day", words);
}

/** Draws a line of the system: a refused, failed or held-back message. */
function systemLine({ tone, text, error, details, rule, count }) {
  const node = element("div", `line ${tone}`, element("p", "", count > 1 ? `${text} (${count} times)` : text));
  if (error) {
    const link = element("a", "", `Error ${error.code}: ${error.title}`);
    link.href = error.link;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    node.append(element("p", "", link));
  }
  if (details) node.append(element("p", "facts", details));
  if (rule) node.append(element("p", "facts", `Rule of the emulator: ${rule}`));
  return node;
}

function typing() {
  const dots = element("div", "typing", element("i"), element("i"), element("i"));
  dots.setAttribute("aria-label", `${state.business.name} is typing`);
  dots.setAttribute("role", "img");
  return dots;
}

function emptyState() {
  const chips = SUGGESTIONS.map((text) => button("chip", "", () => propose(text), text));
  const hint = "Type a message and press Enter. Your server receives the message as a webhook, and its replies appear here.";
  return element("div", "empty", icon("send"), element("h3", "", "Say hello"), element("p", "", hint), element("div", "chips", ...chips));
}

/** Says why there is no answer yet. */
function drawWaiting() {
  const chat = currentChat();
  const { reason, seconds } = chat ? waitingFor(chat) : { reason: "" };
  byId("waiting").hidden = reason === "";
  // Only the reason is announced: a screen reader would speak a counter each second.
  const live = byId("waiting-reason");
  if (live.textContent !== reason) live.textContent = reason;
  byId("waiting-seconds").textContent = seconds === undefined ? "" : ` (${seconds} s)`;
}

function show(id) {
  state.target = null;
  const node = drawn.get(id)?.node;
  if (!node) return;
  node.scrollIntoView({ block: "center" });
  node.classList.add("found");
  setTimeout(() => node.classList.remove("found"), 2000);
  focusBubble(node.querySelector(".menu-button"));
}

// ---- keyboard -----------------------------------------------------------------------------------------------------------------------

function move(event) {
  if (!event.target.matches(".menu-button")) return;
  const buttons = [...log.querySelectorAll(".menu-button")];
  const at = buttons.indexOf(event.target);
  const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: buttons.length - 1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  if (buttons[to]) focusBubble(buttons[to]);
  else if (to > at) byId("composer").focus();
}

function focusBubble(menuButton) {
  if (!menuButton) return;
  menuButton.focus();
  menuButton.closest(".bubble").scrollIntoView({ block: "nearest" });
}

// ---- scrolling and reading ----------------------------------------------------------------------------------------------------------

const isAtEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;

function toEnd() {
  log.scrollTop = log.scrollHeight;
  wasAtEnd = true;
  byId("latest").hidden = true;
}

/** Marks the messages of the open chat as read, once for a burst of messages. */
function markRead() {
  const chat = currentChat();
  if (!chat || !isOpen(chat) || chat.unread === 0 || isListOnly()) return;
  readTimer ||= setTimeout(() => {
    readTimer = 0;
    if (!isOpen(chat) || chat.unread === 0) return;
    chat.unread = 0;
    changed();
    read(chat).catch(() => {}); // the next message repeats the call
  }, 30);
}

const isListOnly = () => state.showsList && matchMedia("(max-width: 760px)").matches;
