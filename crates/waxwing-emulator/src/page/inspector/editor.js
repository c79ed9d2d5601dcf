// Edit and send: a webhook with a new signature, or a call of the Graph API.

import { post } from "./api.js";
import { button, choice, field, make, resultLine } from "./elements.js";

const METHODS = ["GET", "POST", "DELETE"].map((method) => [method, method]);

/** Renders the form that edits and sends an exchange. */
export function editor(exchange, onClose) {
  const isWebhook = exchange.kind === "webhook";
  const json = exchange.request.body?.json;
  const method = choice("Method", METHODS);
  method.input.value = exchange.method;
  const query = (exchange.query ?? "").split("&").filter((part) => part !== "" && !part.endsWith("=…"));
  const path = field("Path", { value: query.length > 0 ? `${exchange.path}?${query.join("&")}` : exchange.path, required: "", autocomplete: "off" });
  const body = field("Body (JSON)", { rows: "12", spellcheck: "false", class: "ins-editor" }, "textarea");
  body.input.value = json === undefined ? "" : JSON.stringify(json, null, 2);
  const result = resultLine();
  const send = make("button", { type: "submit", class: "ins-button ins-primary" }, isWebhook ? "Sign and post" : "Send");
  const form = make(
    "form",
    { class: "ins-form", "aria-label": isWebhook ? "Edit and post the webhook" : "Edit and send the call" },
    isWebhook ? null : make("div", { class: "ins-line" }, method.label, path.label),
    body.label,
    make("div", { class: "ins-buttons" }, send, button("Cancel", onClose)),
    result.node,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const text = body.input.value.trim();
      const value = text === "" ? null : parse(text);
      const answer = isWebhook
        ? await post("/control/webhooks", { body: value })
        : await post("/control/requests", { method: method.input.value, path: path.input.value, body: value, token: true });
      const { response, error } = answer.exchange;
      result.say(response ? `The answer is HTTP ${response.status}. The list has the exchange.` : (error ?? "There was no response."));
    } catch (error) {
      result.fail(error);
    }
  });
  setTimeout(() => body.input.focus());
  return form;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`The body is not JSON: ${error.message}`);
  }
}
