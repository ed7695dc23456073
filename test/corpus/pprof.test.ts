import { readdirSync, readFileSync, statSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  HEAD_SIZE,
  Head,
  MemorySink,
  type Profile,
  ProfileBuilder,
  pprofReader,
  pprofWriter,
  sourceOfBytes,
} from "../../packages/core/src/index.ts";
import { corpusFiles, corpusRoot, expectationsOf, haveCorpus, readCorpus } from "../support/corpus.ts";
import { foldedOf, validated } from "../support/letters.ts";
import { goRaw, haveGo, parseRaw, scaled, type TextSample, textSamples } from "../support/pprof-text.ts";

const FOLDER = "pprof";
const files = corpusFiles(FOLDER);

/** The bytes without their gzip wrapping. */
function unwrapped(bytes: Uint8Array): Uint8Array {
  return bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
}

function load(file: string): Uint8Array {
  return unwrapped(readCorpus(FOLDER, file));
}

async function read(bytes: Uint8Array): Promise<Profile> {
  const into = new ProfileBuilder();
  await pprofReader.read(sourceOfBytes(bytes), into, into.notes, {});
  return validated(into.finish());
}

async function written(profile: Profile): Promise<Uint8Array> {
  const sink = new MemorySink();
  await pprofWriter.write(profile, sink, { valueType: profile.meta.defaultValueType });
  return sink.bytes();
}

function head(bytes: Uint8Array): Head {
  return new Head(bytes.subarray(0, HEAD_SIZE), bytes.length <= HEAD_SIZE);
}

/** Files of the corpus that have an expectation with this ending. */
function having(ending: string): string[] {
  return files.filter((file) => expectationsOf(FOLDER, file).includes(`${file}.expected.${ending}`));
}

function expectation(file: string, ending: string): string {
  return new TextDecoder().decode(readCorpus(FOLDER, `${file}.expected.${ending}`));
}

/** Lines of folded text as a map; equal stacks add up. */
function sums(lines: readonly string[]): Map<string, number> {
  const map = new Map<string, number>();
  for (const line of lines) {
    const at = line.lastIndexOf(" ");
    map.set(line.slice(0, at), (map.get(line.slice(0, at)) ?? 0) + Number(line.slice(at + 1)));
  }
  return map;
}

