// List of chats, with the search.

import { button, byId, element } from "../dom.js";
import { address, chatName, listed, numberName } from "./chats.js";
import { openMenu } from "./dialog.js";
import { isOpen } from "./events.js";
import { icon } from "./icons.js";
import { openNewChat, openNewGroup } from "./sheets/forms.js";
import { changed, now, onChange, state } from "./state.js";
import { lastLine, summary, timeOrDay } from "./summary.js";

const MOST = 50; // messages that a search shows

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
  if (search) rows.unshift(heading("Chats", rows.length), heading("Messages", found.length));
  if (search) rows.push(...rows.splice(1, 1), ...found);
  const focused = document.activeElement?.closest("#chats button")?.dataset.key;
  byId("chats").replaceChildren(...rows);
  if (focused) byId("chats").querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  const elsewhere = [...state.chats.values()].filter((chat) => chat.key !== state.current).reduce((sum, chat) => sum + chat.unread, 0);
  byId("elsewhere").hidden = elsewhere === 0;
  byId("elsewhere").textContent = String(elsewhere);
  byId("back").setAttribute("aria-label", elsewhere === 0 ? "Chats" : `Chats, ${elsewhere} unread`);
}

const heading = (words, count) => element("li", "found", `${words} (${count})`);

function row(chat, open) {
  const name = chat.group || chat.key === String(chat.user) ? chatName(chat) : `${chatName(chat)} · ${numberName(chat.number)}`;
  const head = element("span", "head", element("strong", "", name), element("span", "when", chat.last ? timeOrDay(chat.last.at, now()) : ""));
  const typing = chat.typingUntil > Date.now();
  const words = element("span", typing ? "words typing-now" : "words", typing ? "typing…" : lastLine(chat) || subtitle(chat));
  const line = element("span", "last", words);
  if (!isOpen(chat) && chat.unread > 0) {
    const badge = element("span", "badge", String(chat.unread));
    badge.setAttribute("aria-label", `${chat.unread} unread`);
    badge.setAttribute("role", "img");
    line.append(badge);
  }
  const node = button("chat", "", () => open(chat.key, null), avatar(chat), element("span", "titles", head, line));
  node.dataset.key = chat.key;
  if (chat.key === state.current) node.setAttribute("aria-current", "true");
  return element("li", "", node);
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
    return element("li", "", node);
  });
}
