import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { corpusFiles, haveCorpus, readCorpus } from "../../../../../test/support/corpus.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import {
  at,
  DEFAULTS,
  PERF,
  perf,
  SPANS,
  SYMBOLS,
  text,
  trace,
  types,
} from "../../../../../test/support/perfetto.ts";
import { encoded } from "../../../../../test/support/protobuf.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { FrameKind } from "../../model/profile.ts";
import { perfettoReader } from "./index.ts";

describe("perfetto: sampled stacks", () => {
  it("resolves interned callstacks, threads and the clock's period", async () => {
    const profile = await readWith(perfettoReader, trace(...PERF));
    expect(types(profile)).toEqual(["samples/count 2", "cpu-clock/nanoseconds 20000000"]);
    expect(foldedOf(profile, 0)).toEqual(["app.main; 1", "app.main;;vfs_read 1"]);
    expect(profile.threads).toEqual([
      { name: "com.example", tid: 7, pid: 7, process: "com.example" },
      { name: "worker", tid: 8, pid: 7, process: "com.example" },
    ]);
    expect([...profile.samples.time!]).toEqual([0, 1000]);
    expect(profile.meta).toMatchObject({ timeOrigin: 1000n, clock: "monotonic", defaultValueType: 1 });
    const { frames, mappings } = profile;
    expect([...frames.kind]).toEqual([FrameKind.jit, FrameKind.unknown, FrameKind.kernel]);
    expect([...frames.address]).toEqual([0n, 16n, 0n]);
    expect(frames.line[0]).toBe(42);
    expect(mappings.map(({ path, buildId }) => [path, buildId])).toEqual([
      ["/system/libc.so", "017f"],
      ["[kernel]", ""],
    ]);
    expect(profile.notes).toEqual([]);
  });

  it("keeps names and defaults however far back they were sent", async () => {
    // Each packet alone in the part of the file that is held in memory.
    const padding = [text(900, 1, "x".repeat(150_000))];
    for (const packets of [PERF, SPANS]) {
      const apart = await readWith(perfettoReader, trace(...packets.flatMap((packet) => [packet, padding])));
      const together = await readWith(perfettoReader, trace(...packets));
      expect(foldedOf(apart, 0)).toEqual(foldedOf(together, 0));
      expect(apart.threads).toEqual(together.threads);
      expect(noteCodes(apart).filter((code) => code.startsWith("damaged"))).toEqual([]);
    }
  });

  it("names native frames by symbols at the end, inlined functions among them", async () => {
    const profile = await readWith(perfettoReader, trace(...PERF, SYMBOLS));
    expect(foldedOf(profile, 0)).toEqual(["app.main;read;memcpy 1", "app.main;read;memcpy;vfs_read 1"]);
    const { frames, strings } = profile;
    const row = Array.from(frames.name, (name) => strings.get(name)).indexOf("memcpy");
    expect([frames.inlined[row], frames.line[row]]).toEqual([1, 9]);
  });

  it("forgets names when a sequence starts anew, and skips what needs lost ones", async () => {
    const profile = await readWith(
      perfettoReader,
      trace(
        ...PERF,
        [
          [13, 1],
          [59, DEFAULTS],
          [
            12,
            [
              text(5, 1, "other"),
              [
                6,
                [
                  [1, 1],
                  [2, 1],
                ],
              ],
              [
                7,
                [
                  [1, 1],
                  [2, 1],
                ],
              ],
            ],
          ],
        ],
        at(3000, 66, perf(7, 1), [13, 2]),
        at(4000, 66, perf(7, 2), [13, 2]),
        at(5000, 66, perf(7, 1), [13, 2], [42, 1]),
        at(6000, 66, perf(7, 1), [13, 2], [10, 9], [42, 1]),
        at(7000, 66, [
          [2, 7],
          [3, 7],
          [18, 2],
        ]),
      ),
    );
    expect(foldedOf(profile, 0)).toEqual([" 1", "app.main; 1", "app.main;;vfs_read 1", "other 1"]);
    expect(profile.samples.stack.at(-1)).toBe(-1);
    expect(noteCodes(profile)).toEqual([
      "packets-lost×1",
      "state-lost×2",
      "callstack-lost×1",
      "not-unwound×1",
    ]);
  });

  it("reads Chrome's stream of callstacks and samples of other producers", async () => {
    const profile = await readWith(
      perfettoReader,
      trace(
        ...PERF.slice(0, 2),
        [
          [
            44,
            [
              [1, 7],
              [2, 9],
              [5, "CrRendererMain"],
              [6, 5],
            ],
          ],
        ],
        [
          [
            54,
            [
              [1, 1],
              [1, 2],
              [2, 10],
              [2, 50],
            ],
          ],
        ],
        at(90000, 135, [
          [
            1,
            [
              [2, 7],
              [3, 8],
            ],
          ],
          [
            5,
            [
              [
                1,
                [
                  [1, "main"],
                  [2, "main.py"],
                  [3, 10],
                ],
              ],
              [1, [[1, "foo"]]],
            ],
          ],
          [
            9,
            [
              [2, "wall-time"],
              [3, 1],
              [5, 1000],
            ],
          ],
          [11, 3],
        ]),
      ),
    );
    expect(types(profile)).toEqual(["samples/count 3", "wall-time/nanoseconds 3000"]);
    expect([...profile.samples.time!]).toEqual([0, 50000, 75000]);
    expect(foldedOf(profile, 1)).toEqual(["app.main; 0", "app.main;;vfs_read 0", "main;foo 3000"]);
    expect(profile.threads[0]).toMatchObject({ name: "CrRendererMain", pid: 7, tid: 9 });
  });
});

