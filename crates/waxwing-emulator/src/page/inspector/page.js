// The inspector as a page of its own.

import { mount } from "./main.js";

mount(document.getElementById("inspector"), { isAlone: true });
