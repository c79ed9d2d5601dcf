// Pictures, videos, voice notes, audio files, documents and stickers.

import { button, element } from "../../dom.js";
import { isOwn } from "../chats.js";
import { openDialog } from "../dialog.js";
import { icon } from "../icons.js";
import { playVoice } from "../outbox.js";
import { mediaUrl } from "../server.js";
import { duration, size } from "../summary.js";

/** Draws the file of a message. */
export function medium(chat, { message }) {
  const { type, media } = message;
  if (type === "image" || type === "sticker") {
    const words = message.text || (isOwn(chat, message) ? `${type} you sent` : `${type} you received`);
    return type === "image" ? picture(media.url, words) : sticker(media.url, words);
  }
  if (type === "video") return video(media.url, "Video");
  if (type === "audio") return player(media, () => !isOwn(chat, message) && media.voice && playVoice(chat, message.id));
  return file(media.url, media.filename || "Document", media);
}

/** Draws the media of a header or a card: an object with an id or a link. */
export function headerMedium(message, header) {
  const object = header[header.type];
  const url = mediaUrl(message, object);
  if (header.type === "image") return picture(url, "Picture of the message");
  if (header.type === "video") return video(url, "Video of the message");
  return file(url, object?.filename || "Document", null);
}

function picture(url, words) {
  const image = element("img");
  image.src = url;
  image.alt = words;
  const open = button("image", `Enlarge: ${words}`, () => enlarge(url, words), image);
  image.addEventListener("error", () => open.replaceWith(element("p", "gone", "This picture cannot be displayed.")), { once: true });
  return open;
}

function enlarge(url, words) {
  const { content, dialog } = openDialog("Picture", "lightbox");
  const image = element("img");
  image.src = url;
  image.alt = words;
  content.append(image);
  dialog.querySelector("button").focus();
}

function sticker(url, words) {
  const image = element("img", "sticker");
  image.src = url;
  image.alt = words;
  return image;
}

function video(url, words) {
  const node = element("video");
  node.src = url;
  node.controls = true;
  node.preload = "metadata";
  node.setAttribute("aria-label", words);
  return node;
}

/** Draws the player of a voice note or an audio file. */
function player(media, onPlay) {
  const audio = element("audio");
  audio.src = media.url;
  audio.preload = "metadata";
  const position = element("input");
  Object.assign(position, { type: "range", min: 0, max: 1, step: "any", value: 0 });
  position.setAttribute("aria-label", "Position");
  const left = element("span", "length", "0:00");
  const toggle = button("icon", "Play", () => (audio.paused ? audio.play() : audio.pause()), icon("play"));
  const show = () => {
    toggle.replaceChildren(icon(audio.paused ? "play" : "pause"));
    toggle.setAttribute("aria-label", audio.paused ? "Play" : "Pause");
    left.textContent = duration(audio.paused && audio.currentTime === 0 ? audio.duration : audio.currentTime);
    position.value = audio.currentTime / (audio.duration || 1) || 0;
    position.setAttribute("aria-valuetext", `${left.textContent}`);
  };
  for (const type of ["play", "pause", "timeupdate", "loadedmetadata", "durationchange"]) audio.addEventListener(type, show);
  audio.addEventListener("ended", () => (audio.currentTime = 0));
  audio.addEventListener("play", onPlay, { once: true });
  audio.addEventListener("error", () => (left.textContent = "cannot be played here"), { once: true });
  position.addEventListener("input", () => (audio.currentTime = Number(position.value) * (audio.duration || 0)));
  const kind = element("span", `voice-icon ${media.voice ? "" : "plain"}`, icon("mic"));
  const node = element("div", "player", toggle, position, left, kind, audio);
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", media.voice ? "Voice note" : "Audio");
  return node;
}

/** Draws a document. A click saves it. */
function file(url, name, media) {
  const link = element("a", "file");
  link.href = url;
  link.download = name;
  const extension = name.includes(".") ? name.split(".").pop().toUpperCase().slice(0, 5) : "FILE";
  const facts = media ? [extension, size(media.size)].join(" · ") : extension;
  link.append(icon("document"), element("span", "titles", element("strong", "", name), element("span", "facts", facts)));
  return link;
}
