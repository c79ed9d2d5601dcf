// Template messages of the business, with their parameters filled in.

import { element } from "../../dom.js";
import { openFlow } from "../sheets/flow.js";
import { openCatalog } from "../sheets/products.js";
import { call } from "../outbox.js";
import { notice } from "../state.js";
import { location } from "./cards.js";
import { carousel, header, link, option, options, replies } from "./interactive.js";
import { formatted, text } from "./text.js";

/** Draws a template message. */
export function template(chat, item) {
  const { message } = item;
  const layout = message.content ?? {};
  const nodes = parts(chat, message, layout, (words) => text(item, words));
  if (layout.cards) nodes.push(carousel(layout.cards.map((card) => element("div", "card", ...parts(chat, message, card, formatted)))));
  nodes.push(element("p", "hidden", `Template ${message.template?.name} (${message.template?.language})`));
  return nodes;
}

function parts(chat, message, layout, body) {
  const nodes = [];
  if (layout.header?.type === "location") nodes.push(location(layout.header.location ?? {}));
  else if (layout.header) nodes.push(...header(message, layout.header));
  if (layout.offer) nodes.push(element("p", "header", layout.offer));
  if (layout.body?.text) nodes.push(body(layout.body.text));
  if (layout.footer?.text) nodes.push(element("p", "footer", layout.footer.text));
  const buttons = (layout.buttons ?? []).map((entry) => templateButton(chat, message, entry));
  if (buttons.length > 0) nodes.push(options(buttons));
  return nodes;
}

function templateButton(chat, message, entry) {
  switch (entry.type) {
    case "quick_reply":
      return replies(chat, message, [entry])[0];
    case "url":
      return link(entry.text, entry.url);
    case "phone_number":
      return option(`${entry.text} · ${entry.phone_number ?? ""}`, "call", () => notice(`This button calls ${entry.phone_number}.`));
    case "voice_call":
      return option(entry.text ?? "Call on WhatsApp", "call", () => call(chat));
    case "copy_code":
      return option(entry.text ?? `Copy code ${entry.code ?? ""}`, "copy", () => copy(entry.code ?? ""));
    case "otp":
      return option(entry.text ?? "Copy code", "copy", () => copy(message.text ?? ""));
    case "flow":
      return option(entry.text, "flow", () => openFlow(chat, message, {}));
    case "catalog":
    case "mpm":
    case "spm":
      return option(entry.text ?? "View items", "bag", () => openCatalog(chat, message));
    default:
      return option(entry.text ?? entry.type, null, () => notice("The phone page cannot play this button."));
  }
}

async function copy(code) {
  try {
    await navigator.clipboard.writeText(code);
    notice(`Copied: ${code}`);
  } catch {
    notice(`The code is ${code}`);
  }
}
