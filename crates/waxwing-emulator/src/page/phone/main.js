// The phone page: start, connection, choice of the chat.

import { byId } from "../dom.js";
import { select } from "../selection.js";
import { startChatHeader } from "./chat-header.js";
import { startChatList } from "./chat-list.js";
import { startChatLog } from "./chat-log.js";
import { directChat, groupChat } from "./chats.js";
import { startComposer } from "./composer.js";
import { apply, endTyping } from "./events.js";
import * as server from "./server.js";
import { changed, currentChat, notice, onChange, state } from "./state.js";

let typingTimer = 0;

async function start() {
  try {
    const loaded = await server.state();
    const draft = currentChat()?.draft;
    state.chats.clear();
    state.people.clear();
    state.current = null;
    Object.assign(state, { business: loaded.business, numbers: loaded.numbers, loadedAt: loaded.now, notice: "" });
    state.clock = { skew: loaded.now - Date.now(), runs: true, now: loaded.now };
    document.title = `${state.business.name} · Waxwing phone`;
    if (loaded.chats.length === 0) await server.openChat("Ana", "+34 600 000 000");
    for (const person of loaded.chats) {
      state.people.set(person.id, person);
      directChat(person.id);
    }
    for (const group of loaded.groups) if (group.users.length > 0) groupChat(group);
    choose(draft);
    server.follow({ event, online, restart });
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
  state.online = yes;
  changed();
}

function event(data) {
  apply(data);
  if (state.current === null || data.kind === "chat") choose();
}

/** Opens the chat in the address of the page, or the first one. `draft` is what the composer held before a restart. */
function choose(draft) {
  const wanted = decodeURIComponent(location.hash.slice(1));
  const key = state.chats.has(wanted) ? wanted : (state.current ?? state.chats.keys().next().value);
  if (!key || key === state.current) return;
  if (draft) state.chats.get(key).draft = draft;
  open(key, null, false);
}

/** Opens a chat, and shows a message in it. */
function open(key, message, focuses = true) {
  history.replaceState(null, "", `#${encodeURIComponent(key)}`);
  const chat = state.chats.get(key);
  if (!chat) return; // the event about a new chat may arrive after the response; it opens the chat
  Object.assign(state, { current: key, showsList: false, target: message });
  if (focuses) state.notice = "";
  select({ chat: key, user: chat.user, message });
  chat.follow = !message;
  changed();
  if (focuses && !message) byId("composer").focus();
}

function draw() {
  byId("offline").hidden = state.online;
  byId("notice").hidden = state.notice === "";
  byId("notice-text").textContent = state.notice;
  byId("app").classList.toggle("shows-list", state.showsList || state.current === null);
  clearTimeout(typingTimer);
  const left = endTyping();
  if (left < Infinity) typingTimer = setTimeout(changed, left + 10);
}

onChange(draw);
startChatList(open);
startChatHeader(open);
startComposer();
startChatLog();
byId("notice-close").addEventListener("click", () => notice(""));
start();
byId("composer").focus();
