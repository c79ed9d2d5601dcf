// Faults: inject, list, remove.

import { get, post, remove } from "../api.js";
import { button, choice, field, make, resultLine, section } from "../elements.js";

const CALLS = {
  send: "sends",
  receipt: "read receipts",
  upload: "uploads",
  download: "downloads",
  other: "other calls",
  any_call: "all calls",
};
const WEBHOOKS = { messages: "webhooks of messages", statuses: "webhooks of statuses", fields: "other webhooks", webhooks: "all webhooks" };

/** Effects with the value that the form starts with; `null` for an effect without values. */
const CALL_EFFECTS = {
  error: { code: 131016, http: 503 },
  error_with_retry_after: { code: 130429, http: 429, after: "2s" },
  accept_then_fail: { code: 131026 },
  send_then_fail: { code: 131026, after: "1s" },
  drop_connection: null,
  accept_then_drop_connection: null,
  stall: null,
  accept_then_stall: null,
  delay: "3s",
  truncated_body: null,
  server_error_without_json: null,
  status_first: null,
};
const WEBHOOK_EFFECTS = {
  lose: null,
  drop: { attempts: 1 },
  lose_response: { attempts: 1 },
  duplicate: { copies: 1 },
  delay: "3s",
  reorder: null,
  regroup: { last: 3 },
  anonymous: null,
  unknown_fields: null,
  lone_surrogate: null,
};

const words = (name) => name.replaceAll("_", " ");

export function faults() {
  const result = resultLine();
  const list = make("ul", { class: "ins-faults", "aria-label": "Active faults" });
  const target = choice("Where", [...Object.entries(CALLS), ...Object.entries(WEBHOOKS)]);
  const effect = choice("Effect", []);
  const values = field("Values (JSON)", { autocomplete: "off", spellcheck: "false" });
  const times = field("Times", { type: "number", min: "1", placeholder: "always" });
  const rate = field("Rate", { type: "number", min: "0", max: "1", step: "any", placeholder: "1" });
  const to = field("Only to", { placeholder: "phone number or BSUID", autocomplete: "off" });

  const effects = () => (target.input.value in CALLS ? CALL_EFFECTS : WEBHOOK_EFFECTS);
  const showValues = () => {
    const value = effects()[effect.input.value];
    values.label.hidden = value === null;
    values.input.value = value === null ? "" : JSON.stringify(value);
  };
  const showEffects = () => {
    effect.input.replaceChildren(...Object.keys(effects()).map((name) => make("option", { value: name }, words(name))));
    to.label.hidden = target.input.value !== "send";
    showValues();
  };
  target.input.addEventListener("change", showEffects);
  effect.input.addEventListener("change", showValues);
  showEffects();

  const attempt = async (work, done) => {
    try {
      await work();
      result.say(done);
      await load();
    } catch (error) {
      result.fail(error);
    }
  };
  const form = make(
    "form",
    { class: "ins-grid", "aria-label": "Inject a fault" },
    ...[target, effect, values, times, rate, to].map(({ label }) => label),
    make("button", { type: "submit", class: "ins-button ins-primary" }, "Inject"),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => post("/control/faults", written()), "The fault is active.");
  });

  /** Returns the fault of the form, as the control API reads it. */
  function written() {
    const name = effect.input.value;
    const value = effects()[name] === null ? name : { [name]: JSON.parse(values.input.value) };
    const fault = { [target.input.value]: value };
    if (times.input.value) fault.times = Number(times.input.value);
    if (rate.input.value) fault.rate = Number(rate.input.value);
    if (to.input.value && !to.label.hidden) fault.to = to.input.value.trim();
    return fault;
  }

  async function load() {
    const active = await get("/control/faults");
    list.replaceChildren(...active.map(row));
    removeAll.hidden = active.length === 0;
  }

  function row({ id, fault, evaluated, triggered }) {
    const text = typeof fault === "string" ? fault : JSON.stringify(fault);
    const away = button("Remove", () => attempt(() => remove(`/control/faults/${id}`), `Fault ${id} is removed.`), { "aria-label": `Remove fault ${id}` });
    return make("li", {}, make("span", {}, `Fault ${id}: `, make("code", {}, text), ` took effect ${triggered} of ${evaluated} times`), away);
  }

  const removeAll = button("Remove all", () => attempt(() => remove("/control/faults"), "No fault is active."));
  return { node: section("Faults", form, result.node, list, removeAll), load: () => load().catch(result.fail) };
}
