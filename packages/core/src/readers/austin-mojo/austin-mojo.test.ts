import { afterAll, describe, expect, it } from "vitest";
import { recordAgreement } from "../../../../../test/support/agreement.ts";
import { corpusFiles, haveCorpus, readCorpus } from "../../../../../test/support/corpus.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { ProfileBuilder } from "../../model/builder.ts";
import { FrameKind, type Profile } from "../../model/profile.ts";
import { encodeUtf8 } from "../../util/platform.ts";
import { sourceOfBytes } from "../../util/source.ts";
import { austinReader } from "../austin/index.ts";
import { austinMojoReader } from "./index.ts";

/** Writes a file event by event. */
class Mojo {
  readonly bytes: number[];

  constructor(version: number) {
    this.bytes = [0x4d, 0x4f, 0x4a, version];
  }

  event(kind: number, ...fields: (number | string)[]): this {
    this.bytes.push(kind);
    for (const field of fields) {
      if (typeof field === "string") this.bytes.push(...encodeUtf8(field), 0);
      else this.#integer(field);
    }
    return this;
  }

  #integer(value: number): void {
    let rest = Math.abs(value);
    const sign = value < 0 ? 0x40 : 0;
    const first = rest % 64;
    rest = Math.floor(rest / 64);
    this.bytes.push(first | sign | (rest > 0 ? 0x80 : 0));
    while (rest > 0) {
      const low = rest % 128;
      rest = Math.floor(rest / 128);
      this.bytes.push(low | (rest > 0 ? 0x80 : 0));
    }
  }

  end(): Uint8Array {
    return Uint8Array.from(this.bytes);
  }
}

/** main → work in process 7, and something else by the same keys in process 8. */
const first = (version = 1): Mojo => {
  const mojo = new Mojo(version).event(1, "austin", "3.4.1").event(1, "interval", "100");
  mojo.event(2, 7, "1f").event(11, 90, "a.py").event(11, 91, "main").event(11, 92, "work");
  return mojo.event(3, 10, 90, 91, 5).event(3, 11, 90, 92, 300).event(5, 10).event(5, 11).event(9, 1000);
};

