// Moderation of message templates.

import { act, get, offers } from "../api.js";
import { button, choice, make, resultLine, section } from "../elements.js";

const QUALITIES = ["unknown", "green", "yellow", "red"].map((name) => [name, name]);
const CATEGORIES = ["MARKETING", "UTILITY", "AUTHENTICATION"].map((name) => [name, name.toLowerCase()]);
const DECISIONS = { approved: "Approve", rejected: "Reject", paused: "Pause", disabled: "Disable" };

export function templates() {
  const result = resultLine();
  const list = make("ul", { class: "ins-templates", "aria-label": "Message templates" });
  const node = section("Message templates", list, result.node);
  node.hidden = true;

  async function load() {
    try {
      node.hidden = !(await offers("GET /control/templates"));
      if (node.hidden) return;
      const { templates: all } = await get("/control/templates");
      list.replaceChildren(...(all.length > 0 ? all.map(row) : [make("li", { class: "ins-none" }, "The account has no template.")]));
    } catch (error) {
      result.fail(error);
    }
  }

  function row(template) {
    const { name, language } = template;
    const review = async (decision) => {
      try {
        await act({ review_template: { name, language, ...decision } });
        await load();
        result.say(`Decided about ${name} (${language}); the webhook was told.`);
      } catch (error) {
        result.fail(error);
      }
    };
    const quality = choice(`Quality of ${name}`, QUALITIES);
    quality.input.value = String(template.quality).toLowerCase();
    quality.input.addEventListener("change", () => review({ quality: quality.input.value }));
    const category = choice(`Category of ${name}`, CATEGORIES);
    category.input.value = String(template.category).toUpperCase();
    category.input.addEventListener("change", () => review({ category: category.input.value }));
    const buttons = Object.entries(DECISIONS).map(([status, text]) =>
      button(text, () => review({ status }), { "aria-label": `${text} ${name} (${language})`, ...(status === String(template.status).toLowerCase() ? { disabled: "" } : {}) }),
    );
    return make(
      "li",
      {},
      make("div", {}, make("strong", {}, name), ` ${language} · ${String(template.status).toLowerCase()}`),
      make("div", { class: "ins-buttons" }, ...buttons),
      make("div", { class: "ins-line" }, quality.label, category.label),
    );
  }

  return { node, load };
}
