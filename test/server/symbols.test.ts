import { afterAll, describe, expect, it } from "vitest";
import { MemorySink, ProfileBuilder, pprofWriter } from "../../packages/core/src/index.ts";
import { drawElf } from "../support/elf.ts";
import { inlinedElf } from "../support/inlined-elf.ts";
import { eventually, hasEngine, TestServer } from "../support/server.ts";

const CPU = "process_cpu:cpu:nanoseconds:cpu:nanoseconds";
/** `main` lies at the offsets 0x1010 … 0x102f of this file, `late` from 0x1200. */
const BINARY = drawElf([
  { name: "main", address: 0x400010, size: 0x20 },
  { name: "_ZN4shop4workEv", address: 0x400200, size: 0x10 },
]);

/** A pprof profile as an eBPF profiler writes it: addresses, a mapping and its build id, no names. */
async function nameless(buildId: string, ...addresses: bigint[]): Promise<Uint8Array<ArrayBuffer>> {
  const builder = new ProfileBuilder("each");
  builder.meta.format = "pprof";
  builder.meta.timeOrigin = BigInt(Date.now()) * 1_000_000n;
  builder.meta.clock = "unix";
  const type = builder.valueType("cpu", "nanoseconds");
  builder.meta.period = { type: { name: "cpu", unit: "nanoseconds" }, value: 1 };
  const mapping = builder.mapping({
    path: "/srv/shop",
    buildId,
    start: 0x7f0000000000n,
    end: 0x7f0000010000n,
    fileOffset: 0x1000n,
  });
  let stack = -1;
  for (const address of addresses) {
    stack = builder.stack(
      stack,
      builder.frame({ name: 0, mapping, address: 0x7f0000000000n + address - 0x1000n }),
    );
  }
  builder.sampleOf(stack, type, 10);
  const sink = new MemorySink();
  await pprofWriter.write(builder.finish(), sink, {});
  return Uint8Array.from(sink.bytes());
}

describe.skipIf(!hasEngine)("names of native functions", () => {
  const servers: TestServer[] = [];

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.remove()));
  });

  const push = async (server: TestServer, body: Uint8Array<ArrayBuffer>) => {
    const url = `${server.url}/ingest?name=shop&format=pprof`;
    expect((await fetch(url, { method: "POST", body })).status).toBe(200);
  };
  const names = async (server: TestServer) => {
    const answer = await server.query<{ flamegraph: { names: string[] } }>("SelectMergeStacktraces", {
      profileTypeID: CPU,
      labelSelector: "{}",
      start: Date.now() - 3_600_000,
      end: Date.now() + 60_000,
    });
    return answer.flamegraph.names;
  };

  it("come with an uploaded binary, for samples of before and after", async () => {
    const server = await TestServer.start();
    servers.push(server);
    await push(server, await nameless("ab01ff", 0x1012n, 0x1204n));
    expect(
      await eventually(
        () => names(server),
        (found) => found.length > 1,
      ),
    ).toEqual(["total", "[shop]"]);
    const upload = await fetch(`${server.url}/api/v1/symbols`, {
      method: "POST",
      body: Uint8Array.from(BINARY),
    });
    expect(await upload.json()).toEqual({ buildId: "ab01ff", functions: 2, lines: 0, resolved: 2 });
    expect(await names(server)).toEqual(["total", "main", "shop::work"]);
  });

  it("come with the calls that the compiler inlined, and with lines", async () => {
    const server = await TestServer.start();
    servers.push(server);
    await push(server, await nameless("ab01ff05", 0x104an, 0x1017n));
    const upload = await fetch(`${server.url}/api/v1/symbols`, {
      method: "POST",
      body: Uint8Array.from(inlinedElf(5)),
    });
    expect(await upload.json()).toMatchObject({ buildId: "ab01ff05", functions: 2, resolved: 2 });
    expect(await names(server)).toEqual(["total", "_start", "work", "middle", "leaf"]);
    const merged = await server.query<{
      location: { line: { functionId: string; line?: string }[] }[];
      function: { id: string; name: string; filename?: string }[];
      stringTable: string[];
    }>("SelectMergeProfile", {
      profileTypeID: CPU,
      labelSelector: "{}",
      start: Date.now() - 3_600_000,
      end: Date.now() + 60_000,
    });
    const functions = new Map(merged.function.map((one) => [one.id, one]));
    const lines = merged.location.flatMap(({ line }) =>
      line.map((one) => {
        const { name, filename = "0" } = functions.get(one.functionId)!;
        return `${merged.stringTable[Number(name)]} ${merged.stringTable[Number(filename)]}:${one.line}`;
      }),
    );
    expect(lines.sort()).toEqual([
      "_start /src/small.c:13",
      "leaf /src/small.c:1",
      "middle /src/small.c:4",
      "work /src/small.c:10",
    ]);
  });

  it("are refused from what is no binary, with the reason", async () => {
    const server = servers[0]!;
    const refused = await fetch(`${server.url}/api/v1/symbols`, { method: "POST", body: "hello" });
    expect(refused.status).toBe(422);
    expect(JSON.stringify(await refused.json())).toMatch(/does not begin with an ELF header/);
    const stripped = await fetch(`${server.url}/api/v1/symbols`, {
      method: "POST",
      body: Uint8Array.from(drawElf([])),
    });
    expect(stripped.ok).toBe(false);
    expect(JSON.stringify(await stripped.json())).toMatch(/stripped/);
  });
});
