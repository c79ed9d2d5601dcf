// Filter of the traffic.

import { choice, field, make } from "./elements.js";
import { allPeople, onPeople } from "./people.js";

const KINDS = [
  ["", "all"],
  ["graph", "Graph calls"],
  ["webhook", "webhooks"],
  ["bot", "bot events"],
];
const STATUSES = [
  ["", "all"],
  ["ok", "2xx"],
  ["refused", "refused"],
  ["none", "no response"],
];

/** Creates the filter. `changed` is called after each change. Returns its node and its test of an entry. */
export function filterBar(changed) {
  const kind = choice("Kind", KINDS);
  const status = choice("Status", STATUSES);
  const user = choice("User", [["", "all"]]);
  const text = field("Text", { type: "search", placeholder: "in headers and bodies", autocomplete: "off" });
  const drawPeople = () => {
    const chosen = user.input.value;
    user.input.replaceChildren(make("option", { value: "" }, "all"));
    user.input.append(...allPeople().map((person) => make("option", { value: person.id }, person.name)));
    user.input.value = chosen;
  };
  onPeople(drawPeople);
  drawPeople();
  for (const { input } of [kind, status, user]) input.addEventListener("change", changed);
  text.input.addEventListener("input", changed);
  const node = make("form", { class: "ins-filter", "aria-label": "Filter" }, kind.label, status.label, user.label, text.label);
  node.addEventListener("submit", (event) => event.preventDefault());

  const matches = (entry) =>
    entry.kind !== "timeline" &&
    (!kind.input.value || entry.kind === kind.input.value) &&
    (!status.input.value || hasStatus(entry, status.input.value)) &&
    (!user.input.value || entry.user === Number(user.input.value)) &&
    (!text.input.value || contains(entry, text.input.value.toLowerCase()));
  return { node, matches };
}

function hasStatus({ kind, data }, wanted) {
  if (kind === "bot") return false;
  const status = data.response?.status;
  return { ok: status >= 200 && status < 300, refused: status >= 300, none: status === undefined }[wanted];
}

function contains(entry, text) {
  entry.words ??= JSON.stringify(entry.data).toLowerCase();
  return entry.words.includes(text);
}
