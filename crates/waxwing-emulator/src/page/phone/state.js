// State of the page, in one place. Modules change it and call `changed`; the views draw it in the next frame.

export const state = {
  online: true,
  business: { name: "…", phone: "" },
  numbers: [],
  /** Clock of the emulator: its difference to the clock of the browser, and whether it runs. A frozen clock stands at `now`. */
  clock: { skew: 0, runs: true, now: 0 },
  /** Time of the emulator at which the page was loaded. */
  loadedAt: 0,
  /** Emulated users by id. */
  people: new Map(),
  /** Chats by key. */
  chats: new Map(),
  /** Key of the open chat. */
  current: null,
  /** Whether a narrow screen shows the list of chats instead of the open chat. */
  showsList: false,
  search: "",
  notice: "",
  /** Id of the message to which the open chat scrolls. */
  target: null,
};

const views = new Set();
let frame = 0;

/** Calls `view` after changes, once for all changes of a frame. */
export function onChange(view) {
  views.add(view);
}

/** Asks for a new drawing of the page. */
export function changed() {
  frame ||= requestAnimationFrame(() => {
    frame = 0;
    for (const view of views) view();
  });
}

/** Returns the open chat, or undefined. */
export const currentChat = () => state.chats.get(state.current);

/** Shows a text above the messages. An empty text removes it. */
export function notice(text) {
  state.notice = text;
  changed();
}

/** Returns the time of the emulator, in milliseconds. */
export const now = () => (state.clock.runs ? Date.now() + state.clock.skew : state.clock.now);