describe.skipIf(!haveCorpus)("pprof corpus", () => {
  const pprofs = [
    ...files,
    ...files.flatMap((file) => expectationsOf(FOLDER, file)).filter((file) => /\.(pprof|pb\.gz)$/.test(file)),
  ].filter((file) => !file.endsWith(".snap"));

  it.each(pprofs)("%s: recognised without its name, read, and the same after writing", async (file) => {
    const bytes = load(file);
    expect(pprofReader.sniff(head(bytes))).toBe("yes");
    const profile = await read(bytes);
    expect(profile.samples.length).toBeGreaterThan(0);
    const again = await read(await written(profile));
    expect(lines(textSamples(again))).toEqual(lines(textSamples(profile)));
    expect(again.meta).toEqual(profile.meta);
    expect(again.valueTypes).toEqual(profile.valueTypes);
    expect(again.mappings).toEqual(profile.mappings);
    expect(again.frames.length).toBe(profile.frames.length);
  });

  it("says no to every file of another format", () => {
    const claimed: string[] = [];
    for (const folder of readdirSync(corpusRoot)) {
      if (folder === FOLDER || !statSync(`${corpusRoot}/${folder}`).isDirectory()) continue;
      for (const file of readdirSync(`${corpusRoot}/${folder}`)) {
        const path = `${corpusRoot}/${folder}/${file}`;
        if (/\.pprof$/.test(file) || statSync(path).isDirectory()) continue;
        let bytes: Uint8Array = readFileSync(path);
        try {
          bytes = unwrapped(bytes);
        } catch {
          // Gzip that is cut short or wrong: sniffed as it is.
        }
        if (pprofReader.sniff(head(bytes)) !== "no") claimed.push(`${folder}/${file}`);
      }
    }
    // This one is pprof's protobuf format, among the legacy files because of what it once broke.
    expect(claimed).toEqual(["pprof-legacy/google__pprof__driver_go.nomappings.crash"]);
  });

  it.each(having("raw.txt"))("%s: the samples that pprof -raw prints", async (file) => {
    const raw = parseRaw(expectation(file, "raw.txt"));
    const profile = await read(load(file));
    expect(lines(textSamples(profile))).toEqual(lines(raw.samples));
    expect(profile.valueTypes.map(({ name, unit }) => `${name}/${unit}`).join(" ")).toBe(
      raw.types.replaceAll("[dflt]", ""),
    );
  });

  it.each(having("top.txt"))("%s: self and total as pprof -top prints them", async (file) => {
    const { self, total } = selfAndTotal(await read(load(file)));
    const rows = expectation(file, "top.txt")
      .split("flat%   sum%        cum   cum%\n")[1]!
      .trimEnd()
      .split("\n");
    for (const row of rows) {
      const match = /^ *(\S+) +\S+ +\S+ +(\S+) +\S+ {2}(.*?)(?: \((?:partial-)?inline\))?$/.exec(row)!;
      const [, flat, cum, name] = match;
      for (const [printed, map] of [[flat!, self] as const, [cum!, total] as const]) {
        const { value, precision } = scaled(printed);
        expect(Math.abs((map.get(name!) ?? 0) - value), row).toBeLessThanOrEqual(precision);
      }
    }
    expect(rows.length).toBe(total.size);
  });

  it.each(having("traces.txt"))("%s: the stacks that pprof -traces prints", async (file) => {
    const profile = await read(load(file));
    const blocks = expectation(file, "traces.txt")
      .split(/^-+\+-+\n/m)
      .slice(1);
    const printed = blocks.flatMap((block) => {
      const lines = block.split("\n").filter((line) => line !== "" && !/^ *[^ ]+: {2}/.test(line));
      const first = /^ *(\S+) {3}(.*)$/.exec(lines[0] ?? "");
      if (first === null) return [];
      const names = [first[2]!, ...lines.slice(1).map((line) => line.trim())];
      return [
        { amount: first[1]!, names: names.map((name) => name.replace(/ \((?:partial-)?inline\)$/, "")) },
      ];
    });
    const weights = profile.samples.weights[profile.meta.defaultValueType]!;
    const ours = textSamples(profile).map(({ frames }) =>
      frames.map((frame) => frame.replace(/ [^ ]*$/, "")),
    );
    expect(printed.map(({ names }) => names)).toEqual(ours);
    printed.forEach(({ amount }, row) => {
      const { value, precision } = scaled(amount);
      expect(Math.abs(weights[row]! - value)).toBeLessThanOrEqual(precision);
    });
  });

  it.each(having("json"))("%s: what pprofutils decodes", async (file) => {
    interface Decoded {
      SampleType: { Type: string; Unit: string }[];
      Sample: {
        Location: { Line: { Function: { Name: string; Filename: string }; Line: number }[] }[];
        Value: number[];
      }[];
      PeriodType: { Type: string; Unit: string };
      Period: number;
      DurationNanos: number;
    }
    const decoded = JSON.parse(expectation(file, "json")) as Decoded;
    const profile = await read(load(file));
    expect(profile.valueTypes).toEqual(
      decoded.SampleType.map(({ Type, Unit }) => ({ name: Type, unit: Unit })),
    );
    expect(profile.meta.period).toEqual({
      type: { name: decoded.PeriodType.Type, unit: decoded.PeriodType.Unit },
      value: decoded.Period,
    });
    expect(profile.meta.duration).toBe(decoded.DurationNanos);
    expect(textSamples(profile).map(({ weights, frames }) => ({ weights, frames }))).toEqual(
      decoded.Sample.map(({ Location, Value }) => ({
        weights: Value.join(" "),
        frames: Location.flatMap(({ Line }) =>
          Line.map((line) => `${line.Function.Name} ${line.Function.Filename}:${line.Line}`),
        ),
      })),
    );
  });

  it.each(having("decoded.json"))("%s: the samples that pprof-format decodes", async (file) => {
    interface Decoded {
      samples: { values: string[]; locationIds: string[] }[];
      locations: { id: string; lines: { functionId: string; line: string }[] }[];
      functions: { id: string; name: string; filename: string }[];
      summary: { numSamples: number };
    }
    const { samples, locations, functions, summary } = JSON.parse(
      expectation(file, "decoded.json"),
    ) as Decoded;
    const ours = textSamples(await read(load(file)));
    expect(ours.length).toBe(summary.numSamples);
    // The expectation holds the first ten samples and twenty locations and functions only.
    samples.forEach(({ values, locationIds }, row) => {
      expect(ours[row]!.weights).toBe(values.join(" "));
      expect(ours[row]!.frames.length).toBe(locationIds.length);
      locationIds.forEach((id, depth) => {
        const line = locations.find((location) => location.id === id)?.lines[0];
        const fn = functions.find((one) => one.id === line?.functionId);
        if (line !== undefined && fn !== undefined) {
          expect(ours[row]!.frames[depth]).toBe(`${fn.name} ${fn.filename}:${line.line}`);
        }
      });
    });
  });

  it.each(having("collapsed.txt"))("%s: the stacks of the same recording in folded form", async (file) => {
    const bare = (line: string) => line.replaceAll(/_\[[\dijk]\](?=[; ])/g, "").replaceAll("/", ".");
    const expected = sums(expectation(file, "collapsed.txt").trimEnd().split("\n").map(bare));
    const ours = sums(foldedOf(await read(load(file))).map(bare));
    expect(new Map([...ours].sort())).toEqual(new Map([...expected].sort()));
  });

  it("jlfwong__speedscope__simple.prof: the stacks of speedscope's snapshot", async () => {
    const snapshot = expectation("jlfwong__speedscope__pprof.test.ts", "snap");
    const lines = [...snapshot.matchAll(/^ {4}"(.*) ([\d.]+)ms",$/gm)].map((line) => `${line[1]} ${line[2]}`);
    const ours = foldedOf(await read(load("jlfwong__speedscope__simple.prof")));
    const milliseconds = new Map([...sums(ours)].map(([stack, weight]) => [stack, weight / 1e6]));
    expect(lines.length).toBe(9);
    expect(milliseconds).toEqual(new Map([...sums(lines)].sort()));
  });

  describe.skipIf(!haveGo)("against go tool pprof", () => {
    // A name with a line break in it cannot be told from pprof's own lines.
    const printable = pprofs.filter((file) => !file.includes("invalid_utf8"));

    it.concurrent.each(printable)("%s: as pprof reads it, before and after writing", async (file) => {
      const bytes = load(file);
      const profile = await read(bytes);
      const ours = comparable(textSamples(profile));
      const samplesOf = async (file: Uint8Array) => comparable(parseRaw(await goRaw(file)).samples);
      // pprof refuses functions without ids; Flambeau's own file of the same profile it takes.
      const refused = profile.notes.some((note) => note.code === "no-function-id");
      const [before, after] = await Promise.all([
        refused ? ours : samplesOf(bytes),
        written(profile).then(samplesOf),
      ]);
      expect(before).toEqual(ours);
      expect(after).toEqual(ours);
    });
  });
});

