import type { Engine } from "../engine/engine.ts";
import { rowsOf } from "../engine/native.ts";
import { daysOf, type Retention } from "../options.ts";
import type { Deletion } from "./delete.ts";

/**
 * What has to go because a tenant's retention was shortened after it was written: rows carry the days that were to be
 * kept then. (A longer retention holds for what is written from then on.)
 */
export async function overdue(
  engine: Engine,
  retention: Retention | undefined,
  now: number,
): Promise<Deletion[]> {
  const found = rowsOf(
    await engine.columns("SELECT tenant, max(keep) AS keep, min(day) AS first FROM series GROUP BY tenant"),
  );
  const deletions: Deletion[] = [];
  for (const row of found) {
    const tenant = row.tenant as string;
    const days = daysOf(retention, tenant);
    const end = now - days * 86_400_000;
    if (Number(row.keep) <= days || Number(row.first) * 86_400_000 >= end) continue;
    deletions.push({ tenant, matchers: [], from: 0, to: end, keepAbove: days });
  }
  return deletions;
}
