// Sheets with products, and the cart.

import { element } from "../../dom.js";
import { field, openForm } from "../dialog.js";
import { order, sendOther } from "../outbox.js";
import { act, catalogs } from "../server.js";
import { notice } from "../state.js";

/** Opens a single product. The person asks about it, or orders it. */
export function openProduct(chat, message, { catalog_id: catalog, product_retailer_id: product }) {
  openCart(chat, product, catalog, [{ title: "", products: [product] }], (text) => {
    if (text) return act(chat, "asks_about_product", { catalog, product, text });
    return sendOther(chat, "interactive", { type: "product", product: { catalog_id: catalog, product_retailer_id: product } });
  });
}

/** Opens the products of a message. */
export function openProducts(chat, message, { catalog_id: catalog, sections }) {
  const lists = (sections ?? []).map(({ title, product_items: items }) => ({ title, products: (items ?? []).map((it) => it.product_retailer_id) }));
  openCart(chat, message.content?.header?.text ?? "Items", catalog, lists);
}

/** Opens all products of the business. */
export async function openCatalog(chat) {
  try {
    const all = await catalogs();
    if (all.length === 0) return notice("The business has no catalog. The control API adds one (add_products).");
    openCart(chat, "Catalog", all[0].id, all.map(({ id, products }) => ({ title: all.length > 1 ? `Catalog ${id}` : "", products })));
  } catch (error) {
    notice(error.message);
  }
}

/** Opens a cart. Without a quantity, `ask` sends the text as a question. The emulator knows no prices: the person states one. */
function openCart(chat, title, catalog, lists, ask = null) {
  const rows = [];
  const groups = lists.map((list) => {
    const group = element("fieldset", "");
    group.append(element("legend", list.title ? "" : "hidden", list.title || "Products"));
    for (const product of list.products) {
      rows.push(product);
      group.append(field(product, { type: "number", name: `count-${rows.length - 1}`, min: "0", max: "99", value: "0", "aria-label": `Pieces of ${product}` }));
    }
    return group;
  });
  const price = field("Price of a piece", { type: "number", name: "price", min: "0", step: "0.01", value: "9.99", required: true });
  const currency = field("Currency", { name: "currency", value: "EUR", pattern: "[A-Z]{3}", required: true });
  const text = field("Message", { name: "text", maxlength: "1024" });
  openForm(title, [...groups, element("div", "columns", price, currency), text], ask ? "Send" : "Send order", async (values) => {
    const items = rows.map((product, index) => ({ product, quantity: Number(values.get(`count-${index}`)) }));
    const chosen = items.filter(({ quantity }) => quantity > 0);
    const words = values.get("text").trim();
    if (chosen.length === 0 && ask) return ask(words);
    if (chosen.length === 0) throw new Error("Choose a number of pieces.");
    const parts = { price: Number(values.get("price")), currency: values.get("currency") };
    await order(chat, catalog, chosen.map((item) => ({ ...item, ...parts })), words || null);
  }, "sheet");
}
