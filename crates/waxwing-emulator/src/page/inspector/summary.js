// One line about an entry of the feed.

import { make } from "./elements.js";

const WORDS = 80;

const cut = (text) => (text.length > WORDS ? `${text.slice(0, WORDS - 1)}…` : text);

/** Returns what an entry is about. */
export function summary({ kind, data }) {
  if (kind === "bot") return botSummary(data);
  if (kind === "webhook") return data.method === "GET" ? "verification of the callback" : webhookSummary(data.request.body?.json);
  return graphSummary(data);
}

/** Returns the name of an entry for its column: direction and kind. */
export function title({ kind, data }) {
  if (kind === "bot") return data.name;
  if (kind === "webhook") return data.attempt > 1 ? `webhook, attempt ${data.attempt}` : "webhook";
  const parts = data.path.split("/").filter(Boolean);
  if (/^v\d/.test(parts[0] ?? "")) parts.shift();
  return `${data.method} ${parts.length > 1 ? parts.slice(1).join("/") : (parts[0] ?? "/")}`;
}

/** Returns the outcome of an exchange: status, rule, fault. */
export function badge({ kind, data }) {
  if (kind === "bot") return "";
  const status = data.response?.status;
  const isGood = status >= 200 && status < 300 && !data.error;
  const text = [status ?? "no response", data.rule, data.fault === null ? null : `fault ${data.fault}`].filter(Boolean).join(" · ");
  return make("span", { class: `ins-badge ${isGood ? "ins-good" : "ins-bad"}` }, text);
}

function graphSummary({ request }) {
  const body = request.body?.json;
  if (!body) return request.body?.size ? `file, ${request.body.size} bytes` : "";
  if (body.status === "read") return body.typing_indicator ? "read, typing" : "read";
  const type = body.type ?? (body.text ? "text" : "");
  return cut([type, contentText(body)].filter(Boolean).join(": "));
}

function webhookSummary(body) {
  const changes = list(body?.entry).flatMap((entry) => list(entry.changes));
  const texts = changes.flatMap(({ field, value }) => {
    const statuses = list(value?.statuses).map((status) => `status ${status.status}${status.errors ? ` ${status.errors[0]?.code}` : ""}`);
    const messages = list(value?.messages).map((message) => [message.type, contentText(message)].filter(Boolean).join(": "));
    return statuses.length + messages.length > 0 ? [...messages, ...statuses] : [field];
  });
  return cut(texts.join(", "));
}

/** Returns the objects of a list. A webhook that somebody has edited may have anything in its place. */
function list(value) {
  return Array.isArray(value) ? value.filter((item) => item !== null && typeof item === "object") : [];
}

/** Returns the text of a message, in the form of a webhook or of a call. */
function contentText(message) {
  const content = message[message.type] ?? message.text;
  if (!content) return "";
  if (typeof content === "string") return content;
  const reply = content.button_reply ?? content.list_reply;
  return content.body?.text ?? content.body ?? content.caption ?? reply?.title ?? content.text ?? content.emoji ?? content.name ?? content.filename ?? "";
}

function botSummary({ data }) {
  const parts = Object.entries(data).filter(([, value]) => value !== null && typeof value !== "object");
  return cut(parts.map(([key, value]) => `${key} ${value}`).join(", "));
}