/** One line per sample: comparing texts takes a tenth of the time that comparing objects does. */
function lines(samples: readonly TextSample[]): string[] {
  return samples.map(({ weights, frames, labels }) => JSON.stringify([weights, frames, labels]));
}

/** pprof drops labels that are empty and shows a nameless frame by an empty name. */
function comparable(samples: readonly TextSample[]): string[] {
  return lines(
    samples.map(({ weights, frames, labels }) => ({
      weights,
      frames: frames.map((frame) => frame.replace(/^\[unknown\] /, " ")),
      labels: labels.filter((label) => !label.endsWith(":[]")),
    })),
  );
}

/** Self and total per function name, in the default value type; total counts once per sample. */
function selfAndTotal(profile: Profile): { self: Map<string, number>; total: Map<string, number> } {
  const self = new Map<string, number>();
  const total = new Map<string, number>();
  const weights = profile.samples.weights[profile.meta.defaultValueType]!;
  textSamples(profile).forEach(({ frames }, row) => {
    const names = frames.map((frame) => frame.replace(/ [^ ]*$/, ""));
    const weight = weights[row]!;
    for (const name of new Set(names)) total.set(name, (total.get(name) ?? 0) + weight);
    if (names.length > 0) self.set(names[0]!, (self.get(names[0]!) ?? 0) + weight);
  });
  return { self, total };
}
