// Interactive messages of the business: buttons, lists, links, flows, products, requests, carousels.

import { button, element } from "../../dom.js";
import { openFlow } from "../sheets/flow.js";
import { openAddress, openLocation, shareOwnContact } from "../sheets/forms.js";
import { openList } from "../sheets/list.js";
import { openCatalog, openProduct, openProducts } from "../sheets/products.js";
import { icon } from "../icons.js";
import { call, sendOther, tapOption } from "../outbox.js";
import { headerMedium } from "./media.js";
import { formatted, text } from "./text.js";

const BUTTONS = {
  button: (chat, item, { buttons }) => replies(chat, item.message, (buttons ?? []).map((entry) => entry.reply)),
  list: (chat, item, action) => [option(action.button, "list", () => openList(chat, item.message, action))],
  cta_url: (_, __, { parameters }) => [link(parameters?.display_text, parameters?.url)],
  flow: (chat, item, { parameters }) => [option(parameters?.flow_cta, "flow", () => openFlow(chat, item.message, parameters))],
  location_request_message: (chat, { message }) => [option("Send location", "location", () => openLocation(chat, message.id))],
  request_contact_info: (chat, { message }) => [option("Share contact info", "person", () => shareOwnContact(chat, message.id))],
  call_permission_request: (chat, { message }) => [
    option("Allow calls", "call", () => permission(chat, message, "accept")),
    option("Do not allow", "close", () => permission(chat, message, "reject")),
  ],
  voice_call: (chat, _, { parameters }) => [option(parameters?.display_text ?? "Call now", "call", () => call(chat))],
  product: (chat, item, action) => [option("View", "bag", () => openProduct(chat, item.message, action))],
  product_list: (chat, item, action) => [option("View items", "bag", () => openProducts(chat, item.message, action))],
  catalog_message: (chat, item) => [option("View catalog", "business", () => openCatalog(chat, item.message))],
  address_message: (chat, { message }) => [option("Provide address", "location", () => openAddress(chat, message))],
};

/** Draws an interactive message. */
export function interactive(chat, item) {
  const { message } = item;
  const body = message.content ?? {};
  const action = body.action ?? {};
  const nodes = [];
  if (body.header) nodes.push(...header(message, body.header));
  if (body.type === "product") nodes.push(productCard(action.product_retailer_id));
  if (body.type === "catalog_message" || body.type === "product_list") nodes.push(productCard(body.type === "product_list" ? `${count(action)} items` : "Catalog"));
  if (body.body?.text) nodes.push(text(item, body.body.text));
  if (body.type === "order_details") nodes.push(payment(action.parameters ?? {}));
  if (body.type === "order_status") nodes.push(element("p", "facts", `Order ${action.parameters?.reference_id ?? ""}: ${action.parameters?.order?.status ?? "updated"}`));
  if (body.footer?.text) nodes.push(element("p", "footer", body.footer.text));
  if (body.type === "carousel") nodes.push(carousel((action.cards ?? []).map((card) => interactiveCard(chat, message, card))));
  const buttons = BUTTONS[body.type]?.(chat, item, action) ?? [];
  if (buttons.length > 0) nodes.push(options(buttons));
  return nodes;
}

/** Draws a header: a text or media. */
export function header(message, part) {
  if (part.type === "text") return [element("p", "header", part.text ?? "")];
  return ["image", "video", "document"].includes(part.type) ? [headerMedium(message, part)] : [];
}

/** Draws the buttons under a message. */
export const options = (buttons) => element("ul", "options", ...buttons.map((entry) => element("li", "", entry)));

/** Draws a button of a message. */
export function option(title, iconName, run) {
  return button("option", "", run, iconName ? icon(iconName) : null, element("span", "", title ?? "Open"));
}

/** Draws buttons that send a reply. */
export function replies(chat, message, entries) {
  return entries.map((entry) => option(entry?.title ?? entry?.text, "reply", () => tapOption(chat, entry.title ?? entry.text, message.id, entry.id)));
}

/** Draws a link with its URL. */
export function link(title, url) {
  const isWeb = /^https?:\/\//i.test(url ?? "");
  const node = element("a", "option url", icon("link"), element("span", "", title ?? "Open"), element("span", "address", url ?? ""));
  if (isWeb) {
    node.href = url;
    node.target = "_blank";
    node.rel = "noopener noreferrer";
  }
  return node;
}

/** Draws cards next to each other. */
export function carousel(cards) {
  const row = element("div", "carousel", ...cards);
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", `${cards.length} cards`);
  row.tabIndex = 0;
  return row;
}

function interactiveCard(chat, message, card) {
  const node = element("div", "card", ...(card.header ? header(message, card.header) : []));
  if (card.body?.text) node.append(formatted(card.body.text));
  const action = card.action ?? {};
  const quick = (action.buttons ?? []).map((entry) => entry.quick_reply).filter(Boolean);
  const buttons = quick.length > 0 ? replies(chat, message, quick) : [link(action.parameters?.display_text, action.parameters?.url)];
  node.append(options(buttons));
  return node;
}

function productCard(name) {
  return element("div", "contact product", element("span", "avatar square", icon("bag")), element("span", "titles", element("strong", "", name ?? "Product")));
}

const count = (action) => (action.sections ?? []).reduce((sum, section) => sum + (section.product_items?.length ?? 0), 0);

function payment(parameters) {
  const amount = (part) => (part ? `${(part.value / (part.offset || 1)).toFixed(2)} ${parameters.currency ?? ""}` : "");
  const lines = (parameters.order?.items ?? []).map((entry) => element("li", "", `${entry.quantity} × ${entry.name}`, element("span", "facts", amount(entry.amount))));
  return element("div", "payment", element("ul", "", ...lines), element("p", "", "Total ", element("strong", "", amount(parameters.total_amount))));
}

function permission(chat, message, response) {
  const reply = { response, is_permanent: false, response_source: "user_action" };
  if (response === "accept") reply.expiration_timestamp = Math.floor(Date.now() / 1000) + 7 * 24 * 3600;
  return sendOther(chat, "interactive", { type: "call_permission_reply", call_permission_reply: reply }, message.id);
}
