// Answers of the person: taps, forms, orders.

import { element } from "../../dom.js";
import { icon } from "../icons.js";
import { text } from "./text.js";

/** Draws the answer to a button, a list, a flow or a request. */
export function answer(item) {
  const { content: body = {} } = item.message;
  if (body.nfm_reply) return form(body.nfm_reply);
  if (body.call_permission_reply) {
    const allowed = body.call_permission_reply.response === "accept";
    return [element("p", "tag", allowed ? "Calls allowed" : "Calls not allowed")];
  }
  const nodes = [text(item)];
  if (body.list_reply?.description) nodes.push(element("p", "facts", body.list_reply.description));
  return nodes;
}

function form({ name, body, response_json: answers }) {
  const rows = element("dl", "details");
  for (const [key, value] of Object.entries(read(answers))) {
    if (key !== "flow_token") rows.append(element("dt", "", key), element("dd", "", typeof value === "string" ? value : JSON.stringify(value)));
  }
  const head = element("div", "contact", element("span", "avatar square", icon("flow")), element("span", "titles", element("strong", "", body || "Response sent"), element("span", "facts", name ?? "")));
  return [head, rows];
}

function read(answers) {
  try {
    return JSON.parse(answers);
  } catch {
    return {};
  }
}

/** Draws an order. */
export function order({ product_items: items = [], text: words }) {
  const pieces = items.reduce((sum, entry) => sum + entry.quantity, 0);
  const total = items.reduce((sum, entry) => sum + entry.quantity * entry.item_price, 0);
  const facts = `${total.toFixed(2)} ${items[0]?.currency ?? ""} (estimated total)`;
  const head = element("div", "contact product", element("span", "avatar square", icon("bag")), element("span", "titles", element("strong", "", `${pieces} ${pieces === 1 ? "item" : "items"}`), element("span", "facts", facts)));
  const lines = items.map((entry) => element("li", "", `${entry.quantity} × ${entry.product_retailer_id}`));
  return [head, element("ul", "plain", ...lines), ...(words ? [element("p", "text", words)] : [])];
}
