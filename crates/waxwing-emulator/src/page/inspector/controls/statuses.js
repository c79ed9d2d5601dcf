// Statuses by hand.

import { act, post } from "../api.js";
import { button, choice, field, make, resultLine, section } from "../elements.js";
import { addressOf, allPeople, onPeople } from "../people.js";
import { onSelection, selection } from "../../selection.js";

const STATUSES = ["sent", "delivered", "read", "played", "failed"].map((name) => [name, name]);

export function statuses() {
  const result = resultLine();
  const hold = async (held) => {
    try {
      await post("/control/statuses", { held });
      result.say(held ? "Statuses wait until you release them." : "Statuses are posted.");
    } catch (error) {
      result.fail(error);
    }
  };
  const user = choice("User", [], { required: "" });
  const status = choice("Status", STATUSES);
  const message = field("Message id", { placeholder: "the latest", autocomplete: "off" });
  const form = make("form", { class: "ins-grid", "aria-label": "Post a status" }, user.label, status.label, message.label, make("button", { type: "submit", class: "ins-button" }, "Post the status"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await act({ status: { user: user.input.value, status: status.input.value, message: message.input.value.trim() || null } });
      result.say(`The status ${status.input.value} is posted.`);
    } catch (error) {
      result.fail(error);
    }
  });
  const draw = () => {
    const chosen = user.input.value;
    user.input.replaceChildren(...allPeople().map((person) => make("option", { value: addressOf(person) }, person.name)));
    if (chosen) user.input.value = chosen;
  };
  onPeople(draw);
  draw();
  onSelection(() => (message.input.value = selection().message ?? ""));
  const buttons = make("div", { class: "ins-buttons" }, button("Hold statuses", () => hold(true)), button("Release statuses", () => hold(false)));
  return { node: section("Statuses", buttons, form, result.node) };
}
