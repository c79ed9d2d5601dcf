/** Creates an element with a class (or none) and children. Strings become text nodes; null and undefined are left out. */
export function element(name, className, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Creates a button. `label` is its accessible name if its children have no text. */
export function button(className, label, onClick, ...children) {
  const node = element("button", className, ...children);
  node.type = "button";
  if (label) {
    node.setAttribute("aria-label", label);
    node.title = label;
  }
  if (onClick) node.addEventListener("click", onClick);
  return node;
}

/** Returns the element with an id. */
export const byId = (id) => document.getElementById(id);
