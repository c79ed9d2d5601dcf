// The inspector: its tabs, next to the phone or alone.

import { controls } from "./controls.js";
import { button, make } from "./elements.js";
import { connect, onFeed } from "./feed.js";
import { loadPeople } from "./people.js";
import { traffic } from "./traffic.js";
import { turns } from "./turns.js";

const TABS = [
  { id: "traffic", title: "Traffic", panel: traffic },
  { id: "turns", title: "Turns", panel: turns },
  { id: "controls", title: "Controls", panel: controls },
];

/** Shows the inspector in an element. `isAlone` states whether the phone is on another page. */
export function mount(root, { isAlone }) {
  const tabs = TABS.map((tab) => ({ ...tab, node: tabButton(tab), body: panel(tab) }));
  const list = make("div", { class: "ins-tabs", role: "tablist", "aria-label": "Inspector" }, ...tabs.map((tab) => tab.node));
  const link = make("a", { href: isAlone ? "/" : "/inspector", class: "ins-link" }, isAlone ? "Phone" : "Open alone");
  const offline = make("p", { class: "ins-offline", role: "status", hidden: "" }, "Connection lost. Reconnecting…");
  const bar = make("header", { class: "ins-bar" }, make("h1", { class: "ins-name" }, "Inspector"), list, link);
  root.replaceChildren(bar, offline, ...tabs.map((tab) => tab.body));
  root.hidden = false;

  const open = (tab, focuses) => {
    for (const other of tabs) {
      const isOpen = other === tab;
      other.node.setAttribute("aria-selected", String(isOpen));
      other.node.tabIndex = isOpen ? 0 : -1;
      other.body.hidden = !isOpen;
    }
    tab.shown ??= tab.panel(tab.body);
    tab.shown.show?.();
    if (focuses) tab.node.focus();
  };
  for (const tab of tabs) tab.node.addEventListener("click", () => open(tab));
  list.addEventListener("keydown", (event) => {
    const at = tabs.findIndex((tab) => tab.node === document.activeElement);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (at < 0 || !step) return;
    event.preventDefault();
    open(tabs[(at + step + tabs.length) % tabs.length], true);
  });
  onFeed("online", (isOnline) => (offline.hidden = isOnline));
  loadPeople();
  connect();
  open(tabs[0]);
}

function tabButton({ id, title }) {
  const node = button(title, null, { class: "ins-tab", role: "tab", id: `ins-tab-${id}`, "aria-controls": `ins-${id}` });
  return node;
}

function panel({ id }) {
  return make("section", { class: "ins-panel", role: "tabpanel", id: `ins-${id}`, "aria-labelledby": `ins-tab-${id}`, hidden: "" });
}
