// Composer: text, files, quotes, edits.

import { button, byId, element } from "../dom.js";
import { senderName } from "./chats.js";
import { openMenu } from "./dialog.js";
import { icon } from "./icons.js";
import { edit, sendFiles, sendText } from "./outbox.js";
import { openContact, openLocation, openStickers } from "./sheets/forms.js";
import { changed, currentChat, notice, onChange } from "./state.js";
import { size, summary } from "./summary.js";
import { canRecord, startRecording, stopRecording } from "./voice.js";

const MAX_FILE = 16 * 1024 * 1024;
const MAX_FILES = 30;
const composer = byId("composer");
const previews = new Map(); // URLs of the pictures in the tray
let shown = null; // key of the chat whose draft is in the composer
let drawnFiles = null;

/** Connects the composer with its elements. */
export function startComposer() {
  onChange(draw);
  byId("form").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  composer.addEventListener("input", () => {
    const chat = currentChat();
    if (chat) chat.draft.text = composer.value;
    resize();
  });
  composer.addEventListener("keydown", onKey);
  for (const id of ["file", "file-document"]) {
    byId(id).addEventListener("change", (event) => {
      attach([...event.target.files], id === "file-document" ? "document" : null);
      event.target.value = "";
      composer.focus();
    });
  }
  byId("attach").addEventListener("click", attachMenu);
  byId("voice").addEventListener("click", () => startRecording(takeReply(currentChat())));
  byId("recording-send").addEventListener("click", () => stopRecording(true));
  byId("recording-cancel").addEventListener("click", () => stopRecording(false));
  byId("unquote").addEventListener("click", cancel);
  byId("detach").addEventListener("click", () => {
    currentChat().draft.files = [];
    changed();
    composer.focus();
  });
  startDrops();
}

/** Quotes a message in the next one. */
export function startReply(chat, message) {
  Object.assign(chat.draft, { replyTo: message, edits: null });
  changed();
  composer.focus();
}

/** Puts the text of an own message into the composer. */
export function startEdit(chat, item) {
  Object.assign(chat.draft, { replyTo: null, edits: item.message, text: item.message.text ?? "", files: [] });
  shown = null;
  changed();
  composer.focus();
}

/** Puts a text into the composer. */
export function propose(text) {
  const chat = currentChat();
  if (!chat) return;
  chat.draft.text = text;
  shown = null;
  changed();
  composer.focus();
}

function cancel() {
  const { draft } = currentChat();
  if (draft.edits) draft.text = "";
  Object.assign(draft, { replyTo: null, edits: null });
  shown = null;
  changed();
  composer.focus();
}

/** Returns the draft of a chat, and empties it. */
function take(chat) {
  const draft = chat.draft;
  chat.draft = { text: "", files: [], replyTo: null, edits: null };
  shown = null;
  changed();
  return draft;
}

/** Returns the id of the quoted message of a draft, and removes the quote. */
function takeReply({ draft }) {
  const id = draft.replyTo?.id;
  draft.replyTo = null;
  changed();
  return id;
}

async function submit() {
  const chat = currentChat();
  const text = composer.value.trim();
  if (!chat || (text === "" && chat.draft.files.length === 0)) return;
  const draft = take(chat);
  draft.text = text;
  notice("");
  try {
    if (draft.edits) await edit(chat, draft.edits.id, text);
    else if (draft.files.length > 0) await sendAll(chat, draft);
    else await sendText(chat, text, draft.replyTo?.id);
  } catch {
    // The text returns to the composer if nothing else is there.
    if (chat.draft.text === "" && chat.draft.files.length === 0) chat.draft = draft;
    shown = null;
    changed();
  }
}

/** Sends the files, one message each. Only the first has the caption. */
function sendAll(chat, { files, text, replyTo }) {
  const sent = files.map(({ file, kind }, index) => {
    const isFirst = index === 0;
    return sendFiles(chat, file, { kind, caption: isFirst ? text : "", replyTo: isFirst ? replyTo?.id : undefined });
  });
  return Promise.all(sent);
}

function onKey(event) {
  const touch = matchMedia("(pointer: coarse)").matches;
  const chat = currentChat();
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !touch) {
    event.preventDefault();
    submit();
  } else if (event.key === "Escape" && (chat?.draft.replyTo || chat?.draft.edits)) {
    event.preventDefault();
    cancel();
  } else if (event.key === "ArrowUp" && composer.value === "") {
    event.preventDefault();
    byId("log").focus(); // the log moves on to its last message
  }
}

