// List of chats, with the search.

import { button, byId, element } from "../dom.js";
import { address, chatName, listed, numberName } from "./chats.js";
import { openMenu } from "./dialog.js";
import { isOpen } from "./events.js";
import { icon } from "./icons.js";
import { reconcile } from "./reconcile.js";
import { openNewChat, openNewGroup } from "./sheets/forms.js";
import { changed, now, onChange, state } from "./state.js";
import { lastLine, summary, timeOrDay } from "./summary.js";

const MOST = 50; // messages that a search shows
const drawn = new Map(); // rows and versions by key

/** Connects the list. `open` shows a chat, and a message in it if there is one. */
export function startChatList(open) {
  onChange(() => draw(open));
  byId("search").addEventListener("input", (event) => {
    state.search = event.target.value.trim().toLowerCase();
    changed();
  });
  byId("search").addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.target.value = state.search = "";
      changed();
    } else if (event.key === "ArrowDown") {
      byId("chats").querySelector("button")?.focus();
    }
  });
  byId("chats").addEventListener("keydown", move);
  const start = (key) => open(key, null);
  byId("new-chat").addEventListener("click", () => openNewChat(start));
  byId("list-menu").addEventListener("click", () =>
    openMenu(byId("list-menu"), "More", [
      { label: "New chat as another user", icon: "person", run: () => openNewChat(start) },
      { label: "New group", icon: "group", run: () => openNewGroup(start) },
    ]),
  );
}

function move(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const buttons = [...byId("chats").querySelectorAll("button.chat")];
  const next = buttons[buttons.indexOf(document.activeElement) + step];
  (next ?? (step < 0 ? byId("search") : buttons.at(-1))).focus();
}

function draw(open) {
  const { search } = state;
  const fits = (chat) => !search || `${chatName(chat)} ${address(chat)}`.toLowerCase().includes(search);
  const rows = listed().filter(fits).map((chat) => row(chat, open));
  const found = search ? results(search, open) : [];
  const all = search ? [heading("Chats", rows.length), ...rows, heading("Messages", found.length), ...found] : rows;
  const focused = document.activeElement?.closest("#chats button");
  reconcile(byId("chats"), all, drawn);
  focused?.focus(); // a row that moves loses the focus
  const elsewhere = [...state.chats.values()].filter((chat) => chat.key !== state.current).reduce((sum, chat) => sum + chat.unread, 0);
  byId("elsewhere").hidden = elsewhere === 0;
  byId("elsewhere").textContent = String(elsewhere);
  byId("back").setAttribute("aria-label", elsewhere === 0 ? "Chats" : `Chats, ${elsewhere} unread`);
}

function heading(words, count) {
  return { key: `heading ${words}`, version: count, draw: () => element("li", "found", `${words} (${count})`) };
}

/** Returns the row of a chat. Its button stays the same, so that a click during a change is not lost. */
function row(chat, open) {
  const shown = {
    name: chat.group || chat.key === String(chat.user) ? chatName(chat) : `${chatName(chat)} · ${numberName(chat.number)}`,
    when: chat.last ? timeOrDay(chat.last.at, now()) : "",
    typing: chat.typingUntil > Date.now(),
    words: lastLine(chat) || subtitle(chat),
    unread: isOpen(chat) ? 0 : chat.unread,
    current: chat.key === state.current,
  };
  const draw = (before) => {
    const node = before ?? element("li", "", button("chat", "", () => open(chat.key, null)));
    node.firstChild.dataset.key = chat.key;
    if (shown.current) node.firstChild.setAttribute("aria-current", "true");
    else node.firstChild.removeAttribute("aria-current");
    const head = element("span", "head", element("strong", "", shown.name), element("span", "when", shown.when));
    const words = element("span", shown.typing ? "words typing-now" : "words", shown.typing ? "typing…" : shown.words);
    const line = element("span", "last", words, shown.unread > 0 ? badge(shown.unread) : null);
    node.firstChild.replaceChildren(avatar(chat), element("span", "titles", head, line));
    return node;
  };
  return { key: chat.key, version: JSON.stringify(shown), draw };
}

function badge(unread) {
  const node = element("span", "badge", String(unread));
  node.setAttribute("aria-label", `${unread} unread`);
  node.setAttribute("role", "img");
  return node;
}

/** Returns the picture of a chat. */
export function avatar(chat) {
  const picture = chat.group ? icon("group") : chatName(chat).slice(0, 1).toUpperCase();
  const node = element("span", `avatar ${chat.group ? "hue-2" : `hue-${chat.user % 6}`}`, picture);
  node.setAttribute("aria-hidden", "true");
  return node;
}

/** Returns the line under the name of a chat without messages. */
function subtitle(chat) {
  if (chat.group) return chat.people.map((id) => state.people.get(id)?.name).filter(Boolean).join(", ");
  return chat.key === String(chat.user) ? address(chat) : `to ${numberName(chat.number)}`;
}

/** Returns the messages with a text, newest first. */
function results(search, open) {
  const found = [];
  for (const chat of state.chats.values()) {
    for (const item of chat.items) {
      if (item.message && !item.deleted && summary(item.message).toLowerCase().includes(search)) found.push({ chat, item });
    }
  }
  found.sort((one, other) => other.item.at - one.item.at);
  return found.slice(0, MOST).map(({ chat, item }) => {
    const words = summary(item.message);
    const at = Math.max(0, words.toLowerCase().indexOf(search));
    const from = Math.max(0, at - 24);
    const excerpt = element("span", "words", (from > 0 ? "…" : "") + words.slice(from, at), element("mark", "", words.slice(at, at + search.length)), words.slice(at + search.length, at + 120));
    const head = element("span", "head", element("strong", "", chatName(chat)), element("span", "when", timeOrDay(item.at, now())));
    const node = button("chat result", "", () => open(chat.key, item.id), element("span", "titles", head, element("span", "last", excerpt)));
    node.dataset.key = `${chat.key} ${item.id}`;
    return { key: node.dataset.key, version: search, draw: () => element("li", "", node) };
  });
}
