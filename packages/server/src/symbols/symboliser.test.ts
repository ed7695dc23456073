import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { drawElf } from "../../../../test/support/elf.ts";
import { inlinedElf } from "../../../../test/support/inlined-elf.ts";
import type { AddressSymbol } from "../store/maintain/symbols.ts";
import { placesAt, readBinary } from "./binary.ts";
import { Debuginfod } from "./debuginfod.ts";
import { SymbolLibrary } from "./library.ts";
import { Symboliser } from "./symboliser.ts";

const folder = mkdtempSync(join(tmpdir(), "flambeau-symbols-"));
afterAll(() => rmSync(folder, { recursive: true }));
const BINARY = drawElf([{ name: "wörk", address: 0x400010, size: 0x20 }]);

describe("the library of symbols", () => {
  it("gives back what was put in, to the same tenant alone", async () => {
    const library = new SymbolLibrary(folder);
    const symbols = readBinary(BINARY);
    await library.put("one", symbols);
    expect(await library.get("one", "ab01ff")).toEqual(symbols);
    const inlined = readBinary(inlinedElf(5));
    await library.put("one", inlined);
    const kept = await library.get("one", "ab01ff05");
    expect(kept).toEqual(inlined);
    expect(placesAt(kept!, 0x1017n)).toEqual([
      { name: "leaf", file: "/src/small.c", line: 1, column: 93 },
      { name: "middle", file: "/src/small.c", line: 4, column: 10 },
      { name: "work", file: "/src/small.c", line: 10, column: 38 },
    ]);
    expect(placesAt(kept!, 0x9999n)).toBeUndefined();
    expect(await library.get("two", "ab01ff")).toBeUndefined();
    expect(await library.get("one", "../../x")).toBeUndefined();
  });
});

describe("a pass of the symboliser", () => {
  it("fetches from debuginfod, names what it finds, and asks once for what is not there", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url!);
      if (request.url === "/buildid/ab01ff/executable") response.end(BINARY);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const written: (readonly [string, string, readonly AddressSymbol[]])[] = [];
    const changed: string[] = [];
    const symboliser = new Symboliser({
      store: {
        flush: () => Promise.resolve(),
        unresolved: () =>
          Promise.resolve([
            { buildId: "ab01ff", mapping: "/srv/shop", addresses: [0x1012n, 0x9999n] },
            { buildId: "dead", mapping: "/lib/x", addresses: [1n] },
          ]),
        addressesOf: () => Promise.resolve([]),
        writeSymbols: async (...call) => void written.push(call),
      },
      catalog: { tenantsWithNamelessFrames: () => Promise.resolve(["one"]) },
      library: new SymbolLibrary(join(folder, "fetched")),
      debuginfod: new Debuginfod([`http://127.0.0.1:${port}/`]),
      changed: (tenant) => changed.push(tenant),
      log: (message) => expect.fail(message),
    });
    await symboliser.resolveAll();
    await symboliser.resolveAll();
    server.close();
    expect(written[0]).toEqual([
      "one",
      "ab01ff",
      [
        { address: 0x1012n, lines: [{ name: "wörk", file: "", line: 0, column: 0 }] },
        { address: 0x9999n, lines: [] },
      ],
    ]);
    expect(changed).toContain("one");
    expect(asked).toEqual([
      "/buildid/ab01ff/debuginfo",
      "/buildid/ab01ff/executable",
      "/buildid/dead/debuginfo",
      "/buildid/dead/executable",
    ]);
  });

  it("asks the binary where its code lies, where its debug information has lost it", async () => {
    // What objcopy --only-keep-debug leaves: a segment of code that begins at 0 and holds nothing.
    const debug = BINARY.slice();
    const view = new DataView(debug.buffer);
    view.setBigUint64(0x100 + 8, 0n, true);
    view.setBigUint64(0x100 + 32, 0n, true);
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url!.split("/").at(-1)!);
      response.end(
        request.url!.endsWith("executable") ? Buffer.concat([BINARY, Buffer.alloc(1 << 20)]) : debug,
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const written: (readonly AddressSymbol[])[] = [];
    const symboliser = new Symboliser({
      store: {
        flush: () => Promise.resolve(),
        unresolved: () =>
          Promise.resolve([{ buildId: "ab01ff", mapping: "/srv/shop", addresses: [0x1012n] }]),
        addressesOf: () => Promise.resolve([]),
        writeSymbols: async (...[, , symbols]) => void written.push(symbols),
      },
      catalog: { tenantsWithNamelessFrames: () => Promise.resolve(["one"]) },
      library: new SymbolLibrary(join(folder, "lost")),
      debuginfod: new Debuginfod([`http://127.0.0.1:${port}/`]),
      changed: () => undefined,
      log: (message) => expect.fail(message),
    });
    await symboliser.resolveAll();
    server.close();
    expect(asked).toEqual(["debuginfo", "executable"]);
    expect(written[0]).toEqual([
      { address: 0x1012n, lines: [{ name: "wörk", file: "", line: 0, column: 0 }] },
    ]);
  });
});
