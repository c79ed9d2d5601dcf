// The chat and the message that the person looks at, for the phone and the inspector.

const changes = new EventTarget();
let selected = { chat: null, user: null, message: null };

/**
 * Returns what is selected: `chat` is the key of the open chat, `user` the id of its emulated user (of a group: of the user who writes),
 * and `message` the id of a message (`wamid.…`). Each of them is null if nothing is selected.
 */
export const selection = () => selected;

/** Changes parts of the selection. Another chat without a message selects no message. */
export function select(parts) {
  const next = { ...selected, ...("chat" in parts && parts.chat !== selected.chat ? { message: null } : {}), ...parts };
  if (["chat", "user", "message"].every((key) => next[key] === selected[key])) return;
  selected = next;
  changes.dispatchEvent(new CustomEvent("change", { detail: selected }));
}

/** Calls `listener` with each later selection. Returns a function that ends the calls. */
export function onSelection(listener) {
  const relay = (event) => listener(event.detail);
  changes.addEventListener("change", relay);
  return () => changes.removeEventListener("change", relay);
}
