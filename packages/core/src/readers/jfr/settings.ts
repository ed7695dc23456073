import { BAD_METADATA, type Chunk } from "./chunk.ts";
import { ACTIVE_SETTING, eventName, MACHINE } from "./kinds.ts";
import type { JfrType } from "./metadata.ts";
import { Plan, type Value } from "./plan.ts";

/** What the recording's settings say of how it was sampled. */
export class Settings {
  /** Per event type: name → value. The JDK's `period` of an event, async-profiler's `interval`. */
  readonly #byEvent = new Map<number, Map<string, string>>();
  readonly #all = new Map<string, string>();
  /** Name and version of the virtual machine. */
  machine = "";

  /** Takes over the settings of a chunk; what it does not set stays as the chunks before it had it. */
  readChunk(chunk: Chunk): void {
    const plans = new Map<number, readonly [plan: Plan, take: (values: readonly Value[]) => void]>();
    const add = (type: JfrType, wanted: readonly string[], take: (values: readonly Value[]) => void): void =>
      chunk.tolerate("jfr-bad-metadata", BAD_METADATA, 0, () => {
        plans.set(type.id, [new Plan(chunk, type, wanted, () => "", true), take]);
      });
    for (const type of chunk.types.values()) {
      const name = eventName(type.name);
      if (name === ACTIVE_SETTING) add(type, ["id", "name", "value"], (values) => this.#setting(values));
      if (name === MACHINE) add(type, ["jvmName", "jvmVersion"], (values) => this.#jvm(values));
    }
    chunk.eachEvent(chunk.events.settings, plans, ([plan, take], at, end) => {
      chunk.tolerate("jfr-bad-setting", "A setting of the recording is malformed.", at, () =>
        take(plan.read(chunk.input(at, end))),
      );
    });
  }

  /** A setting of any event: async-profiler's own. */
  get(name: string): string | undefined {
    return this.#all.get(name);
  }

  of(event: number, name: string): string | undefined {
    return this.#byEvent.get(event)?.get(name);
  }

  #setting([id, name, value]: readonly Value[]): void {
    if (typeof name !== "string" || typeof value !== "string") return;
    const event = Number(id);
    let settings = this.#byEvent.get(event);
    if (settings === undefined) {
      settings = new Map();
      this.#byEvent.set(event, settings);
    }
    settings.set(name, value);
    this.#all.set(name, value);
  }

  #jvm([name, version]: readonly Value[]): void {
    const [machine, release] = [String(name ?? ""), String(version ?? "")];
    this.machine = release.startsWith(machine) ? release : `${machine} ${release}`;
  }
}

const UNITS: ReadonlyMap<string, number> = new Map([
  ["ns", 1],
  ["us", 1e3],
  ["ms", 1e6],
  ["s", 1e9],
  ["m", 60e9],
  ["h", 3600e9],
  ["d", 86_400e9],
]);

/** `20 ms` in nanoseconds; undefined for `everyChunk` and the like. */
export function parsePeriod(text: string | undefined): number | undefined {
  const match = /^(\d+) ?([a-z]+)$/.exec(text ?? "");
  const unit = UNITS.get(match?.[2] ?? "");
  const value = Number(match?.[1]);
  return unit === undefined || !(value > 0) ? undefined : value * unit;
}
