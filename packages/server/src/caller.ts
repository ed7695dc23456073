/** What a token allows: `write` pushes, `read` asks, `admin` does both and deletes, backs up and restores. */
export type Role = "read" | "write" | "admin";

/** Who sent a request, and for which tenant. */
export interface Caller {
  readonly tenant: string;
  /** Name of the token; "anonymous" where there is no authentication. */
  readonly name: string;
}
