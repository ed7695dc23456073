import { afterAll, describe, expect, it } from "vitest";
import { recordAgreement } from "../../../../../test/support/agreement.ts";
import { corpusFiles, expectationsOf, haveCorpus, readCorpus } from "../../../../../test/support/corpus.ts";
import { foldedWith } from "../../../../../test/support/folded-with.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import { encodeUtf8 } from "../../util/platform.ts";
import { xctraceXmlReader } from "./index.ts";

const document = (...rows: string[]): string =>
  `<?xml version="1.0"?>\n<trace-query-result>\n<node xpath='//table[1]'><schema name="time-profile"><col><mnemonic>time</mnemonic></col></schema>${rows.map((row) => `<row>${row}</row>`).join("\n")}\n</node></trace-query-result>\n`;

const FIRST = `<sample-time id="1" fmt="00:00.052">52360000</sample-time><thread id="2" fmt="main  0x3c606d (app, pid: 21)"><tid id="3">3956845</tid><process id="4" fmt="app (21)"><pid id="5">21</pid></process></thread><process ref="4"/><core id="7">6</core><thread-state id="8" fmt="Running">Running</thread-state><weight id="9" fmt="1.00 ms">1000000</weight><backtrace id="10"><frame id="11" name="f&lt;T>" addr="0x1010"><binary id="12" name="app" UUID="DE46" arch="arm64" load-addr="0x1000" path="/bin/app"/><source line="24"><path id="31">/src/main.rs</path></source></frame><frame id="13" name="main" addr="0x1020"><binary ref="12"/><source line="3"><path ref="31"/></source></frame></backtrace>`;
const SECOND = `<sample-time id="15">53362583</sample-time><thread ref="2"/><process ref="4"/><thread-state id="18" fmt="Blocked">Blocked</thread-state><weight ref="9"/><backtrace id="20"><frame id="21" name="0x99" addr="0x99"/><frame ref="13"/></backtrace>`;
const THIRD = `<sample-time id="25">54362583</sample-time><thread ref="2"/><thread-state ref="8"/><weight ref="9"/><backtrace ref="10"/>`;

describe("xctrace export", () => {
  it("reads rows whose elements refer to earlier ones", async () => {
    const profile = await readWith(xctraceXmlReader, document(FIRST, SECOND, THIRD));
    expect(profile.valueTypes).toEqual([
      { name: "samples", unit: "count" },
      { name: "time", unit: "nanoseconds" },
    ]);
    expect(profile.meta.defaultValueType).toBe(1);
    expect(foldedOf(profile)).toEqual(["main; 1000000", "main;f<T> 2000000"]);
    expect([...profile.samples.time!]).toEqual([52_360_000, 53_362_583, 54_362_583]);
    expect(profile.threads).toEqual([{ name: "main", process: "app", pid: 21, tid: 3956845 }]);
    const states = [...profile.samples.labels!].map((set) => profile.labelSets[set]![0]!.value);
    expect(states).toEqual(["Running", "Blocked", "Running"]);
    expect(profile.notes).toEqual([]);
  });

  it("keeps files, lines, images, and addresses without a name", async () => {
    const { frames, strings, mappings } = await readWith(xctraceXmlReader, document(FIRST, SECOND));
    const rows = [...frames.name].map((name, i) => [
      strings.get(name),
      strings.get(frames.file[i]!),
      frames.line[i],
      frames.mapping[i],
      frames.address[i],
    ]);
    expect(rows).toEqual([
      ["f<T>", "/src/main.rs", 24, 0, 0n],
      ["main", "/src/main.rs", 3, 0, 0n],
      ["", "", 0, -1, 0x99n],
    ]);
    expect(mappings).toMatchObject([{ path: "/bin/app", buildId: "DE46", start: 0x1000n }]);
  });

  it("reads cycles, tagged backtraces, and rows without a backtrace", async () => {
    const cycles = `<sample-time id="1">5</sample-time><cycle-weight id="2">700</cycle-weight><tagged-backtrace id="3" fmt="f"><backtrace id="4"><frame id="5" name="f" addr="0x1"/></backtrace></tagged-backtrace>`;
    const again = `<cycle-weight ref="2"/><tagged-backtrace ref="3"/>`;
    const idle = `<sample-time id="9">5</sample-time><cycle-weight ref="2"/><sentinel/>`;
    const profile = await readWith(
      xctraceXmlReader,
      document(cycles, again, idle, `<event id="6">x</event>`),
    );
    expect(profile.valueTypes[1]).toEqual({ name: "cycles", unit: "count" });
    expect(foldedOf(profile)).toEqual([" 700", "f 1400"]);
    expect(noteCodes(profile)).toEqual(["no-backtrace×1"]);
  });

  it("says what is missing or broken off", async () => {
    const missing = await readWith(
      xctraceXmlReader,
      document(FIRST, `<weight ref="9"/><backtrace ref="77"/>`),
    );
    expect(noteCodes(missing)).toEqual(["missing-reference×1"]);
    const cut = await readWith(xctraceXmlReader, document(FIRST, SECOND).slice(0, -60));
    expect(noteCodes(cut)).toEqual(["truncated×1"]);
    expect(cut.samples.length).toBe(1);
    expect(await readingError(xctraceXmlReader, document("<event/>"))).toMatchObject({
      code: "malformed",
      hint: expect.stringContaining("time-profile"),
    });
    const deep = `${"<a>".repeat(300)}`;
    expect(await readingError(xctraceXmlReader, document(deep))).toMatchObject({ code: "malformed" });
    const unbalanced = await readWith(xctraceXmlReader, document(`</x></row>${FIRST}<b><c></b>`, FIRST));
    expect(unbalanced.samples.length).toBeGreaterThan(0);
  });

  it("is told by its root element", () => {
    expect(xctraceXmlReader.sniff(headOf(document(FIRST)))).toBe("yes");
    expect(xctraceXmlReader.sniff(headOf("<?xml version='1.0'?><svg><trace-query-result>"))).toBe("no");
  });

  it("survives three thousand mutations", async () => {
    const bytes = encodeUtf8(document(FIRST, SECOND, THIRD));
    expect(await readMutations(xctraceXmlReader, bytes, 3000)).toBeGreaterThan(500);
  });
});

describe.skipIf(!haveCorpus)("corpus of xctrace exports", () => {
  const counts = { total: 0, agree: 0, deliberate: 0 };
  afterAll(() => recordAgreement({ area: "inferno, inferno-collapse-xctrace", ...counts }));

  it.each(corpusFiles("xctrace-xml"))("reads %s as inferno does", async (file) => {
    counts.total++;
    const bytes = readCorpus("xctrace-xml", file);
    expect(xctraceXmlReader.sniff(headOf(bytes))).toBe("yes");
    const profile = await readWith(xctraceXmlReader, bytes);
    expect(profile.notes).toEqual([]);
    const [expectation] = expectationsOf("xctrace-xml", file);
    const expected = new TextDecoder().decode(readCorpus("xctrace-xml", expectation!)).trimEnd().split("\n");
    const ours = foldedWith(profile, 0, ({ name, address }) => name || `0x${address.toString(16)}`);
    expect(ours.sort()).toEqual(expected.sort());
    counts.agree++;
  });
});
