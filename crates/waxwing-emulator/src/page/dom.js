/** Creates an element with a class (or none) and children. Strings become text nodes. */
export function element(name, className, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children);
  return node;
}
