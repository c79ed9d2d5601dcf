// Events of the timeline, applied to the state.

import { append, clear, directChat, groupChat, isOwn, setLast } from "./chats.js";
import { changed, currentChat, notice, now, state } from "./state.js";

const TYPING = 25_000; // time for which WhatsApp shows a typing indicator, in milliseconds
const RANK = { accepted: 0, sent: 1, delivered: 2, read: 3, played: 4 };
const SILENT = new Set(["reaction", "edit", "revoke"]); // messages about another message

const handlers = { bot, chat, clock, deleted, groups, lost, message, read, refused, state: status, typing, webhook };

/** Applies an event. */
export function apply(event) {
  handlers[event.kind]?.(event);
  changed();
}

/** Returns whether the person sees a chat now. */
export const isOpen = (chat) => chat.key === state.current && document.visibilityState === "visible";

function chat(event) {
  state.people.set(event.chat.id, event.chat);
  directChat(event.chat.id);
}

function clock(event) {
  state.clock = { skew: event.now - Date.now(), runs: event.runs, now: event.now };
}

function groups(event) {
  const known = new Set(event.groups.map((group) => group.id));
  for (const group of event.groups) if (group.users.length > 0) groupChat(group);
  for (const chat of state.chats.values()) chat.gone = chat.group !== null && !known.has(chat.group);
}

function chatOf({ chat, group, number }) {
  if (!group) return directChat(chat, number);
  return groupChat(state.chats.get(`g-${group}`) ? { id: group, ...known(group) } : { id: group, subject: "Group", users: [chat] });
}

const known = (group) => {
  const chat = state.chats.get(`g-${group}`);
  return { subject: chat.subject, users: chat.people };
};

/** Returns the chat that has a message of a user. */
function chatWith(user, id) {
  return [...state.chats.values()].find((chat) => (chat.group || chat.user === user) && chat.byId.has(id));
}

function message({ chat: user, message }) {
  const chat = chatOf({ chat: user, group: message.group, number: message.number });
  if (chat.byId.has(message.id) || chat.seen?.has(message.id)) return; // a group message is in the chat of each participant
  const own = isOwn(chat, message);
  if (message.from !== null && !chat.group) chat.windowFrom = message.at;
  if (SILENT.has(message.type)) applyTo(chat, message);
  else append(chat, { kind: "message", id: message.id, at: message.at, message });
  if (message.type !== "edit") setLast(chat, message);
  if (own) {
    chat.waiting = SILENT.has(message.type) ? chat.waiting : { message: message.id, since: Date.now(), at: message.at };
    chat.follow = true;
  } else {
    answered(chat);
    // The messages of other users have no state of their own: those from before this page are no news.
    const isNews = message.from === null ? message.state !== "read" : message.at >= state.loadedAt;
    if (isNews && message.type !== "reaction") chat.unread += 1;
  }
}

/** Applies a message about another message: a reaction, an edit or a deletion. */
function applyTo(chat, message) {
  (chat.seen ??= new Set()).add(message.id);
  const { content: body } = message;
  const target = chat.byId.get(message.type === "reaction" ? body.message_id : body.original_message_id);
  if (!target) return;
  target.version += 1;
  if (message.type === "reaction") {
    const sender = message.from ?? "business";
    if (body.emoji) target.reactions.set(sender, body.emoji);
    else target.reactions.delete(sender);
  } else if (message.type === "edit") {
    const edited = body.message ?? {};
    target.message.text = edited[edited.type]?.body ?? edited[edited.type]?.caption ?? target.message.text;
    target.edited = true;
  } else {
    target.deleted = true;
  }
}

/** Notes that the business has reacted to the person's last message. */
function answered(chat) {
  chat.waiting = null;
  chat.typingUntil = 0;
}

function read(event) {
  const chat = chatWith(event.chat, event.message);
  for (const item of chat?.items ?? []) {
    if (item.message && isOwn(chat, item.message)) advance(item, "read");
    if (item.id === event.message) break;
  }
}

function typing(event) {
  const chat = directChat(event.chat, lastNumber(event.chat));
  chat.typingUntil = event.at - state.clock.skew + TYPING;
  if (chat.waiting) chat.waiting.typing = true;
}

/** Returns the number to which a user wrote last. The typing indicator states none. */
function lastNumber(user) {
  const chats = [...state.chats.values()].filter((chat) => chat.user === user && !chat.group);
  return chats.sort((one, other) => other.position - one.position)[0]?.number;
}

function webhook(event) {
  const chat = chatWith(event.chat, event.message);
  const item = chat?.byId.get(event.message);
  if (event.status === 200) {
    if (item) advance(item, "delivered");
    if (chat?.waiting) chat.waiting.webhook = null;
    return;
  }
  const result = event.status === null ? "does not respond" : `responded with HTTP ${event.status}`;
  if (chat?.waiting) chat.waiting.webhook = `The webhook ${result} (attempt ${event.attempt}). Retrying…`;
}

