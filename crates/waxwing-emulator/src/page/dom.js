/** A new element with a class (or none) and children: nodes, or strings that become text. */
export function element(name, className, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children);
  return node;
}
