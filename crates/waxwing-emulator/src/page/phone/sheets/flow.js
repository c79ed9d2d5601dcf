// Sheet with the form of a flow.

import { button, element } from "../../dom.js";
import { field, openDialog, openForm } from "../dialog.js";
import { completeFlow } from "../outbox.js";
import { act, flow } from "../server.js";
import { notice } from "../state.js";
import { drawScreen } from "./flow-screen.js";

/** Opens the flow of a message: the form of its flow JSON, or a form with free fields if the emulator has no flow JSON. */
export async function openFlow(chat, message, parameters = {}) {
  try {
    await act(chat, "opens_flow", { message: message.id });
    const opened = await flow(chat);
    if (opened.error) return notice(`The flow shows an error. ${opened.error}`);
    if (opened.json?.screens?.length > 0) return openScreens(chat, message, opened);
  } catch (error) {
    return notice(`The flow cannot be opened. ${error.message}`);
  }
  openFree(chat, message, parameters.flow_action_payload?.data ?? {});
}

/** Opens the screens of a flow JSON. The endpoint of the flow, if it has one, chooses screens and ends the flow. */
function openScreens(chat, message, opened) {
  const { json } = opened;
  const { content, close, error, dialog } = openDialog("Flow", "sheet flow");
  const heading = dialog.querySelector("h2");
  const answers = {}; // form values by screen
  const show = (id, data) => {
    const screen = json.screens.find((candidate) => candidate.id === id) ?? json.screens[0];
    heading.textContent = screen.title || screen.id;
    error("");
    const run = async (action, values) => {
      answers[screen.id] = values.form;
      const payload = action?.payload ? values.fill(action.payload) : null;
      if (action?.name === "navigate") return show(action.next?.name, payload ?? {});
      try {
        if (action?.name === "data_exchange") return await exchange(payload ?? values.form);
        await completeFlow(chat, message.id, payload ?? Object.assign({}, ...Object.values(answers)));
        close();
      } catch (problem) {
        error(problem.message);
      }
    };
    content.replaceChildren(drawScreen(screen, { data: { ...examples(screen.data), ...data }, answers }, run));
    content.querySelector("input, textarea, select, button")?.focus();
  };
  const exchange = async (data) => {
    await act(chat, "submits_flow_screen", { data });
    const next = await flow(chat);
    if (next.error) throw new Error(next.error);
    if (next.state === "completed") return close();
    show(next.screen, next.data ?? {});
  };
  show(opened.screen, opened.data ?? {});
}

/** Returns the example values of the data of a screen. */
const examples = (data = {}) => Object.fromEntries(Object.entries(data).map(([name, schema]) => [name, schema?.__example__]));

/** Opens a form with free fields. */
function openFree(chat, message, data) {
  const rows = element("div", "rows");
  const add = (name = "", value = "") => {
    const index = rows.children.length;
    const remove = button("icon", "Remove the field", () => row.remove(), "×");
    const row = element("div", "columns", field("Field", { name: `name-${index}`, value: name }), field("Answer", { name: `value-${index}`, value }), remove);
    rows.append(row);
  };
  const entries = Object.entries(data).filter(([, value]) => typeof value === "string");
  for (const [name, value] of entries) add(name, value);
  if (entries.length === 0) add("answer", "");
  const hint = element("p", "hint", "The emulator has no flow JSON of this flow. These fields become the answers.");
  openForm("Flow", [hint, rows, button("more", "", () => add(), "Add a field")], "Complete", async (values) => {
    const response = {};
    for (const [key, name] of values) {
      if (key.startsWith("name-") && name.trim()) response[name.trim()] = values.get(key.replace("name-", "value-")) ?? "";
    }
    await completeFlow(chat, message.id, response);
  }, "sheet flow");
}
