import type { PlainRoute } from "../query/wire/plain-http.ts";
import type { Route } from "./front.ts";

/** The query side's routes, behind the front's authentication. */
export function queryRoutes(routes: readonly PlainRoute[]): Route[] {
  return routes.map(({ method, path, handle }) => ({
    method,
    path,
    role: "read",
    handle: async ({ caller, query }) => {
      const { contentType, headers, body } = await handle({ tenant: caller.tenant, query });
      return { status: 200, headers: { "content-type": contentType, ...headers }, body };
    },
  }));
}
