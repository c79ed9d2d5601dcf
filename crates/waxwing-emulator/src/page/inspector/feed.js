// Everything that happens, from the event stream: exchanges, events of the bot, events of the timeline.

const MAX_ENTRIES = 2_000;
const START = 400; // entries of each kind with which the page begins

const changes = new EventTarget();
let entries = [];
let keys = new Set();

/** Returns the entries in the order of their times: `{key, at, kind, data}` with kind `graph`, `webhook`, `bot` or `timeline`. */
export const feed = () => entries;

/** Calls `listener` at changes: `entries` for new entries (at most once per frame), `online` for the connection. */
export function onFeed(name, listener) {
  changes.addEventListener(name, (event) => listener(event.detail));
}

/** Connects to the stream. The browser resumes it after the last event. */
export function connect() {
  const source = new EventSource(`/control/events?last=${START}`);
  const receive = (kind) => (message) => {
    const data = JSON.parse(message.data);
    insert({ key: `${kind}-${data.seq}`, at: data.at, kind: kind === "exchange" ? data.kind : kind, data });
  };
  source.onopen = () => tell("online", true);
  for (const kind of ["timeline", "exchange", "bot"]) source.addEventListener(kind, receive(kind));
  source.addEventListener("reset", forget);
  source.onerror = () => {
    tell("online", false);
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 1000);
  };
}

/** Empties the page. The emulator keeps its logs. */
export function clear() {
  entries = [];
  tell("entries");
}

/** Forgets the entries of an earlier run, whose numbers begin again. */
function forget() {
  keys = new Set();
  clear();
}

function insert(entry) {
  if (keys.has(entry.key)) return;
  keys.add(entry.key);
  let at = entries.length;
  while (at > 0 && entries[at - 1].at > entry.at) at -= 1;
  entries.splice(at, 0, entry);
  if (entries.length > MAX_ENTRIES) entries.shift();
  announce();
}

let frame = 0;

function announce() {
  // A hidden page draws no frames, so the timer is the safe way to wait.
  frame ||= setTimeout(() => {
    frame = 0;
    tell("entries");
  }, 30);
}

function tell(name, detail) {
  changes.dispatchEvent(new CustomEvent(name, { detail }));
}
