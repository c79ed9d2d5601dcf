// Sheet with the rows of a list message.

import { button, element } from "../../dom.js";
import { openDialog } from "../dialog.js";
import { tapOption } from "../outbox.js";

/** Opens the list of a message. The person chooses a row, and sends it. */
export function openList(chat, message, action) {
  const { content, close } = openDialog(action.button ?? "Options", "sheet");
  const form = element("form", "list");
  const rows = [];
  for (const section of action.sections ?? []) {
    const group = element("fieldset", "");
    group.append(element("legend", section.title ? "" : "hidden", section.title ?? "Options"));
    for (const row of section.rows ?? []) {
      const input = element("input");
      Object.assign(input, { type: "radio", name: "row", value: String(rows.length) });
      rows.push(row);
      const words = element("span", "titles", element("strong", "", row.title));
      if (row.description) words.append(element("span", "facts", row.description));
      group.append(element("label", "row-choice", words, input));
    }
    form.append(group);
  }
  const send = element("button", "primary", "Send");
  send.disabled = true;
  form.append(element("div", "buttons", button("", "", close, "Cancel"), send));
  form.addEventListener("change", () => (send.disabled = false));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const row = rows[Number(new FormData(form).get("row"))];
    close();
    tapOption(chat, row.title, message.id, row.id);
  });
  content.append(form);
  form.querySelector("input")?.focus();
}
