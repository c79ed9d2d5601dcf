// Chats: their identity, their messages, and the order of the list.

import { now, state } from "./state.js";

const WINDOW = 24 * 60 * 60 * 1000; // customer service window, in milliseconds
const PAGE = 150; // messages that a chat shows at once

/** Returns the key of the chat between a user and a business number. The number may be absent: the first one. */
export function directKey(user, number) {
  const first = state.numbers[0]?.id;
  return number && number !== first ? `${user}-${number}` : String(user);
}

export const groupKey = (id) => `g-${id}`;

/** Returns the chat with a business number. Creates it if it does not exist. */
export function directChat(user, number) {
  const key = directKey(user, number);
  return state.chats.get(key) ?? add({ key, user, number: number ?? state.numbers[0]?.id, group: null, people: [user] });
}

/** Returns the chat of a group. Creates it if it does not exist. `user` is the participant as whom the person writes. */
export function groupChat({ id, subject, users }) {
  const chat = state.chats.get(groupKey(id)) ?? add({ key: groupKey(id), user: users[0], number: null, group: id, people: users });
  chat.subject = subject;
  chat.people = users;
  if (!users.includes(chat.user)) chat.user = users[0];
  return chat;
}

function add(identity) {
  const chat = {
    ...identity,
    items: [],
    byId: new Map(),
    shown: PAGE,
    last: null,
    lastAt: 0,
    position: 0,
    unread: 0,
    typingUntil: 0,
    windowFrom: 0,
    waiting: null,
    draft: { text: "", files: [], replyTo: null, edits: null },
  };
  state.chats.set(chat.key, chat);
  return chat;
}

/** Returns whether the list of chats shows a chat. The chat with a further number appears with its first message. */
export const isListed = (chat) => !chat.deleted && (chat.items.length > 0 || chat.group !== null || chat.key === String(chat.user));

/** Returns the name of a chat in the list. */
export function chatName(chat) {
  return chat.group ? chat.subject : (state.people.get(chat.user)?.name ?? "…");
}

/** Returns the address of the user of a chat. */
export function address(chat) {
  const person = state.people.get(chat.user);
  if (!person) return "";
  return person.phone ? `+${person.phone}` : person.username ? `@${person.username}` : (person.bsuid ?? "");
}

/** Returns the display number of a business number. */
export const numberName = (id) => `+${state.numbers.find((number) => number.id === id)?.phone ?? ""}`;

/** Returns whether a message is one of the person's own. In a group, the person is one of the participants. */
export const isOwn = (chat, message) => message.from !== null && message.from === chat.user;

/** Returns the name of the sender of a message, as the person sees it. */
export function senderName(chat, message) {
  if (isOwn(chat, message)) return "You";
  return message.from === null ? state.business.name : (state.people.get(message.from)?.name ?? "…");
}

/** Returns the milliseconds until the business may send templates only. Null for a group and before the first message. */
export function windowLeft(chat) {
  return chat.group || !chat.windowFrom ? null : Math.max(0, chat.windowFrom + WINDOW - now());
}

/** Returns the chats of the list, newest first. */
export function listed() {
  const chats = [...state.chats.values()].filter(isListed);
  return chats.sort((one, other) => other.position - one.position);
}

/** Adds a message or a line to the end of a chat. */
export function append(chat, item) {
  const added = { version: 0, reactions: new Map(), edited: false, deleted: false, expanded: false, ...item };
  chat.items.push(added);
  chat.byId.set(added.id, added);
  chat.deleted = false;
  return added;
}

/** Number of messages so far. Messages of several chats may have the same time. */
let arrived = 0;

/** Sets the latest message of a chat, which moves the chat to the top of the list. */
export function setLast(chat, message) {
  arrived += 1;
  Object.assign(chat, { last: message, lastAt: message.at, position: arrived });
}

/** Removes all messages of a chat. The chat leaves the list until the next message. */
export function clear(chat) {
  Object.assign(chat, { items: [], byId: new Map(), last: null, lastAt: 0, position: 0, unread: 0, waiting: null, shown: PAGE, deleted: true });
}

/** Shows more of the earlier messages. */
export function showEarlier(chat) {
  chat.shown += PAGE;
}

/** Shows a message of a chat, even if it is an early one. */
export function reveal(chat, id) {
  const index = chat.items.findIndex((item) => item.id === id);
  if (index >= 0) chat.shown = Math.max(chat.shown, chat.items.length - index + 10);
}
