import { afterAll, describe, expect, it } from "vitest";
import { type Profile, readers, totalsOf } from "../../packages/core/src/index.ts";
import { pstatsReader } from "../../packages/core/src/readers/pstats/index.ts";
import { recordAgreement } from "../support/agreement.ts";
import { corpusFiles, haveCorpus, readCorpus } from "../support/corpus.ts";
import { headOf, readWith } from "../support/reading.ts";

const files = corpusFiles("pstats");
const counts = { total: 0, agree: 0, deliberate: 0 };

/** Own seconds per function, to the millisecond, as `python -m pstats` prints them: `file:line(name)` → seconds. */
function printedTimes(text: string): Map<string, string> {
  const times = new Map<string, string>();
  const table = text.slice(text.indexOf("ncalls"), text.indexOf("Ordered by", text.indexOf("ncalls")));
  for (const [, own, name] of table.matchAll(
    /^ *[\d/]+ +(\d+\.\d{3}) +\d+\.\d{3} +\d+\.\d{3} +\d+\.\d{3} (.+)$/gm,
  ))
    times.set(name!.trim(), own!);
  return times;
}

function ownTimes(profile: Profile): Map<string, number> {
  const { samples, stacks, frames, strings } = profile;
  const times = new Map<string, number>();
  for (let row = 0; row < samples.length; row++) {
    const frame = stacks.frame[samples.stack[row]!]!;
    const file = strings.get(frames.file[frame]!);
    const name = strings.get(frames.name[frame]!);
    const key =
      file === "" ? `{${name.replace(/^<(.*)>$/, "$1")}}` : `${file}:${frames.line[frame]}(${name})`;
    times.set(key, (times.get(key) ?? 0) + samples.weights[0]![row]!);
  }
  return times;
}

describe.skipIf(!haveCorpus)("corpus of pstats files", () => {
  afterAll(() => recordAgreement({ area: "Python pstats", ...counts }));

  it.each(files)("recognises and reads %s", async (file) => {
    const bytes = readCorpus("pstats", file);
    expect(readers.filter((reader) => reader.sniff(headOf(bytes)) === "yes")).toEqual([pstatsReader]);
    const profile = await readWith(pstatsReader, bytes);
    expect(totalsOf(profile)[0]).toBeGreaterThan(0);
    expect(profile.notes.map(({ code }) => code)).toContain("call-graph");
  });

  it("hands out every function's own time, as python prints it", async () => {
    counts.total++;
    const file = "generated__here__cprofile.py311.pstats";
    const text = new TextDecoder().decode(readCorpus("pstats", `${file}.expected.print.txt`));
    const times = ownTimes(await readWith(pstatsReader, readCorpus("pstats", file)));
    const printed = printedTimes(text);
    expect(printed.size).toBeGreaterThan(20);
    for (const [name, seconds] of printed)
      expect([name, ((times.get(name) ?? 0) / 1e9).toFixed(3)]).toEqual([name, seconds]);
    counts.agree++;
  });
});
