// Client of the emulator: JSON calls, timeline as Server-Sent Events.

async function call(path, options) {
  const response = await fetch(path, { cache: "no-store", ...options });
  if (response.ok) return response.status === 204 ? null : response.json();
  const type = response.headers.get("content-type") ?? "";
  const error = type.includes("json") ? (await response.json()).error : null;
  throw new Error(error ?? (response.status === 413 ? "The file is too large. The limit is 16 MB." : `The emulator responded with HTTP ${response.status}.`));
}

const post = (path, body) =>
  call(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

export const state = () => call("/phone/state");
export const openChat = (name, phone) => post("/phone/chats", { name, phone });
export const sendText = (chat, text, replyTo) => post(`/phone/chats/${chat}/messages`, { text, reply_to: replyTo });
export const tap = (chat, title, message) => post(`/phone/chats/${chat}/taps`, { title, message });
export const read = (chat) => call(`/phone/chats/${chat}/read`, { method: "POST" });

export function sendFile(chat, file, caption) {
  const query = new URLSearchParams({ caption, filename: file.name.slice(-100) });
  const headers = { "content-type": file.type || "application/octet-stream" };
  return call(`/phone/chats/${chat}/files?${query}`, { method: "POST", headers, body: file });
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
