// Menu of one message: reactions, reply, copy, edit, delete.

import { button, element } from "../dom.js";
import { isOwn } from "./chats.js";
import { startEdit, startReply } from "./composer.js";
import { field, openForm, openMenu } from "./dialog.js";
import { react, revoke } from "./outbox.js";
import { notice } from "./state.js";

const EMOJIS = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
const EDITABLE = new Set(["text", "image", "video", "document"]);

/** Opens the menu of a message. */
export function openMessageMenu(chat, item, anchor) {
  const { message } = item;
  const own = isOwn(chat, message);
  const items = [
    { label: "Reply", icon: "reply", run: () => startReply(chat, message) },
    { label: "React with another emoji", icon: "plus", run: () => askEmoji(chat, message) },
  ];
  if (message.text) items.push({ label: "Copy", icon: "copy", run: () => copy(message.text) });
  if (own && EDITABLE.has(message.type)) items.push({ label: "Edit", icon: "flow", run: () => startEdit(chat, item) });
  if (own) items.push({ label: "Delete for everyone", icon: "trash", danger: true, run: () => confirmRevoke(chat, message) });
  const chosen = item.reactions.get(chat.user);
  const quick = EMOJIS.map((emoji) => {
    const entry = button(emoji === chosen ? "chosen" : "", emoji === chosen ? `Remove the reaction ${emoji}` : `React with ${emoji}`, () => {
      close();
      react(chat, message.id, emoji === chosen ? "" : emoji);
    }, emoji);
    entry.setAttribute("role", "menuitem");
    return entry;
  });
  const close = openMenu(anchor, "Message menu", items, element("div", "quick", ...quick));
}

function askEmoji(chat, message) {
  const emoji = field("Emoji", { name: "emoji", maxlength: "16", required: true });
  openForm("React to the message", [emoji], "React", (values) => react(chat, message.id, values.get("emoji").trim()));
}

function confirmRevoke(chat, message) {
  const words = element("p", "", "Your server learns of the deletion as Meta reports it.");
  openForm("Delete the message for everyone?", [words], "Delete", () => revoke(chat, message.id));
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    notice("Copied.");
  } catch {
    notice("The browser does not allow to copy.");
  }
}
