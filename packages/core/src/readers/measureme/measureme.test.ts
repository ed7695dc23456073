import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { corpusFiles, haveCorpus, readCorpus } from "../../../../../test/support/corpus.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { totalsOf } from "../../index.ts";
import { encodeUtf8 } from "../../util/platform.ts";
import { measuremeReader } from "./index.ts";

type Part = number[];
const FIRST = 100_000_003;
const METADATA = 100_000_001;

const little = (value: number, bytes: number): Part =>
  Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);

/** A recording in the making; ids have 4 or 8 bytes by the version. */
class Recording {
  readonly #version: number;
  readonly #id: number;
  readonly strings: Part = [];
  readonly index: Part = [];
  readonly events: Part = [];

  constructor(version = 9) {
    this.#version = version;
    this.#id = version >= 9 ? 8 : 4;
    for (const [stream, magic] of [
      [this.strings, "MMSD"],
      [this.index, "MMSI"],
      [this.events, "MMES"],
    ] as const) {
      stream.push(...encodeUtf8(magic), ...little(version, 4));
    }
  }

  /** A text of parts; a number refers to another text. Returns its id. */
  text(...parts: (string | number)[]): number {
    const id = FIRST + this.strings.length;
    for (const part of parts) {
      if (typeof part === "string") this.strings.push(...encodeUtf8(part));
      else this.strings.push(0xfe, ...little(part, this.#id));
    }
    this.strings.push(0xff);
    return id;
  }

  map(id: number, text: number): this {
    this.index.push(...little(id, this.#id), ...little(text - FIRST, this.#id));
    return this;
  }

  event(id: number, thread: number, start: number, end: number): this {
    this.events.push(...little(0, this.#id), ...little(id, this.#id), ...little(thread, 4));
    this.events.push(...little(start % 2 ** 32, 4), ...little(end % 2 ** 32, 4));
    this.events.push(...little(Math.floor(end / 2 ** 32), 2), ...little(Math.floor(start / 2 ** 32), 2));
    return this;
  }

  /** Pages of 50 bytes, so that events lie across them. */
  end(): Uint8Array {
    const pages = [this.events, this.strings, this.index].flatMap((stream, tag) =>
      Array.from({ length: Math.ceil(stream.length / 50) }, (_, i) => {
        const piece = stream.slice(i * 50, i * 50 + 50);
        return [tag, ...little(piece.length, 4), ...piece];
      }),
    );
    return Uint8Array.from([...encodeUtf8("MMPD"), ...little(this.#version, 4), ...pages.flat()]);
  }
}

const INSTANT = 0xffff_ffff_ffff;

/** main encloses typeck (twice) and codegen; another thread has link. */
function compiled(version = 9): Recording {
  const recording = new Recording(version);
  const [main, typeck, codegen] = [
    recording.text("main"),
    recording.text("typeck"),
    recording.text("codegen"),
  ];
  const argument = recording.text("crate::f");
  recording.map(7, recording.text(typeck, "\x1e\x11", argument));
  recording.map(
    METADATA,
    recording.text(
      `{ "start_time": 1795355008409983636, "process_id": 77, "cmd": "rustc \\"a\\".rs", "counter": { "name": "wall-time" } }`,
    ),
  );
  recording.event(typeck, 1, 10, 30).event(7, 1, 30, 40).event(codegen, 1, 60, 90).event(main, 1, 0, 100);
  return recording.event(typeck, 1, 50, INSTANT).event(recording.text("link"), 2, 5, 2 ** 33 + 5);
}

describe("measureme", () => {
  it.each([7, 8, 9])("stacks the intervals of version %i", async (version) => {
    const bytes = compiled(version).end();
    expect(measuremeReader.sniff(headOf(bytes))).toBe("yes");
    const profile = await readWith(measuremeReader, bytes);
    expect(profile.valueTypes).toEqual([
      { name: "time", unit: "nanoseconds" },
      { name: "events", unit: "count" },
    ]);
    expect(foldedOf(profile, 0)).toEqual([`link ${2 ** 33}`, "main 40", "main;codegen 30", "main;typeck 30"]);
    expect(foldedOf(profile, 1)).toEqual(["link 1", "main 1", "main;codegen 1", "main;typeck 2"]);
    expect([...profile.samples.time!]).toEqual([0, 10, 30, 40, 60, 90, 5]);
    expect(profile.meta).toMatchObject({
      timeOrigin: 1795355008409983636n,
      duration: 2 ** 33 + 5,
      comments: ['Command: rustc "a".rs'],
    });
    expect(profile.threads).toEqual([
      { name: "", pid: 77, tid: 1 },
      { name: "", pid: 77, tid: 2 },
    ]);
    expect(noteCodes(profile)).toEqual(["instant-events×1"]);
  });

  it("puts the later of two alike outside, counts what lasts no time, and cuts what overlaps", async () => {
    const recording = new Recording();
    const [inner, outer] = [recording.text("inner"), recording.text("outer")];
    recording.event(inner, 1, 0, 10).event(outer, 1, 0, 10);
    recording.event(inner, 1, 20, 20).event(inner, 1, 35, 50).event(outer, 1, 20, 40);
    const profile = await readWith(measuremeReader, recording.end());
    expect(foldedOf(profile, 0)).toEqual(["outer 15", "outer;inner 15"]);
    expect(foldedOf(profile, 1)).toEqual(["outer 2", "outer;inner 3"]);
    expect(noteCodes(profile)).toEqual(["overlapping-events×1"]);
  });

  it("counts what another counter counts, without time", async () => {
    const recording = new Recording();
    recording.map(METADATA, recording.text('{ "counter": { "name": "instructions:u" } }'));
    recording.event(recording.text("main"), 1, 0, 5).event(1, 1, 0, INSTANT - 1);
    const profile = await readWith(measuremeReader, recording.end());
    expect(profile.valueTypes[0]).toEqual({ name: "instructions:u", unit: "count" });
    expect(profile.samples.time).toBeUndefined();
    expect(noteCodes(profile)).toEqual(["integer-events×1"]);
  });

  it("survives texts that go round in circles, and names that are missing", async () => {
    const recording = new Recording();
    recording.map(3, recording.text("a", 4)).map(4, recording.text(3, "b"));
    recording.event(3, 1, 0, 5).event(99, 1, 6, 7).event(recording.text(50_000), 1, 8, 9);
    const profile = await readWith(measuremeReader, recording.end());
    const folded = foldedOf(profile);
    expect(folded.length).toBe(3);
    expect(folded.some((line) => /^a+b* 5$/.test(line))).toBe(true);
    expect(folded).toContain("[unknown] 1");
    expect(folded).toContain("<unknown> 1");
    expect(noteCodes(profile)).toEqual(["unknown-event×1"]);
  });

  it("keeps a stack of 50,000 events without recursion", async () => {
    const recording = new Recording();
    const id = recording.text("f");
    for (let i = 0; i < 50_000; i++) recording.event(id, 1, i, 200_000 - i);
    const profile = await readWith(measuremeReader, recording.end());
    expect(profile.stacks.length).toBe(50_000);
    expect(totalsOf(profile)[0]).toBe(200_000);
  });

  it("says what is broken off or not known", async () => {
    const whole = compiled().end();
    const cut = await readWith(measuremeReader, whole.subarray(0, -20));
    expect(noteCodes(cut)).toContain("truncated×1");
    const odd = Uint8Array.from([...whole, 9, 1, 0, 0, 0, 7]);
    expect(noteCodes(await readWith(measuremeReader, odd))).toContain("unknown-page×1");
    expect(await readingError(measuremeReader, new Recording(99).end())).toMatchObject({
      code: "unsupported",
    });
    expect(await readingError(measuremeReader, new Recording().end())).toMatchObject({ code: "malformed" });
    expect(await readingError(measuremeReader, "MMP")).toMatchObject({ code: "malformed" });
  });

  it("survives three thousand mutations", async () => {
    expect(await readMutations(measuremeReader, compiled().end(), 3000)).toBeGreaterThan(300);
  });
});

describe.skipIf(!haveCorpus)("corpus of self-profiles", () => {
  it.each(corpusFiles("measureme"))(
    "reads %s: every thread is busy no longer than it lived",
    async (file) => {
      const bytes = readCorpus("measureme", file);
      const profile = await readWith(measuremeReader, file.endsWith(".gz") ? gunzipSync(bytes) : bytes);
      const { samples, threads, meta } = profile;
      const busy = new Float64Array(threads.length);
      for (let row = 0; row < samples.length; row++)
        busy[samples.thread![row]!]! += samples.weights[0]![row]!;
      for (const time of busy) expect(time).toBeLessThanOrEqual(meta.duration!);
      expect(Math.max(...busy)).toBeGreaterThan(meta.duration! * 0.5);
      // Six queries of the older file were never given a name.
      expect(profile.notes.map(({ code }) => code)).not.toContain("overlapping-events");
      expect(foldedOf(profile).some((line) => /;typeck\b/.test(line))).toBe(true);
    },
  );
});
