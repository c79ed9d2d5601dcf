// One screen of a flow JSON as a form.
//
// https://developers.facebook.com/docs/whatsapp/flows/reference/components

import { element } from "../../dom.js";
import { field } from "../dialog.js";

const TEXTS = { TextHeading: "h3", TextSubheading: "h4", TextBody: "p", TextCaption: "small", RichText: "p" };
const INPUTS = { email: "email", number: "number", password: "password", passcode: "password", phone: "tel" };

/**
 * Draws a screen. `state` has the data of the screen and the answers of the earlier screens. `act` receives the action of the person,
 * and the values: the answers of the form, and a function that fills in the references of a payload.
 */
export function drawScreen(screen, state, act) {
  const form = element("form", "form");
  const footers = [];
  const resolve = (value) => (typeof value === "string" ? fill(value, state, {}) : value);
  const draw = (child) => {
    if (!visible(child, resolve)) return;
    if (child.type === "Form" || child.type === "If" || child.type === "Switch") return nested(child, resolve).forEach(draw);
    if (child.type === "Footer") return footers.push(child);
    const node = component(child, resolve);
    if (node) form.append(node);
  };
  (screen.layout?.children ?? []).forEach(draw);
  const footer = footers[0];
  form.append(element("div", "buttons", element("button", "primary", resolve(footer?.label) ?? "Continue")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const answers = read(form);
    act(footer?.["on-click-action"], { form: answers, fill: (payload) => fillAll(payload, state, answers) });
  });
  return form;
}

function visible(child, resolve) {
  const wanted = child.visible === undefined ? true : resolve(child.visible);
  return wanted !== false && wanted !== "false";
}

/** Returns the children of a component without a look of its own. Conditions that the page cannot evaluate count as true. */
function nested(child, resolve) {
  if (child.type === "Switch") return child.cases?.[resolve(child.value)] ?? child.cases?.default ?? [];
  if (child.type === "If") return (resolve(child.condition) === false ? child.else : child.then) ?? [];
  return child.children ?? [];
}

function component(child, resolve) {
  const text = resolve(child.text);
  if (child.type in TEXTS) return element(TEXTS[child.type], "", [text].flat().join("\n"));
  const shared = { name: child.name, required: child.required === true };
  const label = resolve(child.label) ?? child.name ?? "";
  switch (child.type) {
    case "TextInput":
      return withHelp(child, field(label, { ...shared, type: INPUTS[child["input-type"]] ?? "text", value: resolve(child["init-value"]) ?? "" }));
    case "TextArea":
      return withHelp(child, field(label, shared, element("textarea")));
    case "DatePicker":
    case "CalendarPicker":
      return field(label, { ...shared, type: "date" });
    case "Dropdown":
      return dropdown(label, shared, resolve(child["data-source"]) ?? []);
    case "RadioButtonsGroup":
      return choices(label, shared, resolve(child["data-source"]) ?? [], "radio");
    case "CheckboxGroup":
    case "ChipsSelector":
      return choices(label, shared, resolve(child["data-source"]) ?? [], "checkbox");
    case "OptIn":
      return choices("", shared, [{ id: "true", title: label }], "checkbox", "flag");
    case "Image":
      return element("p", "hint", resolve(child["alt-text"]) ?? "Picture");
    case "EmbeddedLink":
      return element("p", "", text ?? "");
    default:
      return null;
  }
}

const withHelp = (child, node) => {
  if (child["helper-text"]) node.append(element("small", "", child["helper-text"]));
  return node;
};

function dropdown(label, shared, source) {
  const select = element("select");
  select.append(new Option("", ""), ...source.map((entry) => new Option(entry.title, entry.id)));
  return field(label, shared, select);
}

function choices(label, { name, required }, source, type, kind = "many") {
  const group = element("fieldset", "", element("legend", label ? "" : "hidden", label || name));
  group.dataset.name = name;
  group.dataset.kind = type === "radio" ? "one" : kind;
  for (const entry of source) {
    const input = element("input");
    Object.assign(input, { type, name, value: entry.id, required: required && (type === "radio" || kind === "flag") });
    group.append(element("label", "row-choice", element("span", "titles", entry.title), input));
  }
  return group;
}

/** Returns the answers of a form: texts, lists of choices, and flags. */
function read(form) {
  const values = new FormData(form);
  const answers = Object.fromEntries(values);
  for (const group of form.querySelectorAll("fieldset[data-name]")) {
    const { name, kind } = group.dataset;
    if (kind === "many") answers[name] = values.getAll(name);
    else if (kind === "flag") answers[name] = values.has(name);
  }
  return answers;
}

/** Replaces a reference such as `${form.name}` by its value. Other texts stay as they are. */
function fill(text, { data, answers }, form) {
  const found = /^\$\{(data|form|screen)\.([^}]+)\}$/.exec(text);
  if (!found) return text;
  const [, root, path] = found;
  if (root !== "screen") return (root === "data" ? data : form)[path];
  const [id, , name] = path.split("."); // screen.ID.form.name
  return answers[id]?.[name];
}

function fillAll(value, state, form) {
  if (typeof value === "string") return fill(value, state, form) ?? "";
  if (Array.isArray(value)) return value.map((entry) => fillAll(entry, state, form));
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, fillAll(entry, state, form)]));
  return value;
}
