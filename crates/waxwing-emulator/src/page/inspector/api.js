// JSON calls of the control API.

async function call(path, options = {}) {
  const response = await fetch(path, { cache: "no-store", ...options });
  const type = response.headers.get("content-type") ?? "";
  const body = type.includes("json") ? await response.json() : null;
  if (response.ok) return body;
  const error = new Error(body?.error ?? `The emulator responded with HTTP ${response.status}.`);
  error.status = response.status;
  throw error;
}

const JSON_TYPE = { "content-type": "application/json" };

export const get = (path) => call(path);
export const post = (path, body) => call(path, { method: "POST", headers: JSON_TYPE, body: JSON.stringify(body ?? {}) });
export const postText = (path, text) => call(path, { method: "POST", body: text });
export const put = (path, text) => call(path, { method: "PUT", headers: JSON_TYPE, body: text });
export const remove = (path) => call(path, { method: "DELETE" });
export const act = (action) => post("/control/actions", action);

/** Returns whether the emulator has a call of the control API, such as `GET /control/state`. */
export async function offers(name) {
  const { openapi, endpoints } = await get("/control");
  return Boolean(openapi) || (endpoints ?? []).includes(name);
}
