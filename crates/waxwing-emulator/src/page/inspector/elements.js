// Elements of the inspector. Text enters the page as text nodes only.

/** Creates an element with attributes and children. Strings become text nodes; null and undefined are left out. */
export function make(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== undefined) node.setAttribute(key, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Creates a button. */
export function button(text, onClick, attributes = {}) {
  const node = make("button", { type: "button", class: "ins-button", ...attributes }, text);
  if (onClick) node.addEventListener("click", onClick);
  return node;
}

/** Creates a labelled input. Returns the label and the input. */
export function field(label, attributes = {}, name = "input") {
  const input = make(name, attributes);
  return { label: make("label", { class: "ins-field" }, make("span", {}, label), input), input };
}

/** Creates a labelled choice. `options` are pairs of value and text. */
export function choice(label, options, attributes = {}) {
  const made = field(label, attributes, "select");
  made.input.append(...options.map(([value, text]) => make("option", { value }, text)));
  return made;
}

/** Creates a line that shows the result of an action to everybody, and to screen readers. */
export function resultLine() {
  const node = make("p", { class: "ins-result", role: "status" });
  return {
    node,
    say: (text) => {
      node.classList.remove("ins-bad");
      node.textContent = text;
    },
    fail: (error) => {
      node.classList.add("ins-bad");
      node.textContent = error.message;
    },
  };
}

/** Creates a section with a heading. */
export function section(title, ...children) {
  return make("section", { class: "ins-section" }, make("h2", {}, title), ...children);
}

/** Returns a time of day with milliseconds. */
export function clockTime(at) {
  const date = new Date(at);
  const part = (number, length = 2) => String(number).padStart(length, "0");
  return `${part(date.getHours())}:${part(date.getMinutes())}:${part(date.getSeconds())}.${part(date.getMilliseconds(), 3)}`;
}

/** Returns a duration in milliseconds as a short text. */
export function duration(milliseconds) {
  if (milliseconds >= 1_000) return `${(milliseconds / 1000).toFixed(milliseconds >= 10_000 ? 1 : 2)} s`;
  return milliseconds >= 10 ? `${Math.round(milliseconds)} ms` : `${milliseconds.toFixed(1)} ms`;
}

/** Copies a text. Without the clipboard of a secure page, a hidden text field does it. */
export async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = make("textarea", { class: "ins-hidden", "aria-hidden": "true" });
  area.value = text;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  if (!isCopied) throw new Error("The browser does not allow copying.");
}
