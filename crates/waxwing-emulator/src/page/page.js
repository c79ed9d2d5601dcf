// The phone page: state, rendering, user input.

import { bubble, setTick, size, summary, time } from "./bubble.js";
import { element } from "./dom.js";
import { select as selectForInspector } from "./selection.js";
import * as server from "./server.js";

const TYPING_DURATION = 25_000; // time for which WhatsApp shows a typing indicator, in milliseconds
const MAX_FILE = 16 * 1024 * 1024;
const SUGGESTIONS = ["Hello!", "What can you do?", "*bold*, _italic_ and `code`"];
const RANK = { accepted: 0, sent: 1, delivered: 2, read: 3 };

const $ = (id) => document.getElementById(id);
const log = $("log");
const composer = $("composer");

/** @type {Map<number, {id: number, name: string, messages: Map<string, object>, last: object, unread: number, typingUntil: number, draft: string}>} */
let chats = new Map();
let current = null;
let clockSkew = 0; // clock of the emulator minus clock of the browser, in milliseconds
let attachment = null;
let quoting = null;
let sending = Promise.resolve();
let typingTimer = 0;
let readTimer = 0;
let chatsFrame = 0;
let wasAtEnd = true;

// ---- timeline ---------------------------------------------------------------------------------------------------------------------

async function start() {
  try {
    const state = await server.state();
    clockSkew = state.now - Date.now();
    $("business-name").textContent = state.business.name;
    $("business-avatar").textContent = state.business.name.slice(0, 1).toUpperCase();
    document.title = `${state.business.name} · Waxwing phone`;
    chats = new Map();
    current = null;
    if (state.chats.length === 0) await server.openChat("Ana", "+34 600 000 000");
    for (const chat of state.chats) addChat(chat);
    server.follow({ event: handle, online, restart });
  } catch (error) {
    console.error(error);
    online(false);
    restart(1000);
  }
}

function restart(pause) {
  setTimeout(start, pause);
}

function online(yes) {
  $("offline").hidden = yes;
}

function handle(event) {
  if (event.kind === "chat") return addChat(event.chat);
  const chat = chats.get(event.chat);
  if (!chat) return;
  const handlers = { message: onMessage, read: onRead, typing: onTyping, webhook: onWebhook, state: onState, refused: onRefused, lost: onAbandoned };
  handlers[event.kind]?.(chat, event);
}

function addChat(chat) {
  if (chats.has(chat.id)) return;
  chats.set(chat.id, { ...chat, messages: new Map(), last: null, unread: 0, typingUntil: 0, draft: "" });
  const wanted = Number(location.hash.slice(1));
  if (current === null || chat.id === wanted) select(chat.id);
  drawChats();
}

function onMessage(chat, { message }) {
  if (chat.messages.has(message.id)) return;
  chat.messages.set(message.id, message);
  chat.last = message;
  if (message.direction === "in") {
    chat.typingUntil = 0;
    if (message.state !== "read") chat.unread += 1;
  }
  if (chat.id === current) {
    const follow = message.direction === "out" || isAtEnd();
    drawTyping();
    append(chat, message);
    if (follow) toEnd();
    else $("latest").hidden = false;
    markRead();
  }
  drawChats();
}

function onRead(chat, event) {
  for (const message of chat.messages.values()) {
    if (message.direction === "out") advance(chat, message, "read");
    if (message.id === event.message) break;
  }
}

function onTyping(chat, event) {
  chat.typingUntil = event.at - clockSkew + TYPING_DURATION;
  drawTyping();
  drawChats();
}

function onWebhook(chat, event) {
  const message = chat.messages.get(event.message);
  if (event.status === 200) {
    if (message) advance(chat, message, "delivered");
    return notice("");
  }
  const result = event.status === null ? "did not respond" : `responded with HTTP ${event.status}`;
  if (chat.id === current) notice(`The webhook ${result} (attempt ${event.attempt}). Retrying…`);
}

