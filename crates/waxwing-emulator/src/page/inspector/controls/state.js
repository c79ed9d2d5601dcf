// The whole state: reset, export, import.

import { get, offers, post, put } from "../api.js";
import { button, field, make, resultLine, section } from "../elements.js";

export function state() {
  const result = resultLine();
  const attempt = async (work) => {
    try {
      await work();
    } catch (error) {
      result.fail(error);
    }
  };
  const reset = button("Reset", () =>
    attempt(async () => {
      await post("/control/reset");
      result.say("The emulator is as it was after its start.");
    }),
  );
  const save = button("Export", () =>
    attempt(async () => {
      const exported = await get("/control/state");
      const link = make("a", { download: "emulator-state.json" });
      link.href = URL.createObjectURL(new Blob([JSON.stringify(exported, null, 2)], { type: "application/json" }));
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
      result.say("The state is exported.");
    }),
  );
  const file = field("Import a state (JSON)", { type: "file", accept: ".json" });
  file.input.addEventListener("change", () =>
    attempt(async () => {
      const chosen = file.input.files[0];
      if (!chosen) return;
      const text = await chosen.text();
      file.input.value = "";
      await put("/control/state", text);
      result.say(`The state of ${chosen.name} is imported.`);
    }),
  );
  const node = section("State", make("div", { class: "ins-line" }, reset, save, file.label), result.node);
  node.hidden = true;
  const load = async () => {
    node.hidden = !(await offers("GET /control/state"));
  };
  return { node, load: () => load().catch(result.fail) };
}
