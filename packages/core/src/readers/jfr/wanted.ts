import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { ValueType } from "../../model/profile.ts";
import { VALUES_UNREAD, type WantedValues } from "../reader.ts";
import type { Sampling } from "./sampling.ts";

/** A type of events that a chunk has. */
export interface Candidate {
  readonly kind: { readonly rank: number };
  readonly sampling: Sampling;
  /** How many there are. */
  readonly events: number;
}

/**
 * Which events of a recording are read where one value type is enough. The default is that of the lowest rank, which a
 * later chunk may lower: then what was read before is of another value type, and nothing of the default was missed.
 */
export class Wanted {
  readonly #values: WantedValues | undefined;
  #rank = Number.POSITIVE_INFINITY;
  /** Value types of the ranks that were the lowest so far. */
  readonly #names = new Set<string>();
  readonly #unread = new Map<string, ValueType[]>();
  #events = 0;

  constructor(values: WantedValues | undefined) {
    this.#values = values;
  }

  /** Those of a chunk's types of events that have to be read; the others are remembered. */
  choose<T extends Candidate>(all: readonly T[]): ReadonlySet<T> {
    if (this.#values === undefined) return new Set(all);
    const present = all.filter(({ events }) => events > 0);
    for (const { kind } of present) this.#rank = Math.min(this.#rank, kind.rank);
    for (const { kind, sampling } of present) {
      if (kind.rank > this.#rank) continue;
      for (const { name } of valueTypesOf(sampling)) this.#names.add(name);
    }
    const chosen = new Set(present.filter((candidate) => this.#isWanted(candidate)));
    for (const candidate of present) {
      if (chosen.has(candidate)) continue;
      const types = valueTypesOf(candidate.sampling);
      this.#unread.set(types.at(-1)!.name, types);
      this.#events += candidate.events;
    }
    return chosen;
  }

  /** Lists the value types that were not read, and says so; true where there are any. */
  finish(into: ProfileBuilder, notes: Notes): boolean {
    if (this.#unread.size === 0) return false;
    for (const { name, unit } of [...this.#unread.values()].flat()) into.valueType(name, unit);
    const names = [...this.#unread.keys()].join(", ");
    const message = `Events of other value types were left unread, as one was enough: ${names}.`;
    notes.add("information", VALUES_UNREAD, message, undefined, this.#events);
    return true;
  }

  #isWanted({ kind, sampling }: Candidate): boolean {
    const types = valueTypesOf(sampling);
    if (this.#values !== "default") return types.some((type) => (this.#values as WantedFunction)(type));
    return kind.rank <= this.#rank || types.some(({ name }) => this.#names.has(name));
  }
}

type WantedFunction = Exclude<WantedValues, "default">;

/** What the samples of an event fill: their number and, where it is known, what they weigh. */
function valueTypesOf({ count, amount }: Sampling): ValueType[] {
  const counted = { name: count, unit: "count" };
  return amount === undefined ? [counted] : [counted, { name: amount.name, unit: amount.unit }];
}
