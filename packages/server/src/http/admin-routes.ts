import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseTime } from "../ingest/times.ts";
import { type Queries, selectionOf } from "../query/queries.ts";
import { Refusal } from "../refusal.ts";
import type { Store } from "../store/open.ts";
import { jsonAnswer } from "./answer.ts";
import type { Call } from "./call.ts";
import type { Route } from "./front.ts";

/** What the administrator's routes work with. */
export interface AdminDeps {
  readonly store: Store;
  readonly queries: Queries;
  /** Folder that backups of the embedded engine are put into; undefined with a server of its own. */
  readonly backups: string | undefined;
}

/** Milliseconds since the Unix epoch. */
const FOREVER = Date.UTC(2100, 0, 1);

const BACKUP_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;

/** Milliseconds that a client's clock may well be ahead. */
const CLOCKS_DIFFER = 2000;

/** Deleting, backing up, and waiting until everything can be seen. */
export function adminRoutes({ store, queries, backups }: AdminDeps): Route[] {
  return [
    admin("/api/v1/admin/flush", async () => {
      await store.flush();
      return {};
    }),
    admin("/api/v1/admin/delete", async ({ caller, query }) => {
      const selector = query.get("query");
      if (selector === null || selector === "") {
        throw new Refusal(400, "no-query", 'the parameter query is missing: query={service_name="shop"}');
      }
      // What was acknowledged before the call is of before "now", so the clock is read afterwards.
      await store.flush();
      const now = BigInt(Date.now()) * 1_000_000n;
      const milliseconds = (name: string): number | undefined => {
        const text = query.get(name);
        return text === null ? undefined : Number(parseTime(text, now) / 1_000_000n);
      };
      // Without an end, what a clock that goes ahead has sent is meant, too.
      // "now" is everything so far: a client's clock is seldom right to the second.
      const slack = query.get("until") === "now" ? CLOCKS_DIFFER : 0;
      const [start, end] = [milliseconds("from") ?? 0, (milliseconds("until") ?? FOREVER) + slack];
      const range = { tenant: caller.tenant, start, end };
      const deleted = await store.delete(selectionOf(range, selector));
      queries.forget(caller.tenant);
      return deleted;
    }),
    admin("/api/v1/admin/backup", async ({ query }) => {
      const name = query.get("name") ?? "";
      if (!BACKUP_NAME.test(name)) {
        throw new Refusal(
          400,
          "bad-name",
          "the parameter name must be letters, digits and _.- only: name=monday",
        );
      }
      if (backups !== undefined) await mkdir(backups, { recursive: true });
      const target = backups === undefined ? `Disk('backups', '${name}.zip')` : join(backups, name);
      await store.backup(target);
      return { backup: target };
    }),
  ];
}

function admin(path: string, work: (call: Call) => Promise<object>): Route {
  return { method: "POST", path, role: "admin", handle: async (call) => jsonAnswer(200, await work(call)) };
}
