// Times and messages of an entry of the feed.

/** Returns the time at which an entry began. Events of the bot are reported after the work, except a wait. */
export function startOf({ kind, at, data }) {
  const took = data.data?.milliseconds;
  return kind === "bot" && took > 0 && data.name !== "turn.waiting" ? at - took : at;
}

/** Returns how long an entry took, in milliseconds. The wait for a burst has no known end; its event states the longest one. */
export function lengthOf({ kind, data }) {
  if (kind !== "bot") return data.milliseconds ?? 0;
  return data.name === "turn.waiting" ? 0 : (data.data.milliseconds ?? 0);
}

/** Returns the ids of the messages that an entry is about. */
export function messagesOf({ kind, data }) {
  if (kind !== "bot") return data.messages ?? [];
  const { message, messages } = data.data;
  return [message, ...(Array.isArray(messages) ? messages : [])].filter((id) => typeof id === "string");
}
