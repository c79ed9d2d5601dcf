// Lets the `fetch` of Node 20 use the proxy in HTTPS_PROXY, for libraries that always call graph.facebook.com.

import { EnvHttpProxyAgent, setGlobalDispatcher } from "undici";

setGlobalDispatcher(new EnvHttpProxyAgent());