function attach(files, kind = null) {
  const chat = currentChat();
  if (!chat) return;
  for (const file of files) {
    if (file.size > MAX_FILE) notice(`${file.name || "The file"} is too large. The limit is 16 MB.`);
    else if (chat.draft.files.length >= MAX_FILES) notice(`At most ${MAX_FILES} files can be sent at once.`);
    else chat.draft.files = [...chat.draft.files, { file, kind }];
  }
  changed();
}

function attachMenu() {
  const chat = currentChat();
  if (!chat) return;
  const reply = () => takeReply(chat);
  openMenu(byId("attach"), "Attach", [
    { label: "Photos and videos", icon: "camera", run: () => byId("file").click() },
    { label: "Document", icon: "document", run: () => byId("file-document").click() },
    { label: "Sticker", icon: "sticker", run: () => openStickers(chat, reply()) },
    { label: "Location", icon: "location", run: () => openLocation(chat, reply()) },
    { label: "Contact", icon: "person", run: () => openContact(chat, reply()) },
  ]);
}

function draw() {
  const chat = currentChat();
  byId("form").hidden = !chat;
  if (!chat) return;
  if (shown !== chat.key) {
    // Without an earlier chat, the composer holds a text that was typed while the page loaded.
    if (shown !== null || chat.draft.text !== "" || document.activeElement !== composer || composer.dataset.used) composer.value = chat.draft.text;
    else chat.draft.text = composer.value;
    composer.dataset.used = "yes";
    shown = chat.key;
  }
  drawStrip(chat);
  if (drawnFiles !== chat.draft.files) drawTray(chat);
  resize();
}

function drawStrip({ draft: { replyTo, edits } }) {
  const about = edits ?? replyTo;
  byId("quoting").hidden = !about;
  byId("unquote").setAttribute("aria-label", edits ? "Cancel the edit" : "Remove the quote");
  if (!about) return;
  const name = edits ? "Edit message" : senderName(currentChat(), replyTo);
  byId("quoting-text").replaceChildren(element("strong", "", name), element("span", "", summary(about)));
}

function drawTray(chat) {
  const { files } = chat.draft;
  drawnFiles = files;
  for (const [file, url] of previews) {
    if (files.some((entry) => entry.file === file)) continue;
    URL.revokeObjectURL(url);
    previews.delete(file);
  }
  byId("attachment").hidden = files.length === 0;
  if (files.length === 0) return;
  const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
  byId("attachment-name").textContent = files.length === 1 ? files[0].file.name || "image" : `${files.length} files`;
  byId("attachment-size").textContent = `${size(bytes)} · your text becomes the caption`;
  byId("previews").replaceChildren(...files.map((entry) => preview(chat, entry)));
}

function preview(chat, { file, kind }) {
  const remove = () => {
    chat.draft.files = chat.draft.files.filter((entry) => entry.file !== file);
    changed();
    composer.focus();
  };
  const node = button("preview", `Remove ${file.name || "the file"}`, remove);
  if (!file.type.startsWith("image/") || kind === "document") return node.append(icon("document")), node;
  if (!previews.has(file)) previews.set(file, URL.createObjectURL(file));
  const image = element("img");
  image.src = previews.get(file);
  image.alt = "";
  node.append(image);
  return node;
}

function resize() {
  composer.style.height = "auto";
  // The scroll height excludes the border, the height includes it.
  const border = composer.offsetHeight - composer.clientHeight;
  composer.style.height = `${Math.min(composer.scrollHeight + border, 160)}px`;
  const isEmpty = composer.value.trim() === "" && (currentChat()?.draft.files.length ?? 0) === 0;
  byId("send").disabled = isEmpty;
  byId("send").hidden = isEmpty && canRecord();
  byId("voice").hidden = !isEmpty || !canRecord();
}

function startDrops() {
  const phone = byId("phone");
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    attach(files);
  });
  for (const type of ["dragenter", "dragover"]) {
    phone.addEventListener(type, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      phone.classList.add("dropping");
    });
  }
  phone.addEventListener("dragleave", (event) => {
    if (!phone.contains(event.relatedTarget)) phone.classList.remove("dropping");
  });
  phone.addEventListener("drop", (event) => {
    event.preventDefault();
    phone.classList.remove("dropping");
    attach([...(event.dataTransfer?.files ?? [])]);
  });
}
