// Names of the emulated users.

import { get } from "./api.js";
import { feed, onFeed } from "./feed.js";

const changes = new EventTarget();
let people = [];
let isLoading = false;

/** Returns the users: `{id, name, phone, bsuid}`. */
export const allPeople = () => people;

/** Returns the name of a user. */
export const nameOf = (id) => people.find((person) => person.id === id)?.name ?? (id === null ? "" : `user ${id}`);

/** Returns how actions name a user. */
export const addressOf = (person) => (person.phone ? `+${person.phone.replace(/^\+/, "")}` : (person.bsuid ?? person.name));

/** Returns the id of the user with a phone number or a BSUID, or null. */
export function personWith(address) {
  if (!address) return null;
  const digits = address.replace(/\D/g, "");
  const found = people.find((person) => person.bsuid === address || (person.phone && person.phone.replace(/\D/g, "") === digits));
  return found?.id ?? null;
}

export const onPeople = (listener) => changes.addEventListener("change", listener);

export async function loadPeople() {
  if (isLoading) return;
  isLoading = true;
  try {
    people = (await get("/phone/state")).chats;
    changes.dispatchEvent(new Event("change"));
  } catch (error) {
    console.warn(error.message);
  } finally {
    isLoading = false;
  }
}

// New users have names that the page does not know.
let joined = 0;
onFeed("entries", () => {
  const now = feed().filter((entry) => entry.kind === "timeline" && entry.data.event.joined).length;
  if (now !== joined) loadPeople();
  joined = now;
});
