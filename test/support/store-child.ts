/**
 * A process that writes into a store as fast as it is acknowledged, until it is killed: for tests of what a crash
 * leaves behind. Run bundled: node store-child.mjs DIRECTORY FIRST [SERVER]. Prints `ready`, and the number of each
 * push when it is acknowledged. Push n has stacks `push-n;a` and `push-n;b` with weights n + 1 and 1, in service
 * `service-(n mod 5)`.
 */
import { writeSync } from "node:fs";
import { ProfileBuilder } from "../../packages/core/src/index.ts";
import { openStore } from "../../packages/server/src/store/open.ts";
import type { SeriesProfile } from "../../packages/server/src/store/store.ts";

const [directory, first, server] = process.argv.slice(2);

function push(n: number): SeriesProfile {
  const builder = new ProfileBuilder("each");
  const type = builder.valueType("cpu", "nanoseconds");
  const root = builder.stack(-1, builder.frameNamed(`push-${n}`));
  builder.sampleOf(builder.stack(root, builder.frameNamed("a")), type, n + 1);
  builder.sampleOf(builder.stack(root, builder.frameNamed("b")), type, 1);
  return {
    tenant: "crash",
    type: "process_cpu:cpu:nanoseconds:cpu:nanoseconds",
    labels: [{ name: "service_name", value: `service-${n % 5}` }],
    start: BigInt(Date.now()) * 1_000_000n,
    duration: 1_000_000_000n,
    id: `push ${n}`,
    profile: builder.finish(),
    valueType: 0,
  };
}

const store = await openStore({
  directory: directory!,
  reserveBytes: 0,
  sessions: 1,
  commitInterval: 5,
  // Always loading, so that kills meet loads.
  loadInterval: 0,
  ...(server === undefined ? {} : { server }),
});
writeSync(1, "ready\n");
let next = Number(first);
async function client(): Promise<void> {
  for (;;) {
    const n = next++;
    await store.write([push(n)]);
    writeSync(1, `${n}\n`);
    if (n % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
await Promise.all(Array.from({ length: 8 }, client));
