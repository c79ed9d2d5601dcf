// Header of the open chat: the business, the person, the service window, and the menu of the chat.

import { byId } from "../dom.js";
import { address, chatName, directChat, isListed, numberName, windowLeft } from "./chats.js";
import { openForm, openMenu } from "./dialog.js";
import { deleteChat } from "./outbox.js";
import { element } from "../dom.js";
import { changed, currentChat, onChange, state } from "./state.js";

const HOUR = 60 * 60 * 1000;

/** Connects the header. `open` shows a chat. */
export function startChatHeader(open) {
  onChange(draw);
  byId("back").addEventListener("click", () => {
    state.showsList = true;
    changed();
    byId("chats").querySelector("[aria-current]")?.focus();
  });
  byId("numbers").addEventListener("change", (event) => open(directChat(currentChat().user, event.target.value).key, null));
  byId("speaker").addEventListener("change", (event) => {
    const chat = currentChat();
    chat.user = Number(event.target.value);
    for (const item of chat.items) item.version += 1; // own messages are on the other side now
    open(chat.key, null);
  });
  byId("chat-menu").addEventListener("click", () => {
    const chat = currentChat();
    if (!chat) return;
    openMenu(byId("chat-menu"), "Chat menu", [{ label: "Delete chat", icon: "trash", danger: true, run: () => confirmDelete(chat, open) }]);
  });
  setInterval(draw, 1000);
}

function confirmDelete(chat, open) {
  const words = element("p", "", `The messages with ${chat.group ? chat.subject : state.business.name} are removed from this phone. Your server learns nothing of it.`);
  openForm(`Delete the chat of ${chatName(chat)}?`, [words], "Delete chat", async () => {
    await deleteChat(chat);
    const other = [...state.chats.values()].find((candidate) => candidate !== chat && isListed(candidate));
    if (other && !matchMedia("(max-width: 760px)").matches) open(other.key, null);
    else state.showsList = true;
    changed();
  });
}

function draw() {
  const chat = currentChat();
  byId("chat-menu").hidden = !chat;
  byId("business-name").textContent = chat?.group ? chat.subject : state.business.name;
  byId("business-avatar").textContent = (chat?.group ? chat.subject : state.business.name).slice(0, 1).toUpperCase();
  if (!chat) return;
  const person = state.people.get(chat.user);
  const rest = chat.group ? `group of ${chat.people.length}` : address(chat);
  set(byId("who"), `You are ${person?.name ?? "…"} · ${rest}`);
  drawSelect(byId("numbers"), !chat.group && state.numbers.length > 1, state.numbers.map(({ id }) => [id, numberName(id)]), chat.number);
  drawSelect(byId("speaker"), Boolean(chat.group), chat.people.map((id) => [String(id), `as ${state.people.get(id)?.name ?? "…"}`]), String(chat.user));
  drawWindow(windowLeft(chat));
}

function drawSelect(select, isShown, entries, value) {
  select.hidden = !isShown;
  const key = JSON.stringify(entries);
  if (select.dataset.key !== key) {
    select.replaceChildren(...entries.map(([id, label]) => new Option(label, id)));
    select.dataset.key = key;
  }
  select.value = value;
}

/** Shows the time that is left of the customer service window. */
function drawWindow(left) {
  const chip = byId("window");
  chip.hidden = left === null;
  if (left === null) return;
  const isOpen = left > 0;
  const [hours, minutes] = [Math.floor(left / HOUR), Math.floor((left % HOUR) / 60_000)];
  const seconds = Math.floor((left % 60_000) / 1000);
  const time = hours > 0 ? `${hours} h ${minutes} min` : minutes > 0 ? `${minutes} min` : `${seconds} s`;
  set(chip, isOpen ? time : "closed");
  chip.classList.toggle("closed", !isOpen);
  chip.classList.toggle("soon", isOpen && hours === 0);
  const label = isOpen ? `The business may send free text for ${time} more` : "The service window is closed: the business may send templates only";
  if (chip.title !== label) {
    chip.title = label;
    chip.setAttribute("aria-label", label);
  }
}

function set(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
