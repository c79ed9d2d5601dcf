// Texts of messages, with WhatsApp's formatting. Long texts are cut until the person reads more.

import { button, element } from "../../dom.js";
import { format } from "../format.js";
import { changed } from "../state.js";

const LENGTH = 780; // characters that WhatsApp shows of a long text
const LINES = 24;

/** Draws the text of a message. */
export function text(item, words = item.message.text ?? "") {
  const cut = item.expanded ? words.length : cutAt(words);
  const node = formatted(cut < words.length ? `${words.slice(0, cut).trimEnd()}…` : words);
  if (cut === words.length) return node;
  const more = button("read-more", "", () => {
    item.expanded = true;
    item.version += 1;
    changed();
  }, "Read more");
  return element("div", "", node, more);
}

/** Draws a text with WhatsApp's formatting. */
export function formatted(words) {
  const node = element("div", "text", format(words));
  for (const block of node.children) block.dir = "auto";
  return node;
}

/** Returns where a text is cut: at the end of a word. */
function cutAt(words) {
  const line = words.split("\n", LINES).join("\n").length;
  const end = Math.min(words.length > LENGTH + 120 ? LENGTH : words.length, words.length > line ? line : words.length);
  if (end === words.length) return end;
  const space = Math.max(words.lastIndexOf(" ", end), words.lastIndexOf("\n", end));
  return space > end / 2 ? space : end;
}
