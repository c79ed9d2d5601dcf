// WhatsApp's text formatting as DOM nodes. The code never parses HTML.
//
// Blocks: ``` code ```, "> " quotes, "- " or "* " bullets, "1. " numbers. Inline: *bold*, _italic_, ~strike~, `code`, bare links.

import { element } from "../dom.js";

const MARKS = { "*": "strong", "_": "em", "~": "s" };
const BLOCKS = [
  { start: /^> /, list: "blockquote", item: "p" },
  { start: /^[-*] /, list: "ul", item: "li" },
  { start: /^\d{1,3}\. /, list: "ol", item: "li" },
];

/** Renders a text as a document fragment. */
export function format(text) {
  const fragment = document.createDocumentFragment();
  // The odd parts of the split are code blocks.
  text.split(/```([\s\S]+?)```/).forEach((part, index) => {
    if (index % 2 === 1) {
      fragment.append(element("pre", "", element("code", "", part.replace(/^\n|\n$/g, ""))));
    } else if (part !== "") {
      blocks(index > 0 ? part.replace(/^\n/, "") : part, fragment);
    }
  });
  return fragment;
}

function blocks(text, parent) {
  let open = null; // list or quote of the previous line
  let plain = []; // lines of the current paragraph
  const flush = () => {
    if (plain.length > 0) inline(plain.join("\n"), parent.appendChild(element("p")));
    plain = [];
  };
  for (const line of text.split("\n")) {
    const block = BLOCKS.find(({ start }) => start.test(line));
    if (!block) {
      open = null;
      plain.push(line);
      continue;
    }
    flush();
    if (open?.block !== block) {
      open = { block, node: parent.appendChild(element(block.list)) };
      if (block.list === "ol") open.node.start = Number.parseInt(line, 10);
    }
    inline(line.replace(block.start, ""), open.node.appendChild(element(block.item)));
  }
  flush();
}

function inline(text, parent) {
  let plain = "";
  const push = (node, end) => {
    if (plain) parent.append(plain);
    plain = "";
    parent.append(node);
    return end;
  };
  for (let at = 0; at < text.length; ) {
    const char = text[at];
    const link = linkAt(text, at);
    const end = char === "`" ? text.indexOf("`", at + 1) : closing(text, at);
    if (link) {
      at = push(link.node, link.end);
    } else if (char === "`" && end > at + 1) {
      at = push(element("code", "", text.slice(at + 1, end)), end + 1);
    } else if (char in MARKS && end > 0) {
      const node = element(MARKS[char]);
      inline(text.slice(at + 1, end), node);
      at = push(node, end + 1);
    } else {
      plain += char;
      at += 1;
    }
  }
  if (plain) parent.append(plain);
}

/** Returns the index of the closing mark, or -1 if the mark at `at` opens nothing. Both marks are at word edges on the same line. */
function closing(text, at) {
  const mark = text[at];
  if (!(mark in MARKS) || isWord(text[at - 1]) || isBlank(text[at + 1]) || text[at + 1] === mark) return -1;
  for (let end = at + 2; end < text.length && text[end] !== "\n"; end += 1) {
    if (text[end] === mark && !isBlank(text[end - 1]) && !isWord(text[end + 1])) return end;
  }
  return -1;
}

function linkAt(text, at) {
  if (text[at] !== "h" || isWord(text[at - 1])) return null;
  const found = /^https?:\/\/[^\s<>"]+/.exec(text.slice(at, at + 2048));
  if (!found) return null;
  const url = found[0].replace(/[.,;:!?)\]}'*_~]+$/, "");
  if (!URL.canParse(url)) return null;
  const node = element("a", "", url);
  node.href = url;
  node.target = "_blank";
  node.rel = "noopener noreferrer";
  return { node, end: at + url.length };
}

const isWord = (char) => char !== undefined && /[\p{L}\p{N}]/u.test(char);
const isBlank = (char) => char === undefined || /\s/.test(char);
