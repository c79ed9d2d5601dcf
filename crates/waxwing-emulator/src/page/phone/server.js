// Client of the emulator: JSON calls, timeline as Server-Sent Events.

async function call(path, options) {
  const response = await fetch(path, { cache: "no-store", ...options });
  if (response.ok) return response.status === 204 ? null : response.json();
  const type = response.headers.get("content-type") ?? "";
  const error = type.includes("json") ? (await response.json()).error : null;
  const text = response.status === 413 ? "The file is too large. The limit is 16 MB." : `The emulator responded with HTTP ${response.status}.`;
  throw new Error(error ?? text);
}

const post = (path, body) =>
  call(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

/** Returns the query of the place of a message: a group, or the chat with a business number. */
function query(chat, parts = {}) {
  const all = { ...parts, ...place(chat) };
  return new URLSearchParams(Object.entries(all).filter(([, value]) => value !== null && value !== undefined && value !== ""));
}

/** Returns the group or the business number of a chat. */
export const place = (chat) => (chat.group ? { group: chat.group } : { number: chat.number });

export const state = () => call("/phone/state");
export const catalogs = () => call("/phone/catalogs");
/** Returns the flow that the user has open, after its endpoint has answered. */
export const flow = (chat) => call(`/phone/chats/${chat.user}/flow`);
export const openChat = (name, phone) => post("/phone/chats", { name, phone });
export const createGroup = (subject, participants) => post("/control/actions", { create_group: { subject, participants } });
export const read = (chat) => call(`/phone/chats/${chat.user}/read?${query(chat)}`, { method: "POST" });
export const tap = (chat, title, message, id) => post(`/phone/chats/${chat.user}/taps`, { title, message, id });

/** Performs an action of the control API as the user of a chat, such as `act(chat, "edits", { message, text })`. */
export const act = (chat, name, parts) => post(`/phone/chats/${chat.user}/actions`, { [name]: parts });

/** Sends a file. `options` has the caption, the kind of media, whether the file is a voice note, and the quoted message. */
export function sendFile(chat, file, { caption, kind, voice, replyTo }) {
  const parts = { caption, kind, voice, reply_to: replyTo, filename: file.name?.slice(-100) };
  const headers = { "content-type": file.type || "application/octet-stream" };
  return call(`/phone/chats/${chat.user}/files?${query(chat, parts)}`, { method: "POST", headers, body: file });
}

/** Returns the URL of a media object in a message: a file with an id, or a link. */
export function mediaUrl(message, object) {
  if (object?.id) return `/phone/media/${encodeURIComponent(object.id)}`;
  return object?.link ? `/phone/linked-media?${new URLSearchParams({ message: message.id, link: object.link })}` : "";
}

/**
 * Follows the timeline from its beginning. The browser reconnects by itself and resumes after the last event. If the browser gives up
 * or the emulator was restarted, the function calls `restart` with a delay in milliseconds; the caller must then load its state again.
 */
export function follow({ event, online, restart }) {
  const source = new EventSource("/phone/events");
  source.onopen = () => online(true);
  source.onmessage = (message) => event(JSON.parse(message.data));
  source.addEventListener("reset", () => {
    source.close();
    online(false);
    restart(0);
  });
  source.onerror = () => {
    online(false);
    if (source.readyState === EventSource.CLOSED) restart(1000);
  };
}
