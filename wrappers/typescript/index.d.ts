/** Starts `waxwing emulator` with these flags. The process ends with this one. */
export function start(...flags: string[]): Promise<WhatsApp>;

export interface WhatsApp {
  /** Environment variables for a bot, such as `WHATSAPP_ACCESS_TOKEN`. */
  environment: Record<string, string>;
  /** Base URL of the Graph API. */
  url: string;
  phoneNumberId: string;
  accessToken: string;
  verifyToken: string;
  appSecret: string;
  /** Calls an endpoint of the emulator, and returns its JSON. */
  call(method: string, path: string, body?: unknown): Promise<any>;
  /** Performs an action of the control API. */
  act(action: string, fields: object): Promise<any>;
  /** Sends all further webhooks to this URL. */
  setWebhook(url: string): Promise<void>;
  /** Serves the webhook of a bot. */
  serve(handler: (request: Request) => Promise<Response>): Promise<void>;
  /** Returns a user. Without a phone number, the user hides it. */
  user(phone?: string | null, name?: string): Promise<User>;
  /** Forgets users, messages, faults, and everything else. */
  reset(): Promise<void>;
  stop(): void;
}

export interface User {
  /** Sends a text, and returns the id of the message. */
  say(text: string, replyTo?: string): Promise<string>;
  /** Taps a button or a list row of the newest message that offers it. */
  tap(title: string): Promise<string>;
  sendFile(
    content: Uint8Array,
    mimeType: string,
    details?: { caption?: string; filename?: string },
  ): Promise<string>;
  /** Reads all messages. */
  read(): Promise<void>;
  /** Waits for the next message of the bot. The time is in seconds. */
  nextMessage(wait?: number): Promise<Message | null>;
  /** Waits for the next message, and checks its text and its options. */
  expect(text: string, options?: string[], wait?: number): Promise<Message>;
}

export interface Message {
  id: string;
  type: string;
  text: string | null;
  options?: string[];
  reply_to: string | null;
  [field: string]: any;
}
