// Detail of an exchange or of a bot event.

import { post } from "./api.js";
import { curl } from "./curl.js";
import { editor } from "./editor.js";
import { button, clockTime, copy, duration, make, resultLine, section } from "./elements.js";
import { jsonView, textBlock } from "./json-view.js";
import { nameOf } from "./people.js";
import { title } from "./summary.js";

const ERROR_CODES = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/";

/** Renders the detail of an entry. */
export function detail(entry, onClose) {
  const heading = make("h2", { class: "ins-detail-title", tabindex: "-1" }, title(entry));
  const bar = make("header", { class: "ins-detail-bar" }, heading, button("Close", onClose));
  const node = make("article", { class: "ins-article", "aria-label": `Detail of ${title(entry)}` }, bar);
  node.append(...(entry.kind === "bot" ? botParts(entry) : exchangeParts(entry)));
  setTimeout(() => heading.focus({ preventScroll: true }));
  return node;
}

function botParts({ data }) {
  const facts = { time: clockTime(data.at), conversation: data.conversation, user: data.user, turn: data.turn };
  return [factList(facts), section("Data", jsonView(data.data, "Data of the event"))];
}

function exchangeParts(entry) {
  const { data } = entry;
  const facts = {
    time: clockTime(data.at),
    "": data.url ? `${data.method} ${data.url}` : `${data.method} ${data.path}${data.query ? `?${data.query}` : ""}`,
    user: data.user === null ? null : nameOf(data.user),
    message: data.messages.join(", ") || null,
    status: data.response ? String(data.response.status) : "no response",
    took: duration(data.milliseconds),
    token: data.token,
    attempt: data.attempt === null ? null : String(data.attempt),
    fault: data.fault === null ? null : `fault ${data.fault}`,
    error: data.error,
  };
  return [
    factList(facts),
    refusal(data),
    actions(data),
    message("Request", data.request),
    data.response ? message("Response", data.response) : null,
  ].filter((part) => part !== null);
}

function factList(facts) {
  const list = make("dl", { class: "ins-facts" });
  for (const [name, value] of Object.entries(facts)) {
    if (value) list.append(make("div", {}, make("dt", {}, name || "request"), make("dd", {}, value)));
  }
  return list;
}

/** Renders the rule that refused a call, with its source. */
function refusal(data) {
  if (!data.rule) return null;
  const link = make("a", { href: ERROR_CODES, target: "_blank", rel: "noopener noreferrer" }, "Meta's error codes");
  return make(
    "div",
    { class: "ins-refusal" },
    make("strong", {}, `Refused by the rule ${data.rule}: `),
    `${data.rule_text}.`,
    make("p", {}, `Source: ${data.rule_source}. `, link),
  );
}

function actions(data) {
  const result = resultLine();
  const place = make("div", {});
  const kind = data.kind === "webhook" ? "webhooks" : "requests";
  const resend = async () => {
    try {
      const { exchange } = await post(`/control/${kind}/${data.seq}/resend`);
      result.say(`Sent again: ${exchange.response ? `HTTP ${exchange.response.status}` : (exchange.error ?? "no response")}.`);
    } catch (error) {
      result.fail(error);
    }
  };
  const copyCurl = async () => {
    try {
      await copy(curl(data));
      result.say(data.token === null ? "Copied." : "Copied. Set TOKEN to the access token.");
    } catch (error) {
      result.fail(error);
    }
  };
  const edit = () => place.replaceChildren(editor(data, () => place.replaceChildren()));
  const isWebhook = data.kind === "webhook";
  const buttons = [button("Copy as curl", copyCurl)];
  if (!isWebhook || data.request.body) buttons.push(button(isWebhook ? "Redeliver" : "Repeat", resend, { class: "ins-button ins-resend" }));
  if (!isWebhook || data.request.body?.json) buttons.push(button("Edit and send", edit, { class: "ins-button ins-edit" }));
  return make("div", { class: "ins-actions" }, make("div", { class: "ins-buttons" }, ...buttons), result.node, place);
}

function message(name, { headers, body }) {
  const lines = Object.entries(headers).map(([header, value]) => `${header}: ${value}`);
  const parts = [];
  if (lines.length > 0) parts.push(make("details", {}, make("summary", {}, `${lines.length} headers`), textBlock(lines.join("\n"), `${name} headers`)));
  const signature = headers["x-hub-signature-256"];
  if (signature) parts.push(make("p", { class: "ins-signature" }, "Signature: ", make("code", {}, signature)));
  if (!body) parts.push(make("p", { class: "ins-none" }, "No body."));
  else if (body.json !== undefined) parts.push(bothForms(name, body));
  else if (body.text !== undefined) parts.push(textBlock(body.text, `${name} body`));
  else parts.push(make("p", { class: "ins-none" }, `${body.type || "unknown type"}, ${body.size ?? "unknown number of"} bytes`));
  return section(name, ...parts);
}

/** Renders JSON with indentation, or as it was sent. */
function bothForms(name, body) {
  const place = make("div", {}, jsonView(body.json, `${name} body`));
  const toggle = button("Show raw", null, { class: "ins-button ins-quiet", "aria-pressed": "false" });
  toggle.addEventListener("click", () => {
    const isRaw = toggle.getAttribute("aria-pressed") !== "true";
    toggle.setAttribute("aria-pressed", String(isRaw));
    toggle.textContent = isRaw ? "Show indented" : "Show raw";
    place.replaceChildren(isRaw ? textBlock(body.text, `${name} body, raw`) : jsonView(body.json, `${name} body`));
  });
  return make("div", {}, toggle, place);
}
