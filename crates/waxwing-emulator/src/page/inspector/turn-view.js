// One turn as a timeline: webhook, debounce, agent run, calls of models and tools, sends, ticks.

import { detail } from "./detail.js";
import { button, duration, make } from "./elements.js";
import { lengthOf, startOf } from "./entry.js";
import { badge, summary, title } from "./summary.js";

/** Names of Waxwing's events. Other names are shown as they are. */
const NAMES = {
  "message.received": "message stored",
  "turn.waiting": "debounce",
  "turn.started": "turn begins",
  "agent.started": "agent begins",
  "agent.finished": "agent run",
  "model.called": "model call",
  "tool.called": "tool call",
  "message.queued": "reply queued",
  "message.attempted": "send attempt",
  "message.sent": "tick: sent",
  "message.delivered": "tick: delivered",
  "message.read": "tick: read",
  "message.failed": "failed delivery",
  "turn.finished": "whole turn",
};

let drawn = "";

/** Draws a turn into an element. The same turn is not drawn again, so that its focus and its details stay. */
export function turnView(place, turn) {
  const state = turn ? `${turn.id} ${turn.entries.length}` : "";
  if (state === drawn && place.firstChild) return;
  drawn = state;
  place.replaceChildren();
  if (!turn) return;
  const pane = make("div", { class: "ins-turn-detail" });
  const open = (entry, node) => {
    pane.replaceChildren(
      detail(entry, () => {
        pane.replaceChildren();
        node.focus();
      }),
    );
  };
  const rows = turn.entries.map((entry) => row(turn, entry, open));
  place.append(totals(turn), make("ol", { class: "ins-steps", "aria-label": "Steps of the turn" }, ...rows), pane);
}

function totals({ entries, start, end }) {
  const of = (name) => entries.filter((entry) => entry.kind === "bot" && entry.data.name === name);
  const sum = (name, key) => of(name).reduce((total, { data }) => total + (Number(data.data[key]) || 0), 0);
  const facts = [
    ["from webhook to last tick", duration(end - start)],
    ["model calls", of("model.called").length],
    ["input tokens", sum("model.called", "input_tokens")],
    ["output tokens", sum("model.called", "output_tokens")],
    ["cost", sum("model.called", "cost") || sum("agent.finished", "cost")],
    ["tool calls", of("tool.called").length],
    ["Graph calls", entries.filter(({ kind }) => kind === "graph").length],
    ["webhooks", entries.filter(({ kind }) => kind === "webhook").length],
  ];
  const shown = facts.filter(([, value]) => value !== 0);
  return make("dl", { class: "ins-totals" }, ...shown.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, String(value)))));
}

/** Returns how long a turn waited for the rest of a burst: until its agent began. */
function waited({ entries }, { at, data }) {
  const next = entries.find((entry) => entry.at >= at && entry.data.name?.startsWith("agent."));
  return Math.min(data.data.milliseconds ?? 0, next ? startOf(next) - at : 0);
}

function row(turn, entry, open) {
  const span = Math.max(turn.end - turn.start, 1);
  const took = entry.data.name === "turn.waiting" ? waited(turn, entry) : lengthOf(entry);
  const offset = startOf(entry) - turn.start;
  const bar = make("span", { class: `ins-bar-fill ins-${entry.kind}` });
  bar.style.setProperty("--from", `${(offset / span) * 100}%`);
  bar.style.setProperty("--width", `${(took / span) * 100}%`);
  const node = button(make("span", { class: "ins-offset" }, `+${duration(offset)}`), null, { class: "ins-step" });
  node.append(
    make("span", { class: "ins-title" }, NAMES[entry.data.name] ?? title(entry)),
    make("span", { class: "ins-badge-cell" }, badge(entry)),
    make("span", { class: "ins-summary" }, summary(entry)),
    make("span", { class: "ins-took" }, took > 0 ? duration(took) : ""),
    make("span", { class: "ins-lane", "aria-hidden": "true" }, bar),
  );
  node.addEventListener("click", () => open(entry, node));
  return make("li", {}, node);
}
