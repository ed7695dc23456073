import { parseHex, parseLineNumber } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { Label } from "../../model/profile.ts";
import { parseLabels } from "./labels.ts";

/** A sample that waits for its locations, which come behind it in the file. */
interface Sample {
  readonly values: Float64Array;
  /** Leaf first. */
  readonly locations: Int32Array;
  readonly labels: Label[];
}

interface Line {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

interface Location {
  readonly address: bigint;
  readonly mapping: number;
  /** Innermost first. */
  readonly lines: Line[];
}

type Section = "header" | "types" | "samples" | "locations" | "mappings";

/** Collects the sections; samples become rows at the end, when what they refer to is known. */
export class RawProfile {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  #section: Section = "header";
  #types: number[] = [];
  readonly #samples: Sample[] = [];
  readonly #locations = new Map<number, Location>();
  readonly #mappings = new Map<number, number>();
  #location: Location | undefined;
  #period: { name: string; unit: string; value: number } | undefined;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  line(text: string, line: number): void {
    if (/^Samples:\s*$/.test(text)) this.#section = "types";
    else if (/^Locations\s*$/.test(text)) this.#section = "locations";
    else if (/^Mappings\s*$/.test(text)) this.#section = "mappings";
    else if (!this.#take(text) && text.trim() !== "") {
      this.#notes.add("skipped", "unknown-line", "a line is none that pprof writes here: it was skipped", {
        line,
      });
    }
  }

  #take(text: string): boolean {
    switch (this.#section) {
      case "header":
        return this.#header(text);
      case "types":
        return this.#valueTypes(text);
      case "samples":
        return this.#sample(text) || this.#labels(text);
      case "locations":
        return this.#newLocation(text) || this.#moreLines(text);
      case "mappings":
        return this.#mapping(text);
    }
  }

  end(): void {
    if (this.#types.length > 0 && this.#section === "samples") {
      this.#notes.add("truncated", "truncated", "the input ends before the locations: stacks are not known");
    }
    const frames = new Map<number, readonly number[]>();
    for (const sample of this.#samples) {
      let stack = -1;
      for (let i = sample.locations.length - 1; i >= 0; i--) {
        const id = sample.locations[i]!;
        let rows = frames.get(id);
        if (rows === undefined) {
          rows = this.#frames(id);
          frames.set(id, rows);
        }
        for (const row of rows) stack = this.#into.stack(stack, row);
      }
      this.#into.sample(stack, this.#weights(sample.values), { labels: this.#into.labelSet(sample.labels) });
    }
    if (this.#period !== undefined) {
      const { name, unit, value } = this.#period;
      this.#into.meta.period = { type: { name, unit }, value };
    }
  }

  #weights(values: Float64Array): Float64Array {
    const weights = new Float64Array(this.#into.valueTypes.length);
    this.#types.forEach((type, i) => {
      weights[type]! += values[i]!;
    });
    return weights;
  }

  #header(text: string): boolean {
    const match = /^(Comment|PeriodType|Period|Time|Duration|Doc): ?(.*?)\s*$/.exec(text);
    if (match === null) return false;
    const [, key, value] = match;
    const number = Number(/^\d+(?:\.\d+)?/.exec(value!)?.[0] ?? Number.NaN);
    if (key === "Comment") this.#into.meta.comments = [...(this.#into.meta.comments ?? []), value!];
    else if (key === "Doc") this.#into.meta.docUrl = value!;
    else if (key === "PeriodType" && value !== "") {
      const [name, unit] = value!.split(" ");
      this.#period = { name: name!, unit: unit ?? "", value: 0 };
    } else if (key === "Period" && this.#period !== undefined && number > 0) this.#period.value = number;
    else if (key === "Duration" && number >= 0) this.#into.meta.duration = number * 1e9;
    else if (key === "Time") this.#time(value!);
    return true;
  }

  /** `2026-11-22 13:43:12.712562 +0000 UTC`. */
  #time(value: string): void {
    const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,9}))? ([+-]\d\d)(\d\d)/.exec(value);
    if (match === null) return;
    const seconds = Date.parse(`${match[1]}T${match[2]}${match[4]}:${match[5]}`) / 1000;
    if (!Number.isFinite(seconds)) return;
    this.#into.meta.timeOrigin = BigInt(seconds) * 1_000_000_000n + BigInt((match[3] ?? "").padEnd(9, "0"));
    this.#into.meta.clock = "unix";
  }

  /** `alloc_objects/count alloc_space/bytes[dflt]`. */
  #valueTypes(text: string): boolean {
    const words = text.trim().split(/\s+/).slice(0, 64);
    if (!words.every((word) => /^\S*\/\S*$/.test(word))) return false;
    this.#section = "samples";
    if (this.#types.length > 0) return true; // the same header again
    for (const word of words) {
      const plain = word.replace(/\[dflt\]$/, "");
      const slash = plain.lastIndexOf("/");
      this.#types.push(this.#into.valueType(plain.slice(0, slash), plain.slice(slash + 1)));
    }
    // pprof's rule: the last one, unless the file names another.
    const named = words.findIndex((word) => word.endsWith("[dflt]"));
    this.#into.meta.defaultValueType = this.#types[named < 0 ? this.#types.length - 1 : named]!;
    return true;
  }

  #sample(text: string): boolean {
    const match = /^\s*((?:-?\d{1,19}\s*)+):((?:\s*\d+)*)\s*$/.exec(text);
    if (match === null) return false;
    const values = match[1]!.trim().split(/\s+/);
    if (values.length !== this.#types.length) return false;
    const ids = match[2]!.trim();
    this.#samples.push({
      values: Float64Array.from(values, Number),
      locations: ids === "" ? new Int32Array(0) : Int32Array.from(ids.split(/\s+/), Number),
      labels: [],
    });
    return true;
  }

  #labels(text: string): boolean {
    const last = this.#samples.at(-1);
    const labels = /^\s/.test(text) ? parseLabels(text.trim()) : undefined;
    if (last === undefined || labels === undefined) return false;
    last.labels.push(...labels);
    return true;
  }

  /** `     1: 0x4a2f3c M=1 main.leaf /src/w.go:12:0 s=10`. */
  #newLocation(text: string): boolean {
    const match = /^\s*(\d+): (0x[0-9a-f]{1,16}|0)(?: M=(\d+))?(?: \[F\])?(?: (.*))?$/.exec(text);
    if (match === null) return false;
    this.#location = { address: parseHex(match[2]!) ?? 0n, mapping: Number(match[3] ?? 0), lines: [] };
    this.#locations.set(Number(match[1]) | 0, this.#location);
    if (match[4] !== undefined) this.#moreLines(match[4]);
    return true;
  }

  #moreLines(text: string): boolean {
    const match = /^(.*?) ?(\S*):(\d+)(?::(\d+))? s=\d+(?:\(.*\))?$/.exec(text.trim());
    if (match === null || this.#location === undefined) return text.trim() === "??";
    this.#location.lines.push({
      name: match[1]!,
      file: match[2]!,
      line: parseLineNumber(match[3]),
      column: parseLineNumber(match[4]),
    });
    return true;
  }

  /** `1: 0x400000/0x4a1000/0x0 /bin/prog buildid [FN][FL]`. */
  #mapping(text: string): boolean {
    const match = /^(\d+): (0x[0-9a-f]+|0)\/(0x[0-9a-f]+|0)\/(0x[0-9a-f]+|0) (\S*) ?(\S*) ?(.*)$/.exec(text);
    if (match === null) return false;
    const buildId = /^[0-9a-fA-F]*$/.test(match[6]!) ? match[6]!.toLowerCase() : "";
    const start = parseHex(match[2]!) ?? 0n;
    const end = parseHex(match[3]!) ?? 0n;
    if (match[5] === "" && start === 0n && end === 0n) return true;
    this.#mappings.set(
      Number(match[1]),
      this.#into.mapping({ path: match[5]!, buildId, start, end, fileOffset: parseHex(match[4]!) ?? 0n }),
    );
    return true;
  }

  /** A location's frames, outermost first. */
  #frames(id: number): readonly number[] {
    const location = this.#locations.get(id);
    if (location === undefined) {
      this.#notes.add("skipped", "no-location", "a sample names a location that the file does not hold");
      return [];
    }
    const mapping = this.#mappings.get(location.mapping) ?? -1;
    const { address, lines } = location;
    if (lines.length === 0) {
      const name = address === 0n && mapping < 0 ? this.#into.string("[unknown]") : 0;
      return [this.#into.frame({ name, address, mapping })];
    }
    return lines
      .map((line, i) =>
        this.#into.frame({
          name: this.#into.string(line.name === "" ? "[unknown]" : line.name),
          file: this.#into.string(line.file),
          line: line.line,
          column: line.column,
          mapping,
          address,
          inlined: i < lines.length - 1,
        }),
      )
      .reverse();
  }
}
