// Sending: one action after the other, so that messages arrive in order.

import { act, place, sendFile, tap } from "./server.js";
import { notice } from "./state.js";

let last = Promise.resolve();

/** Runs an action after the earlier ones. Returns its promise; a failure is shown and passed on. */
function enqueue(run) {
  const done = last.then(run);
  last = done.catch((error) => notice(`The message was not sent. ${error.message}`));
  return done;
}

export const sendText = (chat, text, quotes) => enqueue(() => act(chat, "says", { text, quotes, ...place(chat) }));

/** Sends a message of any type, such as a location. */
export const sendOther = (chat, type, body, quotes) => enqueue(() => act(chat, "sends", { type, body, quotes, ...place(chat) }));

export const sendFiles = (chat, file, options) => enqueue(() => sendFile(chat, file, options));

export const edit = (chat, message, text) => enqueue(() => act(chat, "edits", { message, text }));

export const revoke = (chat, message) => enqueue(() => act(chat, "revokes", { message }));

/** Reacts to a message. An empty emoji removes the reaction. */
export const react = (chat, message, emoji) => sendOther(chat, "reaction", { message_id: message, emoji });

/** Taps an option. As on a phone, an option can be tapped any number of times. */
export const tapOption = (chat, title, message, id) => enqueue(() => tap(chat, title, message, id));

export const completeFlow = (chat, message, response) => enqueue(() => act(chat, "completes_flow", { message, response }));

export const order = (chat, catalog, items, text) => enqueue(() => act(chat, "orders", { catalog, items, text }));

export const playVoice = (chat, message) => act(chat, "plays", { message }).catch(() => {}); // not every audio file is a voice note

export const deleteChat = (chat) => enqueue(() => act(chat, "deletes_chat", place(chat)));

export const call = (chat) => enqueue(() => act(chat, "calls", { event: "connect" }));
