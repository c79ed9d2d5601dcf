// Exchange as a command of curl. Secrets are shell variables.

const quote = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
const SKIPPED = ["host", "content-length", "authorization", "accept", "accept-encoding", "connection", "transfer-encoding", "user-agent"];

/** Returns a command that repeats an exchange. The access token is in the shell variable `TOKEN`. */
export function curl(exchange) {
  const url = exchange.kind === "webhook" ? exchange.url : `${location.origin}${exchange.path}`;
  const query = (exchange.query ?? "").split("&").filter((part) => part !== "" && !part.endsWith("=…"));
  const lines = [`curl -X ${exchange.method} ${quote(query.length > 0 ? `${url}?${query.join("&")}` : url)}`];
  if (exchange.token !== null) lines.push('-H "Authorization: Bearer $TOKEN"');
  for (const [name, value] of Object.entries(exchange.request.headers)) {
    if (!SKIPPED.includes(name)) lines.push(`-H ${quote(`${name}: ${value}`)}`);
  }
  const body = exchange.request.body;
  if (body?.text) lines.push(`--data-raw ${quote(body.text)}`);
  else if (body) lines.push("# the log has no text of this body");
  return lines.join(" \\\n  ");
}
