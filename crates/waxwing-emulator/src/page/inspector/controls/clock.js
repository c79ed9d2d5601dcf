// Clock of the emulator.

import { get, post } from "../api.js";
import { button, field, make, resultLine, section } from "../elements.js";

const STEPS = ["1m", "1h", "24h"];

export function clock() {
  const result = resultLine();
  const now = make("p", { class: "ins-now" });
  const show = (millis) => (now.textContent = `The clock shows ${new Date(millis).toLocaleString([], { dateStyle: "medium", timeStyle: "medium" })}.`);
  const load = async () => {
    try {
      show((await get("/control")).now);
    } catch (error) {
      result.fail(error);
    }
  };
  const advance = async (by) => {
    try {
      show((await post("/control/clock", { advance: by })).now);
      result.say(`The clock advanced by ${by}.`);
    } catch (error) {
      result.fail(error);
    }
  };
  const by = field("Advance by", { placeholder: "2h 30m", required: "", autocomplete: "off", size: "10" });
  const form = make("form", { class: "ins-line" }, by.label, make("button", { type: "submit", class: "ins-button" }, "Advance"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    advance(by.input.value.trim());
  });
  const steps = STEPS.map((step) => button(`+${step}`, () => advance(step)));
  return { node: section("Clock", now, form, make("div", { class: "ins-buttons" }, ...steps), result.node), load };
}
