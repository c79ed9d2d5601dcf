// Recording of voice notes.

import { byId } from "../dom.js";
import { toOgg } from "./ogg.js";
import { sendFiles } from "./outbox.js";
import { currentChat, notice } from "./state.js";
import { duration } from "./summary.js";

const OGG = "audio/ogg;codecs=opus";
const WEBM = "audio/webm;codecs=opus";
const LONGEST = 10 * 60 * 1000; // milliseconds

let recording = null;

/** Returns whether the browser can record. */
export const canRecord = () => Boolean(globalThis.MediaRecorder && navigator.mediaDevices?.getUserMedia);

/** Starts to record a voice note for the open chat. */
export async function startRecording(replyTo) {
  if (recording) return;
  const type = [OGG, WEBM].find((candidate) => MediaRecorder.isTypeSupported(candidate));
  if (!type) return notice("This browser cannot record voice notes.");
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  } catch (error) {
    return notice(`The microphone cannot be used. ${error.message}`);
  }
  const recorder = new MediaRecorder(stream, { mimeType: type });
  const started = Date.now();
  const parts = [];
  recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
  const timer = setInterval(() => {
    byId("recording-time").textContent = duration((Date.now() - started) / 1000);
    if (Date.now() - started > LONGEST) stopRecording(true);
  }, 250);
  recording = { chat: currentChat(), replyTo, recorder, stream, timer, parts, type };
  recorder.start();
  show(true);
  byId("recording-send").focus();
}

/** Ends the recording, and sends it or not. */
export function stopRecording(sends) {
  if (!recording) return;
  const { chat, replyTo, recorder, stream, timer, parts, type } = recording;
  recording = null;
  clearInterval(timer);
  recorder.addEventListener("stop", async () => {
    for (const track of stream.getTracks()) track.stop();
    if (!sends) return;
    try {
      const blob = new Blob(parts, { type });
      const file = type === OGG ? new File([blob], "voice.ogg", { type: "audio/ogg; codecs=opus" }) : await toOgg(blob);
      await sendFiles(chat, file, { voice: true, replyTo });
    } catch (error) {
      notice(`The voice note was not sent. ${error.message}`);
    }
  });
  recorder.stop();
  show(false);
  byId("composer").focus();
}

function show(yes) {
  byId("recording").hidden = !yes;
  byId("row").hidden = yes;
  byId("recording-time").textContent = "0:00";
}
