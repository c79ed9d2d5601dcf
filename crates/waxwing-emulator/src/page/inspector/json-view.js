// JSON with indentation and colors.

import { make } from "./elements.js";

const TOKENS = /("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Renders JSON as a block that can be scrolled. */
export function jsonView(value, label) {
  const code = make("code", {});
  const text = JSON.stringify(value, null, 2);
  let end = 0;
  for (const token of text.matchAll(TOKENS)) {
    const [whole, string, colon] = token;
    const kind = colon ? "ins-key" : string ? "ins-string" : "ins-literal";
    code.append(text.slice(end, token.index), make("span", { class: kind }, string ?? whole));
    end = token.index + (string ?? whole).length;
  }
  code.append(text.slice(end));
  return textBlock(code, label);
}

/** Renders a text as a block that can be scrolled by keyboard. */
export function textBlock(content, label) {
  return make("pre", { class: "ins-code", tabindex: "0", role: "region", "aria-label": label }, content);
}
