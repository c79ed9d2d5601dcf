// Traffic: the list of exchanges and bot events, with the detail of one.

import { onSelection, selection } from "../selection.js";
import { detail } from "./detail.js";
import { button, clockTime, duration, make } from "./elements.js";
import { messagesOf } from "./entry.js";
import { clear, feed, onFeed } from "./feed.js";
import { filterBar } from "./filter.js";
import { nameOf, onPeople, personWith } from "./people.js";
import { badge, summary, title } from "./summary.js";

const MAX_ROWS = 300;

/** Shows the traffic in a panel. */
export function traffic(panel) {
  const rows = new Map(); // key of an entry → its row
  let shown = null;
  const { node: filter, matches } = filterBar(() => draw(true));
  const list = make("ol", { class: "ins-list", "aria-label": "Exchanges and bot events", tabindex: "-1" });
  const count = make("p", { class: "ins-count", role: "status" });
  const pane = make("div", { class: "ins-detail", hidden: "" });
  const tools = make("div", { class: "ins-tools" }, count, button("Clear the list", clear, { class: "ins-button ins-quiet" }));
  panel.append(make("div", { class: "ins-split" }, make("div", { class: "ins-main" }, filter, tools, list), pane));

  function draw(isNewFilter) {
    for (const entry of feed()) entry.user ??= entry.data.user_id ?? userOf(entry);
    const found = feed().filter(matches);
    const visible = found.slice(-MAX_ROWS);
    const isAtEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    const keys = new Set(visible.map((entry) => entry.key));
    for (const [key, row] of rows) {
      if (keys.has(key)) continue;
      row.remove();
      rows.delete(key);
    }
    let before = null;
    for (const entry of visible) {
      const row = rows.get(entry.key) ?? addRow(entry);
      const next = before ? before.nextSibling : list.firstChild;
      if (next !== row) list.insertBefore(row, next);
      before = row;
    }
    const more = found.length - visible.length;
    count.textContent = found.length === 0 ? "Nothing yet." : `${found.length} entries${more > 0 ? `, the last ${MAX_ROWS} shown` : ""}`;
    mark();
    if (isAtEnd || isNewFilter) list.scrollTop = list.scrollHeight;
  }

  function addRow(entry) {
    const row = make("li", { class: "ins-item" }, rowButton(entry, () => open(entry)));
    rows.set(entry.key, row);
    row.entry = entry;
    return row;
  }

  function open(entry) {
    shown = entry;
    pane.hidden = entry === null;
    panel.classList.toggle("ins-open", entry !== null);
    pane.replaceChildren();
    if (entry) pane.append(detail(entry, () => close()));
    mark();
  }

  function close() {
    const row = rows.get(shown?.key);
    open(null);
    row?.firstChild.focus();
  }

  /** Marks the row that is open, and the rows of the message that is selected in the phone. */
  function mark() {
    const { message } = selection();
    for (const [key, row] of rows) {
      row.firstChild.setAttribute("aria-current", String(key === shown?.key));
      const isOfMessage = message !== null && messagesOf(row.entry).includes(message);
      row.classList.toggle("ins-marked", isOfMessage);
    }
  }

  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    const next = step && document.activeElement.closest(".ins-item")?.[step];
    if (!next) return;
    event.preventDefault();
    next.firstChild.focus();
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && shown) close();
  });
  onFeed("entries", () => draw(false));
  onPeople(() => {
    for (const [key, row] of rows) if (row.entry.user !== null) row.replaceChildren(rowButton(row.entry, () => open(feed().find((entry) => entry.key === key) ?? row.entry)));
    mark();
  });
  onSelection(() => {
    mark();
    list.querySelector(".ins-marked")?.scrollIntoView({ block: "nearest" });
  });
  draw(true);
  return { show: () => draw(true) };
}

function userOf({ kind, data }) {
  return kind === "bot" ? personWith(data.user) : (data.user ?? null);
}

function rowButton(entry, onOpen) {
  const { kind, data } = entry;
  const direction = { graph: "from the bot", webhook: "to the bot", bot: "in the bot" }[kind];
  const arrow = { graph: "←", webhook: "→", bot: "•" }[kind];
  const node = button(make("span", { class: "ins-time" }, clockTime(entry.at)), onOpen, { class: `ins-row ins-${kind}` });
  node.append(
    make("span", { class: "ins-arrow", title: direction, "aria-label": direction, role: "img" }, arrow),
    make("span", { class: "ins-title" }, title(entry)),
    make("span", { class: "ins-badge-cell" }, badge(entry)),
    make("span", { class: "ins-summary" }, [entry.user === null ? "" : nameOf(entry.user), summary(entry)].filter(Boolean).join(" · ")),
    make("span", { class: "ins-took" }, kind === "bot" ? "" : duration(data.milliseconds)),
  );
  return node;
}
