// Cards of places and contacts.

import { button, element } from "../../dom.js";
import { openDialog } from "../dialog.js";
import { icon } from "../icons.js";

/** Draws a place. The map is a drawing: the page loads nothing from other sites. */
export function location({ latitude, longitude, name, address }) {
  const link = element("a", "place");
  link.href = `https://www.google.com/maps?q=${Number(latitude)},${Number(longitude)}`;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  const map = element("span", "map", icon("location"));
  const words = element("span", "titles");
  if (name) words.append(element("strong", "", name));
  if (address) words.append(element("span", "facts", address));
  words.append(element("span", "facts", `${latitude}, ${longitude}`));
  link.append(map, words);
  return link;
}

/** Draws the cards of contacts. */
export function contacts(chat, list) {
  return (Array.isArray(list) ? list : []).map((contact) => card(chat, contact));
}

function card(chat, contact) {
  const name = contact.name?.formatted_name ?? "Contact";
  const facts = [contact.org?.company, contact.phones?.[0]?.phone ?? contact.phones?.[0]?.wa_id].filter(Boolean).join(" · ");
  const head = element("div", "contact", element("span", "avatar", icon("person")), element("span", "titles", element("strong", "", name), element("span", "facts", facts)));
  return element("div", "card", head, element("ul", "options", element("li", "", button("option", "", () => details(name, contact), "View contact"))));
}

function details(name, contact) {
  const { content } = openDialog(name, "sheet");
  const rows = element("dl", "details");
  const add = (term, value) => value && rows.append(element("dt", "", term), element("dd", "", String(value)));
  add("Company", [contact.org?.title, contact.org?.department, contact.org?.company].filter(Boolean).join(", "));
  for (const phone of contact.phones ?? []) add(`Phone${phone.type ? ` (${phone.type.toLowerCase()})` : ""}`, phone.phone ?? phone.wa_id);
  for (const email of contact.emails ?? []) add("Email", email.email);
  for (const url of contact.urls ?? []) add("Web", url.url);
  for (const place of contact.addresses ?? []) add("Address", [place.street, place.zip, place.city, place.country].filter(Boolean).join(", "));
  add("Birthday", contact.birthday);
  content.append(rows.children.length > 0 ? rows : element("p", "", "The card has no further details."));
}
