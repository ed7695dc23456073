import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { recordAgreement } from "../../../../../test/support/agreement.ts";
import { readMutations } from "../../../../../test/support/fuzz.ts";
import { foldedOf } from "../../../../../test/support/letters.ts";
import { headOf, noteCodes, readingError, readWith } from "../../../../../test/support/reading.ts";
import type { Profile } from "../../model/profile.ts";
import { heaptrackReader } from "./index.ts";

const recorded = readFileSync(new URL("../../../../../fixtures/heaptrack/churn.txt", import.meta.url));
const TYPES = ["peak", "leaked", "allocations", "temporary"] as const;

/** main calls keep and work; traces 2 and 3. */
const HEADER = `v 10400 2
X ./app -x
I 1000 7d09db
s /app
s main
s app.c
s keep
s work
i 10 1 2 3 a
t 1 0
i 20 1 4 3 b
t 2 1
i 30 1 5 3 c
t 3 1
a 64 2
a 10 3
`;

/** Weights of each stack for each value type: `main;keep peak leaked allocations temporary`. */
function table(profile: Profile): string[] {
  const columns = TYPES.map((_, type) => new Map(foldedOf(profile, type).map((line) => cut(line))));
  return [...columns[0]!.keys()].map((stack) =>
    [stack, ...columns.map((column) => column.get(stack))].join(" "),
  );
}

function cut(line: string): [string, string] {
  const at = line.lastIndexOf(" ");
  return [line.slice(0, at), line.slice(at + 1)];
}

describe("heaptrack", () => {
  it("replays allocations and releases", async () => {
    const profile = await readWith(heaptrackReader, `${HEADER}+ 0\n+ 1\n- 1\n+ 1\n- 1\nc 1f\n`);
    expect(profile.valueTypes).toEqual([
      { name: "peak", unit: "bytes" },
      { name: "leaked", unit: "bytes" },
      { name: "allocations", unit: "count" },
      { name: "temporary", unit: "count" },
    ]);
    expect(table(profile)).toEqual(["main;keep 100 100 1 0", "main;work 16 0 2 2"]);
    expect(profile.meta).toMatchObject({
      producer: "heaptrack 1.4.0",
      comments: ["Command: ./app -x"],
      duration: 31e6,
      observations: 3,
    });
    expect(profile.notes).toEqual([]);
  });

  it("knows what each trace held at the first moment of the highest peak", async () => {
    // 16, 116, then down to 16, up to 32: the peak is at the second line.
    const profile = await readWith(heaptrackReader, `${HEADER}+ 1\n+ 0\n- 0\n+ 1\n`);
    expect(table(profile)).toEqual(["main;keep 100 0 1 1", "main;work 16 32 2 0"]);
    const later = await readWith(heaptrackReader, `${HEADER}+ 0\n- 0\n${"+ 1\n".repeat(7)}- 1\n`);
    expect(table(later)).toEqual(["main;keep 0 0 1 1", "main;work 112 96 7 1"]);
  });

  it("counts an allocation as temporary only where nothing came between", async () => {
    const profile = await readWith(heaptrackReader, `${HEADER}+ 0\n+ 1\n- 0\n- 1\n`);
    expect(table(profile)).toEqual(["main;keep 100 0 1 0", "main;work 16 0 1 0"]);
  });

  it("reads inlined functions outwards, lengths before strings, and addresses without a name", async () => {
    const text =
      "v 10550 3\nX app\ns 4 /app\ns 5 a\nb c\ns 5 outer\ns 3 f.c\ni 10 1 2 4 7 3 4 8\nt 1 0\ni ff 1\nt 2 1\na 8 2\n+ 0\n";
    const { frames, stacks, strings, mappings, notes } = await readWith(heaptrackReader, text);
    expect(notes).toEqual([]);
    const rows = [...stacks.frame].map((frame) => [
      strings.get(frames.name[frame]!),
      frames.line[frame],
      frames.inlined[frame],
      frames.address[frame],
      mappings[frames.mapping[frame]!]!.path,
    ]);
    expect(rows).toEqual([
      ["outer", 8, 0, 0n, "/app"],
      ["a\nb c", 7, 1, 0n, "/app"],
      ["", 0, 0, 255n, "/app"],
    ]);
  });

  it("skips lines that lie, with a note", async () => {
    const text = `${HEADER}+ 0\n+ 9\n- 1\n- zz\nt 99 1\nq 1\ni xx 1\na 5 77\n`;
    const profile = await readWith(heaptrackReader, text);
    expect(table(profile)).toEqual(["main;keep 100 100 1 0"]);
    expect(noteCodes(profile)).toEqual(["unusable-line×7"]);
  });

  it("refuses raw recordings, other versions and recordings without allocations", async () => {
    expect(await readingError(heaptrackReader, "v 10400 3\nx 4 /app\n")).toMatchObject({
      code: "unsupported",
      line: 2,
      hint: expect.stringContaining("--interpret"),
    });
    expect(await readingError(heaptrackReader, "v 10400 9\nX a\n")).toMatchObject({ code: "unsupported" });
    expect(await readingError(heaptrackReader, HEADER)).toMatchObject({ code: "malformed" });
  });

  it("is told by its first lines", () => {
    expect(heaptrackReader.sniff(headOf(recorded))).toBe("yes");
    expect(heaptrackReader.sniff(headOf("v 1.0\n# x\n"))).toBe("no");
  });

  /**
   * heaptrack_print starts at main, leaves operator new away, drops template arguments, and
   * lists inlined functions in another order.
   */
  const printed = (type: string): string[] => {
    const lines = readFileSync(new URL(`fixtures/churn.${type}.txt`, import.meta.url), "utf8");
    return lines
      .trimEnd()
      .split("\n")
      .filter((line) => line.startsWith("main") && !line.endsWith(" 0"))
      .map((line) => [line.split(";").length - 1, cut(line)[1]].join(" frames "))
      .sort();
  };

  let agree = 0;
  afterAll(() => {
    recordAgreement({ area: "heaptrack_print, weights and depths", total: 4, agree: 0, deliberate: agree });
  });

  it.each(TYPES)("agrees with heaptrack_print on %s", async (type) => {
    const profile = await readWith(heaptrackReader, recorded);
    const ours = foldedOf(profile, TYPES.indexOf(type))
      .filter((line) => line.includes(";main") && !line.endsWith(" 0"))
      .map((line) => cut(line.slice(line.indexOf(";main") + 1)))
      .map(([stack, weight]) =>
        [stack.replace(/;operator new[^;]*$/, "").split(";").length, weight].join(" frames "),
      )
      .sort();
    expect(ours).toEqual(printed(type));
    agree++;
  });

  it("survives three thousand mutations", async () => {
    expect(await readMutations(heaptrackReader, recorded, 3000)).toBeGreaterThan(500);
  });
});
