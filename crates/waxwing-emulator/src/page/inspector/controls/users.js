// Emulated users: add, change identity, presence.

import { act } from "../api.js";
import { button, choice, field, make, resultLine, section } from "../elements.js";
import { addressOf, allPeople, loadPeople, onPeople } from "../people.js";

const SIGNALS = [
  ["user_changed_number", "system message about a new number"],
  ["user_changed_user_id", "system message about a new BSUID"],
  ["user_id_update", "webhook field about a new BSUID"],
  ["message_identity", "in the next message"],
  ["silent", "no signal"],
];

export function users() {
  const result = resultLine();
  const attempt = async (action, done) => {
    try {
      await act(action);
      result.say(done);
      await loadPeople();
    } catch (error) {
      result.fail(error);
    }
  };

  const name = field("Name", { required: "", maxlength: "100", autocomplete: "off" });
  const phone = field("Phone number", { type: "tel", placeholder: "+34 600 000 001", required: "", autocomplete: "off" });
  const join = make("form", { class: "ins-grid", "aria-label": "Add a user" }, name.label, phone.label, make("button", { type: "submit", class: "ins-button" }, "Add the user"));
  join.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt({ join: { name: name.input.value.trim(), phone: phone.input.value.trim() } }, `${name.input.value} is a user now.`);
  });

  const user = choice("User", []);
  const signal = choice("Signal", SIGNALS);
  const newPhone = field("New phone number", { type: "tel", placeholder: "unchanged", autocomplete: "off" });
  const rotate = button("Change the identity", () => {
    const rotation = { user: user.input.value, signal: signal.input.value };
    if (newPhone.input.value.trim()) rotation.phone = newPhone.input.value.trim();
    attempt({ rotate: rotation }, "The identity has changed.");
  });
  const offline = button("Go offline", () => attempt({ goes_offline: { user: user.input.value } }, "The phone is off. Messages wait."));
  const online = button("Come online", () => attempt({ comes_online: { user: user.input.value } }, "The phone is on."));
  const marketing = (value, done) => attempt({ preference: { user: user.input.value, value } }, done);
  const stop = button("Stop marketing", () => marketing("stop", "Marketing messages are refused."));
  const resume = button("Allow marketing", () => marketing("resume", "Marketing messages are allowed."));
  const draw = () => {
    const chosen = user.input.value;
    user.input.replaceChildren(...allPeople().map((person) => make("option", { value: addressOf(person) }, `${person.name} (${addressOf(person)})`)));
    if (allPeople().some((person) => addressOf(person) === chosen)) user.input.value = chosen;
  };
  onPeople(draw);
  draw();
  const change = make("div", { class: "ins-grid" }, user.label, signal.label, newPhone.label, make("div", { class: "ins-buttons" }, rotate, offline, online, stop, resume));
  return { node: section("Users", join, change, result.node) };
}