function onState(chat, event) {
  if (event.state === "failed" && chat.id === current) notice(`A message to you failed with error code ${event.code}.`);
  const message = chat.messages.get(event.message);
  if (message) message.state = event.state;
}

function onRefused(chat, event) {
  if (chat.id !== current) return;
  const why = event.is_limit ? "A rate limit holds a message to you back" : "A message to you was refused";
  notice(`${why} (error code ${event.code}).`);
}

function onAbandoned(chat) {
  if (chat.id === current) notice("The webhook did not acknowledge a message. No further attempts are made.");
}

function advance(chat, message, state) {
  if (RANK[state] <= RANK[message.state]) return;
  message.state = state;
  const node = chat.id === current && log.querySelector(`[data-id="${CSS.escape(message.id)}"]`);
  if (node) setTick(node, state);
}

// ---- rendering --------------------------------------------------------------------------------------------------------------------

function select(id) {
  const before = chats.get(current);
  if (before) before.draft = composer.value;
  current = id;
  const chat = chats.get(id);
  history.replaceState(null, "", `#${id}`);
  selectForInspector({ chat: String(id), user: id });
  $("who").textContent = `You are ${chat.name} · ${address(chat)}`;
  // Without a previous chat, the composer holds text that was typed while the connection was lost.
  if (before) composer.value = chat.draft;
  quote(null);
  attach(null);
  notice("");
  log.setAttribute("aria-live", "off"); // screen readers announce new messages, not a whole chat
  log.replaceChildren();
  if (chat.messages.size === 0) log.append(emptyState());
  for (const message of chat.messages.values()) append(chat, message);
  drawTyping();
  toEnd();
  setTimeout(() => log.setAttribute("aria-live", "polite"));
  markRead();
  drawChats();
  resize();
}