describe("perfetto: the file", () => {
  it("unpacks compressed packets, and says what is broken", async () => {
    const squeezed = trace([[50, new Uint8Array(deflateSync(trace(...PERF)))]]);
    expect(foldedOf(await readWith(perfettoReader, squeezed), 0)).toHaveLength(2);
    const half = trace(...PERF, [[50, Uint8Array.of(1, 2)]]);
    expect(noteCodes(await readWith(perfettoReader, half))).toEqual(["damaged-compression×1"]);
    const cut = trace(...PERF);
    expect(noteCodes(await readWith(perfettoReader, cut.subarray(0, -3)))).toEqual(["truncated×1"]);
    const strange = Buffer.concat([cut, Uint8Array.of(0x12, 1, 1)]);
    expect(noteCodes(await readWith(perfettoReader, new Uint8Array(strange)))).toEqual(["damaged×1"]);
    expect(await readingError(perfettoReader, trace([[39, "x"]]))).toMatchObject({ code: "nothing-left" });
    expect(await readingError(perfettoReader, "x")).toMatchObject({ code: "malformed" });
  });

  it("is recognised, also by a cut head", () => {
    const bytes = trace(...PERF);
    expect(perfettoReader.sniff(headOf(bytes))).toBe("yes");
    const long = trace(...PERF, at(1, 36, new Uint8Array(100000)));
    expect(perfettoReader.sniff(headOf(long))).toBe("yes");
    expect(perfettoReader.sniff(headOf("\n\n"))).toBe("no");
    expect(
      perfettoReader.sniff(
        headOf(
          encoded([
            [
              1,
              [
                [1, 1],
                [2, 2],
              ],
            ],
          ]),
        ),
      ),
    ).toBe("no");
    expect(
      perfettoReader.sniff(
        headOf(
          encoded([
            [1, [[8, 1]]],
            [2, "x"],
          ]),
        ),
      ),
    ).toBe("no");
  });

  it("survives three thousand mutations", async () => {
    const bytes = trace(...PERF, ...SPANS, SYMBOLS);
    expect(await readMutations(perfettoReader, bytes, 3000)).toBeGreaterThan(1000);
  });
});

describe.skipIf(!haveCorpus)("corpus of Perfetto traces", () => {
  it.each(corpusFiles("perfetto"))("%s: every span of atrace, in its place", async (name) => {
    const bytes = readCorpus("perfetto", name);
    expect(perfettoReader.sniff(headOf(bytes))).toBe("yes");
    const profile = await readWith(perfettoReader, bytes);
    // As counted in the file's bytes: lines "B|…" and "S|…" that have their end.
    const text = Buffer.from(bytes).toString("latin1");
    const begins = text.match(/B\|9305\|/g)!.length + text.match(/F\|9305\|/g)!.length;
    expect(types(profile)[1]).toBe(`spans/count ${begins}`);
    expect(foldedOf(profile).some((line) => line.startsWith("Recomposer:recompose;Compose:recompose "))).toBe(
      true,
    );
    expect(noteCodes(profile)).toEqual(["not-shown-47×2", "not-shown-76×7475", "not-shown-39×1"]);
  });
});
