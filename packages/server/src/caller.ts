import { type ContextKey, createContextKey } from "@connectrpc/connect";

/** What a token allows: `write` pushes, `read` asks, `admin` does both and deletes, backs up and restores. */
export type Role = "read" | "write" | "admin";

/** Who sent a request, and for which tenant. */
export interface Caller {
  readonly tenant: string;
  /** Name of the token; "anonymous" where there is no authentication. */
  readonly name: string;
}

/** Under this key the services of Connect find who calls them. */
export const callerKey: ContextKey<Caller | undefined> = createContextKey<Caller | undefined>(undefined, {
  description: "who sent the request, and for which tenant",
});
