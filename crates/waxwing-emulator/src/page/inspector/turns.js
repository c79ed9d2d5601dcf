// Turns: the work between a message of a user and the ticks of the reply.

import { button, clockTime, make } from "./elements.js";
import { lengthOf, messagesOf, startOf } from "./entry.js";
import { feed, onFeed } from "./feed.js";
import { nameOf, personWith } from "./people.js";
import { summary } from "./summary.js";
import { turnView } from "./turn-view.js";

const MAX_TURNS = 50;

/** Shows the turns in a panel. */
export function turns(panel) {
  let shown = null;
  let isPinned = false; // whether the person chose the turn; otherwise the page follows the latest one
  const list = make("ol", { class: "ins-turns", "aria-label": "Turns, latest first" });
  const view = make("div", { class: "ins-turn" });
  const empty = make("p", { class: "ins-none" }, "No turn yet. A turn begins when a user writes.");
  panel.append(make("div", { class: "ins-turn-split" }, list, empty, view));

  function draw() {
    if (panel.hidden) return;
    const all = turnsOf(feed()).slice(-MAX_TURNS).reverse();
    empty.hidden = all.length > 0;
    const focused = document.activeElement?.closest?.(".ins-turn-row")?.dataset.turn;
    list.replaceChildren(...all.map((turn) => row(turn)));
    if (focused) list.querySelector(`[data-turn="${CSS.escape(focused)}"]`)?.focus();
    const turn = (isPinned && all.find(({ id }) => id === shown)) || all[0];
    shown = turn?.id ?? null;
    for (const node of list.querySelectorAll(".ins-turn-row")) node.setAttribute("aria-current", String(node.dataset.turn === shown));
    turnView(view, turn);
  }

  function row(turn) {
    const node = button(make("span", { class: "ins-time" }, clockTime(turn.start)), null, { class: "ins-turn-row", "data-turn": turn.id });
    node.append(make("span", { class: "ins-title" }, turn.user === null ? "turn" : nameOf(turn.user)), make("span", { class: "ins-summary" }, turn.text));
    node.addEventListener("click", () => {
      shown = turn.id;
      isPinned = true;
      draw();
    });
    return make("li", {}, node);
  }

  onFeed("entries", draw);
  return { show: draw };
}

/**
 * Groups the entries into turns. Events of the bot state their turn, or belong to the latest turn of their conversation. Exchanges belong
 * to the turn whose messages they concern. Without events of the bot, a turn begins with the webhook of a user's message and ends before
 * the next one.
 */
export function turnsOf(entries) {
  const turns = new Map();
  for (const entry of entries) if (entry.kind === "bot" && entry.data.turn) addEvent(turns, entry);
  const reported = [...turns.values()];
  for (const entry of entries) if (entry.kind === "bot" && !entry.data.turn) addLooseEvent(reported, entry);
  const open = new Map(); // user → the turn that a webhook began
  for (const entry of entries) {
    if (entry.kind !== "graph" && entry.kind !== "webhook") continue;
    const turn = reported.find(({ messages }) => messagesOf(entry).some((id) => messages.has(id)));
    if (turn) {
      turn.entries.push(entry);
      continue;
    }
    const { user, seq } = entry.data;
    if (userText(entry) !== null) {
      open.set(user, newTurn(`webhook-${seq}`, user));
      turns.set(`webhook-${seq}`, open.get(user));
    }
    if (open.has(user)) open.get(user).entries.push(entry);
    else if (entry.kind === "graph" && user === null) addByTime(reported, entry);
  }
  const all = [...turns.values()];
  for (const turn of all) finish(turn);
  return all.sort((a, b) => a.start - b.start);
}

function newTurn(id, user) {
  return { id, user, conversation: null, entries: [], messages: new Set(), outbox: new Set(), start: 0, end: 0, text: "" };
}

function addEvent(turns, entry) {
  const { turn: id, user, conversation } = entry.data;
  if (!turns.has(id)) turns.set(id, { ...newTurn(id, personWith(user)), conversation });
  join(turns.get(id), entry);
}

/** Adds an event without a turn, such as the attempt to send a reply after the end of its turn. */
function addLooseEvent(turns, entry) {
  const { name, conversation, data } = entry.data;
  const isSame = (turn) => turn.outbox.has(data.outbox) || messagesOf(entry).some((id) => turn.messages.has(id));
  // A message may arrive before its turn, so it does not belong to the turn before it.
  const isLater = (turn) => name !== "message.received" && conversation && turn.conversation === conversation && turn.entries[0].at <= entry.at;
  const turn = turns.find(isSame) ?? turns.findLast(isLater);
  if (turn) join(turn, entry);
}

function join(turn, entry) {
  for (const message of messagesOf(entry)) turn.messages.add(message);
  if (entry.data.data.outbox !== undefined) turn.outbox.add(entry.data.data.outbox);
  turn.entries.push(entry);
}

/** Adds a call without a user, such as an upload, to the turn at its time. */
function addByTime(turns, entry) {
  const turn = turns.findLast(({ entries }) => entries[0]?.at <= entry.at && entry.at <= entries.at(-1).at);
  if (turn) turn.entries.push(entry);
}

function finish(turn) {
  turn.entries.sort((a, b) => a.at - b.at);
  turn.start = Math.min(...turn.entries.map(startOf));
  turn.end = Math.max(...turn.entries.map((entry) => startOf(entry) + lengthOf(entry)));
  const first = turn.entries.find((entry) => userText(entry) !== null);
  turn.text = first ? userText(first) : "";
  turn.user ??= turn.entries.find((entry) => entry.data.user && entry.kind !== "bot")?.data.user ?? null;
}

/** Returns the text of a user's message in a webhook, or null for other entries. */
function userText(entry) {
  if (entry.kind !== "webhook" || entry.data.user === null) return null;
  const changes = (entry.data.request.body?.json?.entry ?? []).flatMap(({ changes: all }) => all ?? []);
  return changes.some(({ value }) => value?.messages) ? summary(entry) : null;
}