function lost(event) {
  const chat = chatWith(event.chat, event.message);
  if (chat) line(chat, event, { tone: "bad", text: "The webhook did not acknowledge a message. No further attempts are made." });
}

function status(event) {
  const chat = chatWith(event.chat, event.message);
  const item = chat?.byId.get(event.message);
  if (item) advance(item, event.state);
  if (!event.error) return;
  if (item) {
    item.message.error = event.error;
    item.version += 1;
  } else {
    const text = "A message to you was accepted, and it failed later.";
    line(chatOf({ chat: event.chat, number: lastNumber(event.chat) }), event, { tone: "bad", text, error: event.error });
  }
}

function refused(event) {
  const chat = chatOf({ chat: event.chat, group: event.group, number: lastNumber(event.chat) });
  answered(chat);
  const cause = event.by_fault ? " An injected fault caused this." : "";
  if (event.is_limit) {
    const text = `A limit holds a message to you back. Your server can send it again later.${cause}`;
    line(chat, event, { tone: "held", text, error: event.error, details: event.details });
  } else if (event.code === 0) {
    const how = event.http === 0 ? "got no answer: the connection was dropped" : `was answered with HTTP ${event.http} and no error code`;
    line(chat, event, { tone: "bad", text: `The call that sends you a message ${how}.${cause}` });
  } else {
    const text = `A message to you was refused.${cause}`;
    line(chat, event, { tone: "bad", text, error: event.error, details: event.details, rule: event.rule });
  }
}

/** Adds a line of the system to a chat. Equal lines that follow each other are counted. */
function line(chat, event, { tone, text, error = null, details = null, rule = null }) {
  const last = chat.items.at(-1);
  if (last?.kind === "line" && last.text === text && last.error?.code === error?.code && (tone === "held" || last.details === details)) {
    last.count += 1;
    last.version += 1;
    return;
  }
  append(chat, { kind: "line", id: `line-${event.at}-${chat.items.length}`, at: event.at, tone, text, error, details, rule, count: 1 });
}

function deleted(event) {
  const chat = chatOf(event);
  if (chat.group && chat.user !== event.chat) return;
  clear(chat);
  if (currentChat() === chat) notice("");
}

function advance(item, to) {
  const { message } = item;
  if (to === "failed" || RANK[to] > (RANK[message.state] ?? -1)) message.state = to;
}

/** Removes typing indicators whose time is over. Returns the milliseconds until the next one ends. */
export function endTyping() {
  let next = Infinity;
  for (const chat of state.chats.values()) {
    const left = chat.typingUntil - Date.now();
    if (chat.typingUntil && left <= 0) chat.typingUntil = 0;
    else if (chat.typingUntil) next = Math.min(next, left);
  }
  return next;
}

const users = new Map(); // addresses of users by conversation of the bot

/** Notes what the bot does for the person's last message. Not every bot reports events. */
function bot({ event }) {
  const { conversation, name, data = {} } = event;
  if (conversation && event.user) users.set(conversation, event.user.replace(/^\+/, ""));
  const user = [...state.people.values()].find(({ phone, bsuid }) => [phone, bsuid].includes(users.get(conversation)));
  const text = {
    "turn.waiting": () => "Your server waits for the rest of your messages.",
    "agent.started": () => `Your server runs the agent ${data.agent}.`,
    "model.called": () => `The agent ${data.agent} works with its language model.`,
    "tool.called": () => `The agent ${data.agent} has called the tool ${data.tool}.`,
    "message.queued": () => "Your server has the answer and sends it.",
    "message.attempted": () => attempt(data),
  }[name];
  const said = text?.();
  if (!user || !said) return;
  for (const chat of state.chats.values()) if (chat.user === user.id && !chat.group && chat.waiting) chat.waiting.bot = said;
}

function attempt({ outcome, code }) {
  if (outcome === "delayed") return "Your server has the answer. Its own rate limit for messages to one person holds the answer back.";
  if (outcome === "retry") return `Your server could not send the answer${code ? ` (error ${code})` : ""} and will try again.`;
  return outcome === "in_doubt" ? "Your server does not know whether its answer was sent, and waits for a status." : "";
}

/** Returns why the person has no answer yet, and for how many seconds; an empty reason during the first seconds. */
export function waitingFor(chat) {
  const { waiting } = chat;
  if (!waiting) return { reason: "" };
  const seconds = Math.floor((now() - waiting.at) / 1000);
  if (waiting.bot && seconds >= 3) return { reason: waiting.bot, seconds };
  if (chat.typingUntil) return { reason: "" };
  if (seconds < 3) return { reason: waiting.webhook ?? "" };
  if (waiting.webhook) return { reason: waiting.webhook };
  const state = chat.byId.get(waiting.message)?.message.state;
  if (state === "accepted") return { reason: "Your server has not acknowledged the webhook of your message yet.", seconds };
  return { reason: "Your server has your message and has not answered yet.", seconds };
}
