// Dialogs and menus. The browser traps the focus in a dialog, closes it by Escape, and returns the focus.

import { button, element } from "../dom.js";
import { icon } from "./icons.js";

let count = 0;

/**
 * Opens a dialog with a title and returns `{ dialog, content, error, close }`. `error` shows a text. The dialog is removed when it closes.
 */
export function openDialog(title, className = "") {
  const dialog = element("dialog", `dialog ${className}`);
  const heading = element("h2", "", title);
  heading.id = `dialog-title-${(count += 1)}`;
  dialog.setAttribute("aria-labelledby", heading.id);
  const close = () => dialog.close();
  const content = element("div", "dialog-content");
  const problem = element("p", "error");
  problem.setAttribute("role", "alert");
  dialog.append(element("header", "dialog-head", button("icon", "Close", close, icon("close")), heading), content, problem);
  dialog.addEventListener("close", () => dialog.remove());
  // A click on the backdrop closes the dialog.
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  document.body.append(dialog);
  dialog.showModal();
  return { dialog, content, close, error: (text) => (problem.textContent = text) };
}

/** Opens a dialog with a form. `submit` receives the form's values, and returns after the work is done; its errors are shown. */
export function openForm(title, fields, label, submit, className = "") {
  const opened = openDialog(title, className);
  const send = element("button", "primary", label);
  const form = element("form", "form", ...fields, element("div", "buttons", button("", "", opened.close, "Cancel"), send));
  form.autocomplete = "off";
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    send.disabled = true;
    try {
      await submit(new FormData(form));
      opened.close();
    } catch (problem) {
      opened.error(problem.message);
    }
    send.disabled = false;
  });
  opened.content.append(form);
  (form.querySelector("[autofocus]") ?? form.querySelector("input, textarea, select"))?.focus();
  return { ...opened, form };
}

/** Returns a labelled field. `attributes` are those of the input. */
export function field(label, attributes, input = element("input")) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "boolean") input.toggleAttribute(name, value);
    else input.setAttribute(name, value);
  }
  return element("label", "field", element("span", "", label), input);
}

/**
 * Opens a menu next to an element. `items` are `{ label, run, icon, danger }`; `before` is a node above them. Arrow keys move, Escape closes.
 */
export function openMenu(anchor, label, items, before = null) {
  document.querySelector(".menu")?.hidePopover();
  const menu = element("div", "menu");
  menu.popover = "auto";
  menu.setAttribute("role", "menu");
  menu.setAttribute("aria-label", label);
  const close = () => menu.hidePopover();
  for (const item of items) {
    const entry = button(item.danger ? "danger" : "", "", null, item.icon ? icon(item.icon) : null, element("span", "", item.label));
    entry.setAttribute("role", "menuitem");
    entry.addEventListener("click", () => {
      close();
      item.run();
    });
    menu.append(entry);
  }
  if (before) menu.prepend(before);
  menu.addEventListener("keydown", (event) => move(menu, event, close));
  menu.addEventListener("toggle", (event) => {
    if (event.newState !== "closed") return;
    const hadFocus = menu.contains(document.activeElement) || document.activeElement === document.body;
    menu.remove();
    if (hadFocus) anchor.focus();
  });
  (anchor.closest("dialog, aside, main") ?? document.body).append(menu);
  menu.showPopover();
  placeAt(menu, anchor);
  menu.querySelector("button")?.focus();
  return close;
}

function move(menu, event, close) {
  const buttons = [...menu.querySelectorAll("button")];
  const at = buttons.indexOf(document.activeElement);
  const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  if (event.key in steps) buttons.at((at + steps[event.key]) % buttons.length).focus();
  else if (event.key === "Home") buttons[0].focus();
  else if (event.key === "End") buttons.at(-1).focus();
  else if (event.key === "Tab") close();
  else return;
  event.preventDefault();
}

function placeAt(menu, anchor) {
  const [box, own] = [anchor.getBoundingClientRect(), menu.getBoundingClientRect()];
  const below = box.bottom + own.height + 8 < innerHeight;
  const left = Math.min(Math.max(8, box.right - own.width), innerWidth - own.width - 8);
  menu.style.left = `${Math.max(8, left)}px`;
  menu.style.top = `${Math.max(8, below ? box.bottom + 4 : box.top - own.height - 4)}px`;
}
