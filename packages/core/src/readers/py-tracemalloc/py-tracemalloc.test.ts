import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { recordAgreement } from "../../../../../test/support/agreement.ts";
import { corpusFiles, haveCorpus, readCorpus } from "../../../../../test/support/corpus.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { type Profile, totalsOf } from "../../model/profile.ts";
import { pyTracemallocReader } from "./index.ts";
import { Unpickler } from "./pickle.ts";

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const short = (text: string): string => `\x8c${String.fromCharCode(text.length)}${text}`;

/** A snapshot whose list of traces is what these opcodes push. */
const snapshot = (traces: string): Uint8Array =>
  latin1(
    `\x80\x04${short("tracemalloc")}\x94${short("Snapshot")}\x93)\x81}(${short("traces")}h\x00${short("_Traces")}\x93)\x81}` +
      `${short("_traces")}](${traces}esb${short("traceback_limit")}K\x0aub.`,
  );
/** (domain, size, ((file, line), …), depth), the newest frame first. */
const TRACES =
  `(K\x00Kd(${short("/app/a.py")}\x94K\x07\x86h\x01K\x02\x86tK\x02t` +
  `(K\x01Kl(h\x01K\x07\x86h\x01K\x02\x86tK\x09t` +
  `(K\x00M\x2c\x01(h\x01K\x07\x86h\x01K\x02\x86tt`;

describe("tracemalloc snapshots", () => {
  it("adds up blocks by stack and domain", async () => {
    const profile = await readWith(pyTracemallocReader, snapshot(TRACES));
    expect(profile.valueTypes).toEqual([
      { name: "space", unit: "bytes" },
      { name: "blocks", unit: "count" },
    ]);
    expect(foldedOf(profile, 0)).toEqual(["a.py:2;a.py:7 508"]);
    expect([...profile.samples.weights[0]!]).toEqual([400, 108]);
    expect([...profile.samples.weights[1]!]).toEqual([2, 1]);
    expect(profile.labelSets[1]).toEqual([{ key: "domain", value: 1, unit: "" }]);
    expect([profile.strings.get(profile.frames.file[0]!), profile.frames.line[0]]).toEqual(["/app/a.py", 2]);
    expect(noteCodes(profile)).toEqual(["stack-cut×1"]);
  });

  it("says what is strange, and refuses what is no snapshot", async () => {
    const strange = await readWith(pyTracemallocReader, snapshot(`${TRACES}N(K\x00K\x01(NK\x01ttK\x02`));
    expect(noteCodes(strange)).toContain("bad-trace×2");
    expect(foldedOf(strange, 1)).toContain("[unknown];[unknown] 1");
    const errors = [
      "\x80\x04N.",
      "\x80\x04",
      "\x80\x04\xff",
      `\x80\x04${short("tracemalloc")}${short("Snapshot")}\x93)\x81.`,
    ];
    for (const input of errors) {
      expect(["malformed", "truncated"]).toContain(
        (await readingError(pyTracemallocReader, latin1(input))).code,
      );
    }
    expect(pyTracemallocReader.sniff(headOf(snapshot(TRACES)))).toBe("yes");
    expect(pyTracemallocReader.sniff(headOf(latin1("\x80\x04N.tracemalloc")))).toBe("no");
  });

  it("never calls anything", async () => {
    const evil = ["cos\nsystem\n(S'true'\ntR.", `\x80\x04${short("os")}${short("system")}\x93(Vtrue\ntR.`];
    for (const input of evil) {
      const error = await readingError(pyTracemallocReader, latin1(input));
      expect(error.message).toContain("os.system");
    }
    const called = `ctracemalloc\nSnapshot\n(tR.`;
    expect((await readingError(pyTracemallocReader, latin1(called))).message).toContain("called");
  });

  it("reads every kind of value", () => {
    const value = (text: string): unknown => new Unpickler(latin1(text), "x", () => false).read();
    expect(value("(I12\nL-5L\nF1.5\nVab\nNt.")).toEqual([12, -5, 1.5, "ab", null]);
    expect(value("(J\xff\xff\xff\xffM\x01\x02\x8a\x02\xff\xff\x8b\x01\x00\x00\x00\x7f\x8a\x00l.")).toEqual([
      -1, 513, -1, 127, 0,
    ]);
    expect(value("(G\x3f\xf8\x00\x00\x00\x00\x00\x00X\x02\x00\x00\x00\xc3\xa9\x88\x89t.")).toEqual([
      1.5,
      "é",
      true,
      false,
    ]);
    expect(value("(K\x01K\x02d.")).toEqual(new Map([[1, 2]]));
    expect(value("]q\x05K\x01ah\x05\x86.")).toEqual([[1], [1]]);
    expect(value("(K\x07r\x01\x00\x00\x00p2\nj\x01\x00\x00\x00g2\nt0K\x03.")).toBe(3);
    expect(() => value("h\x01.")).toThrow("no value 1");
    expect(() => value("K\x01t.")).toThrow("no beginning");
  });

  it("survives three thousand mutations", async () => {
    expect(await readMutations(pyTracemallocReader, snapshot(TRACES), 3000)).toBeGreaterThan(100);
  });
});

const root = fileURLToPath(new URL("../../../../../", import.meta.url));

describe("tracemalloc snapshots beside tracemalloc itself", () => {
  let agree = 0;
  afterAll(() => recordAgreement({ area: "tracemalloc's statistics", total: 2, agree, deliberate: 0 }));
  const expected = JSON.parse(
    readFileSync(`${root}test/fixtures/oracles/tracemalloc-kept.json`, "utf8"),
  ) as object;

  function byStack(profile: Profile): Record<string, number[]> {
    const { samples, stacks, frames, strings } = profile;
    const found: Record<string, number[]> = {};
    for (let row = 0; row < samples.length; row++) {
      const names: string[] = [];
      for (let stack = samples.stack[row]!; stack >= 0; stack = stacks.parent[stack]!) {
        const frame = stacks.frame[stack]!;
        names.unshift(`${strings.get(frames.file[frame]!)}:${frames.line[frame]}`);
      }
      found[names.join(";")] ??= [0, 0];
      for (const type of [0, 1]) found[names.join(";")]![type]! += samples.weights[type]![row]!;
    }
    return found;
  }

  it.each(["kept.pickle", "kept-protocol-0.pickle.gz"])(
    "%s: the same stacks, bytes and blocks",
    async (name) => {
      const file = readFileSync(`${root}fixtures/py-tracemalloc/${name}`);
      const bytes = new Uint8Array(name.endsWith(".gz") ? gunzipSync(file) : file);
      expect(pyTracemallocReader.sniff(headOf(bytes))).toBe("yes");
      expect(byStack(await readWith(pyTracemallocReader, bytes))).toEqual(expected);
      agree++;
    },
  );
});

describe.skipIf(!haveCorpus)("corpus of tracemalloc snapshots", () => {
  it.each(corpusFiles("py-tracemalloc"))("%s", async (name) => {
    const profile = await readWith(pyTracemallocReader, readCorpus("py-tracemalloc", name));
    expect([...totalsOf(profile)]).toEqual([207039, 2257]);
    expect(profile.meta.observations).toBe(2257);
  });
});
