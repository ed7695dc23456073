import { type Label, MemorySink, type Profile, ProfileBuilder, pprofWriter } from "@flambeau/core";
import { expect } from "vitest";
import { DecodePool } from "../../packages/server/src/ingest/decode/pool.ts";
import { type IngestLimits, Ingestor } from "../../packages/server/src/ingest/ingestor.ts";
import type { SeriesProfile, StoreWriter, WholeSeries } from "../../packages/server/src/store/store.ts";
import { foldedOf, validated } from "./letters.ts";

/** A profile as a few lines: value types, and stacks with one weight for each. */
export interface Sketch {
  /** `cpu/nanoseconds`. */
  readonly types: readonly string[];
  readonly period?: readonly [type: string, value: number];
  readonly samples: readonly (readonly [
    stack: string,
    weights: readonly number[],
    labels?: Readonly<Record<string, string | number>>,
  ])[];
  /** Nanoseconds since the Unix epoch. */
  readonly time?: bigint;
  readonly duration?: number;
}

export function sketched({ types, period, samples, time, duration }: Sketch): Profile {
  const builder = new ProfileBuilder("each");
  const pair = (text: string): { name: string; unit: string } => {
    const [name = "", unit = ""] = text.split("/");
    return { name, unit };
  };
  for (const type of types) builder.valueType(pair(type).name, pair(type).unit);
  for (const [stack, weights, labels = {}] of samples) {
    let row = -1;
    for (const name of stack.split(";")) row = builder.stack(row, builder.frameNamed(name));
    const set = Object.entries(labels).map(
      ([key, value]): Label => (typeof value === "number" ? { key, value, unit: "" } : { key, value }),
    );
    builder.sample(row, weights, { labels: builder.labelSet(set) });
  }
  if (period !== undefined) builder.meta.period = { type: pair(period[0]), value: period[1] };
  if (time !== undefined) {
    builder.meta.timeOrigin = time;
    builder.meta.clock = "unix";
  }
  if (duration !== undefined) builder.meta.duration = duration;
  return validated(builder.finish());
}

/** The sketch as a pprof file. */
export async function pprofOf(sketch: Sketch): Promise<Uint8Array> {
  const sink = new MemorySink();
  await pprofWriter.write(sketched(sketch), sink, {});
  return sink.bytes();
}

export const LIMITS: IngestLimits = {
  labelsPerSeries: 20,
  labelName: 100,
  labelValue: 200,
  seriesPerProfile: 10,
  stackDepth: 100,
  sampleLabels: 1000,
  body: 1 << 26,
  series: 1000,
  oldest: 86_400,
  newest: 600,
};

/** 2026-01-01. */
export const NOW = 1_767_225_600_000_000_000n;

/** An ingestor that only remembers what it would store. */
export class Recorder implements StoreWriter {
  readonly profiles: WholeSeries[] = [];
  readonly ingestor: Ingestor;

  constructor(limits: Partial<IngestLimits> = {}) {
    this.ingestor = new Ingestor({
      store: this,
      decoder: new DecodePool(0),
      limits: () => ({ ...LIMITS, ...limits }),
      now: () => NOW,
    });
  }

  write(profiles: readonly SeriesProfile[]): Promise<void> {
    for (const one of profiles) {
      // Without keys to look up, nobody makes digests.
      if ("digest" in one) throw new Error("a digest for a store that takes none");
      validated(one.profile);
      this.profiles.push(one);
    }
    return Promise.resolve();
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  journal(): ReturnType<StoreWriter["journal"]> {
    return { files: 0, bytes: 0, rows: 0, oldest: 0 };
  }

  /** What was stored, as text: type and labels, then the folded stacks. */
  get stored(): Record<string, string[]> {
    const texts: Record<string, string[]> = {};
    for (const one of this.profiles) {
      const labels = one.labels.map(({ name, value }) => `${name}=${value}`).join(",");
      const key = `${one.type}{${labels}}`;
      expect(texts).not.toHaveProperty([key]);
      texts[key] = foldedOf(onlyRows(one.profile, one.rows), one.valueType);
    }
    return texts;
  }
}

function onlyRows(profile: Profile, rows: Int32Array | undefined): Profile {
  if (rows === undefined) return profile;
  const { samples } = profile;
  const stack = Int32Array.from(rows, (row) => samples.stack[row]!);
  const weights = samples.weights.map((column) => Float64Array.from(rows, (row) => column[row]!));
  return {
    ...profile,
    samples: { length: rows.length, stack, weights, time: undefined, thread: undefined, labels: undefined },
  };
}
