// Drawing of a list of nodes without touching those that stay the same. A node that is replaced would lose the focus, and a click on it.

/**
 * Makes `parent` show the `wanted` nodes, in order. Each has a key, a version, and a function `draw`, which receives the earlier node of
 * the key and returns a node: the same one or another. `drawn` keeps nodes and versions by key between calls.
 */
export function reconcile(parent, wanted, drawn) {
  const keys = new Set(wanted.map(({ key }) => key));
  for (const [key, { node }] of drawn) {
    if (keys.has(key)) continue;
    node.remove();
    drawn.delete(key);
  }
  let place = parent.firstChild;
  for (const { key, version, draw } of wanted) {
    const have = drawn.get(key);
    const node = have?.version === version ? have.node : draw(have?.node);
    if (have && have.node !== node) {
      if (have.node === place) place = place.nextSibling;
      have.node.remove();
    }
    drawn.set(key, { node, version });
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
  }
}
