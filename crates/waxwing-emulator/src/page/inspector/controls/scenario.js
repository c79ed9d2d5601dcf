// Scenarios: load a file, stop.

import { postText, remove } from "../api.js";
import { button, field, make, resultLine, section } from "../elements.js";

export function scenario() {
  const result = resultLine();
  const file = field("Scenario file (TOML)", { type: "file", accept: ".toml" });
  file.input.addEventListener("change", async () => {
    const chosen = file.input.files[0];
    if (!chosen) return;
    try {
      const { steps, faults } = await postText("/control/scenario", await chosen.text());
      result.say(`${chosen.name} runs: ${steps} steps, ${faults} faults.`);
    } catch (error) {
      result.fail(error);
    }
    file.input.value = "";
  });
  const stop = button("Stop scenarios", async () => {
    try {
      await remove("/control/scenario");
      result.say("Scenarios are stopped, and their faults are removed.");
    } catch (error) {
      result.fail(error);
    }
  });
  return { node: section("Scenarios", make("div", { class: "ins-line" }, file.label, stop), result.node) };
}
