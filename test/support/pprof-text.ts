import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Profile } from "../../packages/core/src/index.ts";

/** One sample as text: weights, frames from leaf to root, labels; comparable between tools. */
export interface TextSample {
  readonly weights: string;
  readonly frames: readonly string[];
  readonly labels: readonly string[];
}

/** What `go tool pprof -raw` prints, brought into comparable form. */
export interface RawText {
  /** `samples/count cpu/nanoseconds`, the default one marked with [dflt]. */
  readonly types: string;
  readonly header: readonly string[];
  readonly samples: readonly TextSample[];
}

const run = promisify(execFile);

/** pprof's own binary: started directly, it takes a third of the time of `go tool`. */
const PPROF = pprofBinary();

function pprofBinary(): string | undefined {
  for (const go of ["go", "/usr/local/go/bin/go"]) {
    try {
      // The first run builds the tool, where the distribution does not hold it.
      execFileSync(go, ["tool", "pprof", "-h"], { stdio: "ignore" });
      return execFileSync(go, ["tool", "-n", "pprof"], { encoding: "utf8" }).trim();
    } catch {
      // Not here: the next place.
    }
  }
  console.warn("go is not installed: the comparisons with `go tool pprof` are skipped");
  return undefined;
}

/** Whether the outside oracle is there to be asked. */
export const haveGo: boolean = PPROF !== undefined;

/** What `go tool pprof -raw` prints for a file's bytes. Rejects where pprof refuses the file. */
export async function goRaw(bytes: Uint8Array): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "pprof-"));
  try {
    const file = join(folder, "profile.pb");
    writeFileSync(file, bytes);
    const { stdout } = await run(PPROF!, ["-symbolize=none", "-raw", file], { maxBuffer: 1 << 28 });
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Parses `-raw`: samples with ids, then the locations they refer to. */
export function parseRaw(text: string): RawText {
  const lines = text.split("\n");
  const samplesAt = lines.indexOf("Samples:");
  const locationsAt = lines.indexOf("Locations");
  const mappingsAt = lines.indexOf("Mappings");
  const locations = new Map<string, string[]>();
  let current: string[] = [];
  for (const line of lines.slice(locationsAt + 1, mappingsAt)) {
    const head = /^ *(\d+): (0x[0-9a-f]+) (?:M=\d+ )?(?:\[F\] )?(.*)$/.exec(line);
    const source = head === null ? line.trimStart() : head[3]!;
    if (head !== null) {
      current = [];
      locations.set(head[1]!, current);
      if (source === "") current.push(head[2]!);
    }
    const match = /^(.*) (.*?):(-?\d+)(?::\d+)? s=-?\d+(?:\(.*\))?$/.exec(source);
    if (match !== null) current.push(`${match[1]} ${match[2]}:${match[3]}`);
  }
  const samples: { weights: string; frames: string[]; labels: string[] }[] = [];
  for (const line of lines.slice(samplesAt + 2, locationsAt)) {
    const match = /^([ \d-]+): ([\d ]*)$/.exec(line);
    if (match === null) samples.at(-1)!.labels.push(...line.trim().split(/(?<=\]) (?=\S+:\[)/));
    else {
      const ids = match[2]!.split(" ").filter((id) => id !== "");
      const weights = match[1]!.trim().split(/ +/).join(" ");
      samples.push({ weights, frames: ids.flatMap((id) => locations.get(id)!), labels: [] });
    }
  }
  for (const sample of samples) sample.labels.sort();
  return {
    types: lines[samplesAt + 1]!,
    header: lines.slice(0, samplesAt).filter((line) => /^(PeriodType|Period|Comment|Time|Doc): /.test(line)),
    samples,
  };
}

/** The samples of a profile in the same form. */
export function textSamples(profile: Profile): TextSample[] {
  const { samples, stacks, frames, strings, labelSets } = profile;
  const texts = Array.from({ length: frames.length }, (_, frame) => {
    const name = frames.name[frame]!;
    if (name === 0) return `0x${frames.address[frame]!.toString(16)}`;
    return `${strings.get(name)} ${strings.get(frames.file[frame]!)}:${frames.line[frame]}`;
  });
  return Array.from({ length: samples.length }, (_, row) => {
    const names: string[] = [];
    for (let stack = samples.stack[row]!; stack >= 0; stack = stacks.parent[stack]!) {
      names.push(texts[stacks.frame[stack]!]!);
    }
    return {
      weights: samples.weights.map((column) => String(column[row])).join(" "),
      frames: names,
      labels: labelTexts(labelSets[samples.labels?.[row] ?? 0]!),
    };
  });
}

/** Labels as pprof prints them: `key:[a b]`, numbers with their unit, a key's values together. */
function labelTexts(labels: Profile["labelSets"][number]): string[] {
  const values = new Map<string, string[]>();
  for (const { key, value, unit } of labels) {
    const kind = typeof value === "number" ? "number" : "text";
    const list = values.get(`${kind} ${key}`) ?? [];
    list.push(unit === undefined ? String(value) : `${value} ${unit}`);
    values.set(`${kind} ${key}`, list);
  }
  return [...values].map(([key, list]) => `${key.slice(key.indexOf(" ") + 1)}:[${list.join(" ")}]`).sort();
}

const SCALE: Record<string, number> = {
  "": 1,
  ns: 1,
  us: 1e3,
  ms: 1e6,
  s: 1e9,
  mins: 60e9,
  hrs: 3600e9,
  B: 1,
  kB: 1024,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
};

/** A number as pprof prints it (`234.83ms`), with the precision that the print has. */
export function scaled(text: string): { value: number; precision: number } {
  const match = /^(-?[\d.]+)([a-zA-Z]*)$/.exec(text);
  const scale = SCALE[match?.[2] ?? "?"];
  if (match === null || scale === undefined) throw new Error(`no number of pprof's: ${text}`);
  const decimals = match[1]!.split(".")[1]?.length ?? 0;
  return { value: Number(match[1]) * scale, precision: (scale / 10 ** decimals) * 0.501 };
}
