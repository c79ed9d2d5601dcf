// The inspector next to the phone, on screens that have room for it. Others have a link to its own page.

import { make } from "./elements.js";
import { mount } from "./main.js";

const wide = matchMedia("(min-width: 1100px)");
const root = document.getElementById("inspector");
let isMounted = false;

function place() {
  if (!wide.matches || isMounted) return;
  isMounted = true;
  mount(root, { isAlone: false });
}

document.head.append(make("link", { rel: "stylesheet", href: "/page/inspector/inspector.css" }));
document.querySelector(".people .bar h1")?.after(make("a", { href: "/inspector", class: "ins-phone-link" }, "Inspector"));
wide.addEventListener("change", place);
place();
