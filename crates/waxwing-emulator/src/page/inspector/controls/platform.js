// Pace and rules of the emulated platform.

import { get, offers, post } from "../api.js";
import { choice, make, resultLine, section } from "../elements.js";

const PACES = [
  ["off", "off: no limit"],
  ["burst", "burst: people are never refused"],
  ["meta", "meta: Meta's limits"],
];

export function platform() {
  const result = resultLine();
  const pace = choice("Pace", PACES);
  const rules = make("ul", { class: "ins-rules" });
  const details = make("details", { hidden: "" }, make("summary", {}, "Rules that are open in Meta's documentation"), rules);

  pace.input.addEventListener("change", async () => {
    try {
      await post("/control/pace", { pace: pace.input.value });
      result.say(`The pace is ${pace.input.value}.`);
    } catch (error) {
      result.fail(error);
    }
  });

  const rule = ({ name, description, lenient }) => {
    const box = make("input", { type: "checkbox" });
    box.checked = !lenient;
    box.addEventListener("change", async () => {
      try {
        await post("/control/rules", box.checked ? { strict: [name] } : { lenient: [name] });
        result.say(`The rule ${name} is ${box.checked ? "strict" : "lenient"}.`);
      } catch (error) {
        box.checked = !box.checked;
        result.fail(error);
      }
    });
    return make("li", {}, make("label", { class: "ins-check" }, box, make("span", {}, make("code", {}, name), ` ${description}`)));
  };

  const load = async () => {
    try {
      pace.input.value = (await get("/control")).pace ?? "";
      const known = (await offers("GET /control/rules")) ? (await get("/control/rules")).rules : [];
      const open = known.filter((rule) => rule.can_be_lenient);
      details.hidden = open.length === 0;
      rules.replaceChildren(...open.map(rule));
    } catch (error) {
      result.fail(error);
    }
  };
  return { node: section("Pace and rules", make("div", { class: "ins-line" }, pace.label), details, result.node), load };
}
