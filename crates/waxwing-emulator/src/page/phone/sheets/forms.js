// Dialogs with forms: new chats, groups, locations, contacts, stickers.

import { button, element } from "../../dom.js";
import { chatName, groupKey } from "../chats.js";
import { field, openDialog, openForm } from "../dialog.js";
import { sendFiles, sendOther } from "../outbox.js";
import * as server from "../server.js";
import { state } from "../state.js";

const STICKERS = ["😀", "🎉", "❤️", "👍", "🌞", "🐦", "☕", "🚀"];
const STICKER_SIZE = 512; // pixels of a side, as WhatsApp requires

/** Opens the dialog for a chat as another user. `open` receives the key of the chat. */
export function openNewChat(open) {
  const phone = field("Phone number", { id: "new-phone", name: "phone", type: "tel", inputmode: "tel", value: suggestion() });
  const hidden = field("Hide the phone number (a user with a username)", { id: "new-hidden", name: "hidden", type: "checkbox" });
  hidden.classList.add("check");
  const input = phone.querySelector("input");
  hidden.querySelector("input").addEventListener("change", (event) => (input.disabled = event.target.checked));
  const name = field("Name", { id: "new-name", name: "name", required: true, maxlength: "100" });
  openForm("New chat as another user", [name, phone, hidden], "Open chat", async (values) => {
    const { id } = await server.openChat(values.get("name"), values.has("hidden") ? null : values.get("phone"));
    open(String(id));
  });
}

const suggestion = () => `+34 600 000 ${String(state.people.size).padStart(3, "0")}`;

/** Opens the dialog for a group of users. */
export function openNewGroup(open) {
  const people = [...state.people.values()];
  const group = element("fieldset", "", element("legend", "", "Participants (at most eight)"));
  for (const person of people) {
    const input = element("input");
    Object.assign(input, { type: "checkbox", name: "person", value: person.phone ?? person.bsuid ?? person.name });
    group.append(element("label", "row-choice", element("span", "titles", person.name), input));
  }
  const subject = field("Subject", { name: "subject", required: true, maxlength: "128" });
  openForm("New group", [subject, group], "Create group", async (values) => {
    const { id } = await server.createGroup(values.get("subject"), values.getAll("person"));
    open(groupKey(id));
  });
}

/** Opens the dialog for a location. `replyTo` is the message that asks for it. */
export function openLocation(chat, replyTo = null) {
  const number = (label, name, most, value) => field(label, { name, type: "number", step: "any", min: String(-most), max: String(most), value, required: true });
  const fields = [
    element("div", "columns", number("Latitude", "latitude", 90, "40.4168"), number("Longitude", "longitude", 180, "-3.7038")),
    field("Name of the place", { name: "name", value: "Puerta del Sol" }),
    field("Address", { name: "address", value: "Madrid" }),
  ];
  openForm("Send a location", fields, "Send location", async (values) => {
    const body = { latitude: Number(values.get("latitude")), longitude: Number(values.get("longitude")) };
    for (const name of ["name", "address"]) if (values.get(name).trim()) body[name] = values.get(name).trim();
    await sendOther(chat, "location", body, replyTo);
  });
}

/** Opens the dialog for a contact. */
export function openContact(chat, replyTo = null) {
  const fields = [
    field("Name", { name: "name", required: true, maxlength: "100" }),
    field("Phone number", { name: "phone", type: "tel", required: true, value: "+34 600 000 777" }),
    field("Company", { name: "company" }),
  ];
  openForm("Send a contact", fields, "Send contact", async (values) => {
    const contact = card(values.get("name").trim(), values.get("phone"), "other");
    if (values.get("company").trim()) contact.org = { company: values.get("company").trim() };
    await sendOther(chat, "contacts", [contact], replyTo);
  });
}

/** Sends the person's own number in reply to a request. */
export function shareOwnContact(chat, request) {
  const phone = state.people.get(chat.user)?.phone ?? "";
  return sendOther(chat, "contacts", [card(chatName(chat), phone ? `+${phone}` : "+34 600 000 000", "contact_request")], request);
}

function card(name, phone, origin) {
  const [first] = name.split(/\s+/);
  return { name: { formatted_name: name, first_name: first }, phones: [{ phone, wa_id: phone.replace(/\D/g, ""), type: "CELL" }], origin };
}

/** Opens the form of an address message. */
export function openAddress(chat, message) {
  const names = { name: "Name", phone_number: "Phone number", address: "Address", city: "City", state: "State", in_pin_code: "PIN code" };
  const fields = Object.entries(names).map(([name, label]) => field(label, { name, value: message.content?.action?.parameters?.values?.[name] ?? "" }));
  openForm("Address", fields, "Send address", async (values) => {
    const answers = { values: Object.fromEntries(values) };
    const reply = { name: "address_message", body: [...values.values()].filter(Boolean).join("\n"), response_json: JSON.stringify(answers) };
    await sendOther(chat, "interactive", { type: "nfm_reply", nfm_reply: reply }, message.id);
  }, "sheet");
}

/** Opens the stickers: some of the page's own, and one that is made from a picture. */
export function openStickers(chat, replyTo = null) {
  const { content, close, error } = openDialog("Stickers", "sheet");
  const send = async (draw) => {
    try {
      const file = await sticker(draw);
      close();
      await sendFiles(chat, file, { kind: "sticker", replyTo });
    } catch (problem) {
      error(problem.message);
    }
  };
  const grid = element("div", "stickers", ...STICKERS.map((emoji) => button("sticker-choice", `Send the sticker ${emoji}`, () => send((canvas) => drawEmoji(canvas, emoji)), emoji)));
  const picture = field("Sticker from a picture", { type: "file", accept: "image/*" });
  picture.querySelector("input").addEventListener("change", (event) => {
    const [file] = event.target.files;
    if (file) send((canvas) => drawPicture(canvas, file));
  });
  content.append(grid, picture);
  grid.querySelector("button").focus();
}

/** Returns a WebP file that `draw` has drawn. */
async function sticker(draw) {
  const canvas = element("canvas");
  [canvas.width, canvas.height] = [STICKER_SIZE, STICKER_SIZE];
  await draw(canvas.getContext("2d"));
  const blob = await new Promise((done) => canvas.toBlob(done, "image/webp", 0.8));
  if (blob?.type !== "image/webp") throw new Error("This browser cannot make WebP files.");
  return new File([blob], "sticker.webp", { type: "image/webp" });
}

function drawEmoji(context, emoji) {
  context.font = `${STICKER_SIZE * 0.76}px sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(emoji, STICKER_SIZE / 2, STICKER_SIZE / 2 + 20);
}

async function drawPicture(context, file) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(STICKER_SIZE / picture.width, STICKER_SIZE / picture.height);
  const [width, height] = [picture.width * scale, picture.height * scale];
  context.drawImage(picture, (STICKER_SIZE - width) / 2, (STICKER_SIZE - height) / 2, width, height);
}