describe("austin MOJO", () => {
  it("reads frames, threads and times", async () => {
    const profile = await readWith(
      austinMojoReader,
      first().event(2, 7, "1f").event(5, 10).event(9, 70).end(),
    );
    expect(foldedOf(profile)).toEqual(["main 70000", "main;work 1000000"]);
    expect(profile.threads).toEqual([{ name: "", pid: 7, tid: 31 }]);
    expect([...profile.frames.line]).toEqual([5, 300]);
    expect(profile.meta).toMatchObject({ producer: "austin 3.4.1", period: { value: 100_000 } });
    expect(profile.notes).toEqual([]);
  });

  it("takes references for those of their process", async () => {
    const mojo = first()
      .event(2, 8, "2")
      .event(11, 90, "b.py")
      .event(11, 91, "other")
      .event(3, 10, 90, 91, 1);
    mojo.event(5, 10).event(9, 5).event(2, 7, "1f").event(5, 10).event(9, 6);
    const profile = await readWith(austinMojoReader, mojo.end());
    expect(foldedOf(profile)).toEqual(["main 6000", "main;work 1000000", "other 5000"]);
  });

  it("gives what comes before the first process to it", async () => {
    const mojo = new Mojo(1).event(11, 90, "a.py").event(11, 91, "f").event(3, 10, 90, 91, 1);
    const profile = await readWith(austinMojoReader, mojo.event(2, 7, "1").event(5, 10).event(9, 5).end());
    expect(foldedOf(profile)).toEqual(["f 5000"]);
    expect(profile.notes).toEqual([]);
  });

  it("repeats a thread's stack, and knows interpreters and columns", async () => {
    const mojo = new Mojo(4).event(2, 7, 0, "a").event(11, 90, "a.py").event(11, 91, "f");
    mojo.event(3, 10, 90, 91, 5, 6, 9, 2).event(5, 10).event(9, 5).event(2, 7, 1, "b").event(9, 1);
    mojo.event(2, 7, 0, "a").event(13).event(9, 20);
    const profile = await readWith(austinMojoReader, mojo.end());
    expect(foldedOf(profile)).toEqual([" 1000", "f 25000"]);
    expect(profile.threads.map(({ name }) => name)).toEqual(["0:10", "1:11"]);
    expect([profile.frames.line[0], profile.frames.column[0]]).toEqual([5, 9]);
  });

  it("reads memory, cpu and full mode", async () => {
    const memory = new Mojo(1).event(1, "mode", "memory").event(2, 1, "1").event(10, -64).end();
    expect((await readWith(austinMojoReader, memory)).valueTypes).toEqual([
      { name: "memory", unit: "bytes" },
    ]);
    expect(foldedOf(await readWith(austinMojoReader, memory))).toEqual([" -64"]);
    const cpu = new Mojo(1).event(1, "mode", "cpu").event(2, 1, "1").event(9, 3).end();
    expect((await readWith(austinMojoReader, cpu)).valueTypes[0]!.name).toBe("cpu");
    const full = new Mojo(1).event(1, "mode", "full").event(2, 1, "1").event(9, 10).event(10, 7);
    full.event(2, 1, "1").event(9, 20).event(8).event(10, -3);
    const profile = await readWith(austinMojoReader, full.end());
    expect(profile.valueTypes.map(({ name }) => name)).toEqual(["wall", "cpu", "memory"]);
    expect([0, 1, 2].map((type) => foldedOf(profile, type))).toEqual([[" 30000"], [" 10000"], [" 4"]]);
  });

  it("reads frames that are not Python's", async () => {
    const mojo = new Mojo(1).event(1, "map", "1000-2000 /lib/x.so").event(2, 1, "1");
    mojo.event(11, 5, "native@1010").event(11, 6, "malloc").event(11, 7, "").event(11, 8, "native@9999");
    mojo.event(3, 1, 5, 6, 4096).event(3, 2, 8, 7, 0).event(3, 3, 1, 1, 0);
    mojo.event(5, 1).event(5, 2).event(5, 3).event(6, "do_idle").event(7).event(4).event(9, 1);
    const { frames, strings, mappings } = await readWith(austinMojoReader, mojo.end());
    const rows = [...frames.name].map((name, i) => [
      strings.get(name),
      mappings[frames.mapping[i]!]?.path,
      frames.kind[i],
      frames.address[i],
      frames.line[i],
    ]);
    expect(rows).toEqual([
      ["malloc", "/lib/x.so", FrameKind.native, 0n, 0],
      ["", undefined, FrameKind.native, 0x9999n, 0],
      ["[unknown]", undefined, FrameKind.unknown, 0n, 0],
      ["do_idle", undefined, FrameKind.kernel, 0n, 0],
      ["GC", undefined, FrameKind.unknown, 0n, 0],
      ["INVALID", undefined, FrameKind.unknown, 0n, 0],
    ]);
  });

  it("says what is missing, broken off, or not known", async () => {
    const missing = await readWith(
      austinMojoReader,
      first().event(2, 7, "1f").event(5, 99).event(9, 1).end(),
    );
    expect(noteCodes(missing)).toEqual(["missing-reference×1"]);
    const cut = await readWith(austinMojoReader, first().event(2, 7, "1f").end().subarray(0, -1));
    expect(noteCodes(cut)).toEqual(["truncated×1"]);
    const odd = await readWith(austinMojoReader, first().event(2, 7, "1f").event(77).end());
    expect(noteCodes(odd)).toEqual(["unknown-event×1"]);
    expect(await readingError(austinMojoReader, new Mojo(9).end())).toMatchObject({ code: "unsupported" });
    expect(await readingError(austinMojoReader, new Mojo(1).end())).toMatchObject({ code: "malformed" });
    expect(await readingError(austinMojoReader, "MO")).toMatchObject({ code: "malformed" });
    const endless = Uint8Array.from([...first().bytes, 9, ...new Array(40).fill(0x80)]);
    expect(noteCodes(await readWith(austinMojoReader, endless))).toEqual(["unknown-event×1"]);
  });

  it("is told by its first bytes, and reads them in any pieces", async () => {
    const bytes = first().end();
    expect(austinMojoReader.sniff(headOf(bytes))).toBe("yes");
    expect(austinMojoReader.sniff(headOf("MOJO is a word"))).toBe("no");
    const inner = sourceOfBytes(bytes);
    const builder = new ProfileBuilder();
    const source = {
      name: undefined,
      size: undefined,
      read: async (target: Uint8Array) => inner.read(target.subarray(0, 1)),
    };
    await austinMojoReader.read(source, builder, builder.notes, {});
    expect(foldedOf(builder.finish())).toEqual(["main;work 1000000"]);
  });

  it("survives three thousand mutations", async () => {
    const bytes = first().event(2, 7, "1f").event(5, 10).event(13).event(9, 70).event(1, "a", "b").end();
    expect(await readMutations(austinMojoReader, bytes, 3000)).toBeGreaterThan(500);
  });
});

describe.skipIf(!haveCorpus)("corpus of MOJO files", () => {
  const counts = { total: 0, agree: 0, deliberate: 0 };
  afterAll(() => recordAgreement({ area: "austin, mojo2austin", ...counts }));

  it.each(corpusFiles("austin-mojo"))("reads %s", async (file) => {
    const bytes = readCorpus("austin-mojo", file);
    expect(austinMojoReader.sniff(headOf(bytes))).toBe("yes");
    const profile = await readWith(austinMojoReader, bytes);
    expect(profile.notes).toEqual([]);
    expect(profile.samples.length).toBeGreaterThan(1000);
  });

  /** Stack with places, thread and weight of every sample, in the file's order. */
  function observations({ samples, stacks, frames, strings, threads }: Profile): string[] {
    return Array.from({ length: samples.length }, (_, row) => {
      const places: string[] = [];
      for (let stack = samples.stack[row]!; stack >= 0; stack = stacks.parent[stack]!) {
        const frame = stacks.frame[stack]!;
        const [file, name] = [strings.get(frames.file[frame]!), strings.get(frames.name[frame]!)];
        places.push(`${file}:${name}:${frames.line[frame]}`);
      }
      const { name, pid, tid } = threads[samples.thread![row]!]!;
      return `${pid} ${tid} ${name} ${places.reverse().join(";")} ${samples.weights[0]![row]}`;
    });
  }

  it.each(["mp", "repeat"])("says of %s what austin's own text says", async (name) => {
    counts.total++;
    const file = `P403n1x87__austin-python__${name}.mojo`;
    const ours = await readWith(austinMojoReader, readCorpus("austin-mojo", file));
    const text = await readWith(austinReader, readCorpus("austin-mojo", `${file}.expected.austin`));
    expect(observations(ours)).toEqual(observations(text));
    counts.agree++;
  });
});