function append(chat, message) {
  log.querySelector(".empty")?.remove();
  const day = new Date(message.at).toDateString();
  if (log.dataset.day !== day || !log.querySelector(".bubble")) {
    log.dataset.day = day;
    const line = element("p", "day", new Date(message.at).toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" }));
    log.append(line);
  }
  const drawn = bubble(message, chat.messages.get(message.reply_to));
  drawn.querySelector(".reply").addEventListener("click", () => quote(message));
  for (const option of drawn.querySelectorAll(".option")) {
    option.addEventListener("click", () => tap(chat.id, option.textContent, message.id));
  }
  for (const image of drawn.querySelectorAll("img")) {
    const follow = isAtEnd();
    image.addEventListener("load", () => follow && toEnd(), { once: true });
  }
  log.insertBefore(drawn, log.querySelector(".typing"));
}

function drawTyping() {
  clearTimeout(typingTimer);
  const chat = chats.get(current);
  const left = (chat?.typingUntil ?? 0) - Date.now();
  const shown = log.querySelector(".typing");
  if (left <= 0) return shown?.remove();
  typingTimer = setTimeout(() => {
    drawTyping();
    drawChats();
  }, left);
  if (shown) return;
  const follow = isAtEnd();
  const dots = element("div", "typing", element("i"), element("i"), element("i"));
  dots.setAttribute("aria-label", `${$("business-name").textContent} is typing`);
  dots.setAttribute("role", "img");
  log.querySelector(".empty")?.remove();
  log.append(dots);
  if (follow) toEnd();
}

/** Draws the list of chats in the next frame, once for all changes before it. */
function drawChats() {
  chatsFrame ||= requestAnimationFrame(renderChats);
}

function renderChats() {
  chatsFrame = 0;
  let elsewhere = 0;
  const items = [...chats.values()].map((chat) => {
    if (chat.id !== current) elsewhere += chat.unread;
    const { last } = chat;
    const unread = isOpen(chat) ? 0 : chat.unread;
    const button = element("button", "chat");
    button.type = "button";
    if (chat.id === current) button.setAttribute("aria-current", "true");
    const when = element("span", "when", last ? time(last.at) : "");
    const head = element("div", "head", element("strong", "", chat.name), when);
    const typing = chat.typingUntil > Date.now();
    const line = element("div", "last", typing ? "typing…" : last ? summary(last) : address(chat));
    if (unread > 0) {
      const badge = element("span", "badge", String(unread));
      badge.setAttribute("aria-label", `${unread} unread`);
      line.append(badge);
    }
    const avatar = element("span", `avatar hue-${chat.id % 6}`, chat.name.slice(0, 1).toUpperCase());
    avatar.setAttribute("aria-hidden", "true");
    button.append(avatar, element("div", "titles", head, line));
    button.addEventListener("click", () => {
      select(chat.id);
      showPeople(false);
      composer.focus();
    });
    return element("li", "", button);
  });
  const focused = [...$("chats").children].findIndex((item) => item.contains(document.activeElement));
  $("chats").replaceChildren(...items);
  if (focused >= 0) items[focused]?.firstChild.focus();
  $("elsewhere").hidden = elsewhere === 0;
  $("elsewhere").textContent = String(elsewhere);
}

function emptyState() {
  const logo = element("img");
  logo.src = "/page/icon.svg";
  logo.alt = "";
  const chips = element("div", "chips");
  for (const text of SUGGESTIONS) {
    const chip = element("button", "chip", text);
    chip.type = "button";
    chip.addEventListener("click", () => {
      composer.value = text;
      resize();
      composer.focus();
    });
    chips.append(chip);
  }
  return element(
    "div",
    "empty",
    logo,
    element("h3", "", "Say hello"),
    element("p", "", "Type a message and press Enter. Your server receives the message as a webhook, and its replies appear here. To send an image or a file, paste it, drop it, or use the paper clip."),
    chips,
  );
}

function notice(text) {
  $("notice").textContent = text;
  $("notice").hidden = text === "";
}

const address = (chat) => (chat.phone ? `+${chat.phone}` : chat.username ? `@${chat.username}` : (chat.bsuid ?? ""));
const isAtEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;

function toEnd() {
  log.scrollTop = log.scrollHeight;
  $("latest").hidden = true;
}

const isOpen = (chat) => chat.id === current && document.visibilityState === "visible";

/** Marks the messages of the open chat as read, once for a burst of messages. */
function markRead() {
  readTimer ||= setTimeout(() => {
    readTimer = 0;
    const chat = chats.get(current);
    if (!chat || !isOpen(chat) || chat.unread === 0) return;
    chat.unread = 0;
    drawChats();
    server.read(chat.id).catch(() => {}); // the next message repeats the call
  }, 30);
}

// ---- user input -------------------------------------------------------------------------------------------------------------------

function submit() {
  const text = composer.value.trim();
  if (current === null || (text === "" && !attachment)) return;
  const [chat, file, replyTo] = [current, attachment, quoting?.id];
  composer.value = "";
  attach(null);
  quote(null);
  resize();
  toEnd();
  // Messages are sent one after the other, so that they arrive in order.
  sending = sending.then(async () => {
    try {
      await (file ? server.sendFile(chat, file, text) : server.sendText(chat, text, replyTo));
    } catch (error) {
      notice(`The message was not sent. ${error.message}`);
      if (composer.value === "" && current === chat) {
        composer.value = text;
        attach(file);
        resize();
      }
    }
  });
}

/** Taps an option. As on a phone, an option can be tapped any number of times. */
function tap(chat, title, message) {
  toEnd();
  sending = sending.then(() => server.tap(chat, title, message)).catch((error) => notice(`The choice was not sent. ${error.message}`));
}

function attach(file) {
  if (file && file.size > MAX_FILE) {
    notice("The file is too large. The limit is 16 MB.");
    file = null;
  }
  attachment = file;
  const preview = $("preview");
  if (preview.src) URL.revokeObjectURL(preview.src);
  preview.removeAttribute("src");
  $("attachment").hidden = !file;
  const isImage = file?.type.startsWith("image/") ?? false;
  preview.hidden = !isImage;
  $("preview-icon").hidden = isImage;
  if (file) {
    if (isImage) preview.src = URL.createObjectURL(file);
    $("attachment-name").textContent = file.name || "image";
    $("attachment-size").textContent = `${size(file.size)} · your text becomes the caption`;
  }
  $("file").value = "";
  resize();
}

function quote(message) {
  quoting = message;
  $("quoting").hidden = !message;
  $("quoting-text").textContent = message ? summary(message) : "";
  if (message) composer.focus();
}

function resize() {
  composer.style.height = "auto";
  // The scroll height excludes the border, the height includes it.
  const border = composer.offsetHeight - composer.clientHeight;
  composer.style.height = `${Math.min(composer.scrollHeight + border, 160)}px`;
  $("send").disabled = composer.value.trim() === "" && !attachment;
}

function showPeople(yes) {
  $("people").classList.toggle("open", yes);
  $("show-people").setAttribute("aria-expanded", String(yes));
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
composer.addEventListener("input", resize);
composer.addEventListener("keydown", (event) => {
  const touch = matchMedia("(pointer: coarse)").matches;
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !touch) {
    event.preventDefault();
    submit();
  }
});
$("file").addEventListener("change", () => {
  const [file] = $("file").files;
  if (file) attach(file);
  composer.focus();
});
document.addEventListener("paste", (event) => {
  const file = event.clipboardData?.files[0];
  if (!file) return;
  event.preventDefault();
  attach(file);
});
for (const type of ["dragenter", "dragover"]) {
  $("phone").addEventListener(type, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    $("phone").classList.add("dropping");
  });
}
$("phone").addEventListener("dragleave", (event) => {
  if (!$("phone").contains(event.relatedTarget)) $("phone").classList.remove("dropping");
});
$("phone").addEventListener("drop", (event) => {
  event.preventDefault();
  $("phone").classList.remove("dropping");
  const file = event.dataTransfer?.files[0];
  if (file) attach(file);
});
$("detach").addEventListener("click", () => attach(null));
$("unquote").addEventListener("click", () => quote(null));
$("latest").addEventListener("click", toEnd);
log.addEventListener("scroll", () => {
  wasAtEnd = isAtEnd();
  if (wasAtEnd) $("latest").hidden = true;
});
$("show-people").addEventListener("click", () => showPeople(!$("people").classList.contains("open")));
$("phone").addEventListener("pointerdown", (event) => {
  if (!$("show-people").contains(event.target)) showPeople(false);
});
document.addEventListener("keydown", (event) => event.key === "Escape" && showPeople(false));
document.addEventListener("visibilitychange", () => {
  markRead();
  drawChats();
});
// The latest message stays visible when the composer grows or the keyboard opens.
new ResizeObserver(() => wasAtEnd && toEnd()).observe(log);

$("new-chat").addEventListener("click", () => {
  $("new-form").reset();
  $("new-error").textContent = "";
  $("new-phone").value = `+34 600 000 ${String(chats.size).padStart(3, "0")}`;
  $("new-phone").disabled = false;
  $("dialog").showModal();
});
$("new-hidden").addEventListener("change", () => ($("new-phone").disabled = $("new-hidden").checked));
$("new-cancel").addEventListener("click", () => $("dialog").close());
$("new-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const phone = $("new-hidden").checked ? null : $("new-phone").value;
    const { id } = await server.openChat($("new-name").value, phone);
    $("dialog").close();
    showPeople(false);
    // The event about the new chat may arrive before or after this response.
    if (chats.has(id)) select(id);
    else history.replaceState(null, "", `#${id}`);
    composer.focus();
  } catch (error) {
    $("new-error").textContent = error.message;
  }
});

start();
composer.focus();
