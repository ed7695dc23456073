import type { ProfileBuilder } from "../../model/builder.ts";
import type { Label, ValueType } from "../../model/profile.ts";
import { type MapEntry, MapRanges } from "./maps.ts";

/** Id of the reader. */
export const FORMAT = "pprof-legacy";

/** A sample as the file has it: addresses of the stack, leaf first, and one value per value type. */
export interface LegacySample {
  readonly values: number[];
  addresses: bigint[];
  readonly labels?: readonly Label[];
  readonly thread?: { readonly name: string; readonly tid: number };
}

/** A function at an address; of several, the first is inlined into the next. */
export interface LegacySymbol {
  readonly name: string;
  readonly file?: string;
  readonly line?: number;
}

/** What a file says, before its addresses become frames: the mappings stand behind the samples. */
export interface Collected {
  types: ValueType[];
  samples: LegacySample[];
  symbols: Map<bigint, readonly LegacySymbol[]>;
  mappings: readonly MapEntry[];
  period: { readonly type: ValueType; readonly value: number } | undefined;
  /** Nanoseconds; 0 where not known. */
  duration: number;
}

export function emptyCollected(types: ValueType[]): Collected {
  return { types, samples: [], symbols: new Map(), mappings: [], period: undefined, duration: 0 };
}

/** Hands everything to the builder. */
export function addCollected(collected: Collected, into: ProfileBuilder): void {
  const { meta } = into;
  meta.format = FORMAT;
  const types = collected.types.map(({ name, unit }) => into.valueType(name, unit));
  // As with pprof, the last value type is the one to look at first.
  meta.defaultValueType = types.at(-1) ?? 0;
  if (collected.period !== undefined) meta.period = collected.period;
  if (collected.duration > 0) meta.duration = collected.duration;
  const frames = new Frames(collected, into);
  for (const { values, addresses, labels, thread } of collected.samples) {
    let stack = -1;
    for (let i = addresses.length - 1; i >= 0; i--) {
      for (const frame of frames.at(addresses[i]!)) stack = into.stack(stack, frame);
    }
    into.sample(stack, values, {
      ...(labels === undefined ? {} : { labels: into.labelSet(labels) }),
      ...(thread === undefined ? {} : { thread: into.thread(thread) }),
    });
  }
}

/** Finds the frames of an address, the outermost first. */
class Frames {
  readonly #collected: Collected;
  readonly #into: ProfileBuilder;
  readonly #known = new Map<bigint, readonly number[]>();
  readonly #ranges: MapRanges;

  constructor(collected: Collected, into: ProfileBuilder) {
    this.#collected = collected;
    this.#into = into;
    this.#ranges = new MapRanges(collected.mappings);
  }

  at(address: bigint): readonly number[] {
    let frames = this.#known.get(address);
    if (frames === undefined) {
      frames = this.#make(address);
      this.#known.set(address, frames);
    }
    return frames;
  }

  #make(address: bigint): readonly number[] {
    const mapping = this.#mapping(address);
    const symbols = this.#collected.symbols.get(address);
    if (symbols === undefined || symbols.length === 0) {
      const name = address === 0n && mapping < 0 ? this.#into.string("[unknown]") : 0;
      return [this.#into.frame({ name, address, mapping })];
    }
    return symbols
      .map(({ name, file = "", line = 0 }, i) =>
        this.#into.frame({
          name: this.#into.string(name),
          file: this.#into.string(file),
          line,
          address,
          mapping,
          inlined: i < symbols.length - 1,
        }),
      )
      .reverse();
  }

  /** Row of the mapping around an address, or -1. */
  #mapping(address: bigint): number {
    const found = this.#ranges.find(address);
    return found === undefined ? -1 : this.#into.mapping(found);
  }
}
