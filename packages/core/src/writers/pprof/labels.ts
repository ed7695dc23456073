import { type Int64Rounding, toInt64 } from "../../codec/int64.ts";
import { LabelField, SampleField, THREADS_COMMENT, TIME_LABEL } from "../../codec/pprof-schema.ts";
import { ProtobufWriter } from "../../codec/protobuf-writer.ts";
import type { Profile } from "../../model/profile.ts";
import type { StringInterner } from "../../model/strings.ts";

/** Writes labels; what repeats (label sets, threads) is encoded once. */
export class LabelWriter {
  readonly #profile: Profile;
  readonly #strings: StringInterner;
  readonly #rounding: Int64Rounding;
  readonly #sets: (Uint8Array | undefined)[] = [];
  readonly #threads: (Uint8Array | undefined)[] = [];
  readonly #keys: readonly [string, string, string, string];
  readonly #scratch = new ProtobufWriter();

  /** `rounding` counts the numeric labels that are no whole numbers. */
  constructor(profile: Profile, strings: StringInterner, rounding: Int64Rounding) {
    this.#profile = profile;
    this.#strings = strings;
    this.#rounding = rounding;
    this.#keys = threadKeys(profile);
  }

  /** The comment by which a reader knows the threads again; undefined where no sample has a thread. */
  get threadsComment(): string | undefined {
    return this.#profile.samples.thread === undefined ? undefined : THREADS_COMMENT + this.#keys.join(",");
  }

  writeSet(set: number, out: ProtobufWriter): void {
    let bytes = this.#sets[set];
    if (bytes === undefined) {
      this.#scratch.clear();
      for (const { key, value, unit } of this.#profile.labelSets[set]!) this.#label(key, value, unit);
      bytes = this.#scratch.view().slice();
      this.#sets[set] = bytes;
    }
    out.raw(bytes);
  }

  writeThread(row: number, out: ProtobufWriter): void {
    let bytes = this.#threads[row];
    if (bytes === undefined) {
      this.#scratch.clear();
      const { name, tid, pid, process } = this.#profile.threads[row]!;
      this.#label(this.#keys[0], name);
      if (tid !== undefined) this.#label(this.#keys[1], tid);
      if (pid !== undefined) this.#label(this.#keys[2], pid);
      if (process !== undefined) this.#label(this.#keys[3], process);
      bytes = this.#scratch.view().slice();
      this.#threads[row] = bytes;
    }
    out.raw(bytes);
  }

  /** A sample's time, in nanoseconds from the origin. */
  writeTime(time: number, origin: bigint, out: ProtobufWriter): void {
    const message = out.open(SampleField.label);
    out.unsigned(LabelField.key, this.#strings.add(TIME_LABEL));
    out.signed(LabelField.num, origin + BigInt(Math.round(time)));
    out.unsigned(LabelField.numUnit, this.#strings.add("nanoseconds"));
    out.close(message);
  }

  /** The value is written even where it is 0 or empty: otherwise a number could not be told from a text. */
  #label(key: string, value: string | number, unit = ""): void {
    const out = this.#scratch;
    const message = out.open(SampleField.label);
    out.unsigned(LabelField.key, this.#strings.add(key));
    if (typeof value === "string") out.unsigned(LabelField.str, this.#strings.add(value));
    else {
      out.signed(LabelField.num, toInt64(value, this.#rounding));
      if (unit !== "") out.unsigned(LabelField.numUnit, this.#strings.add(unit));
    }
    out.close(message);
  }
}

/** Keys for the threads that no label of the profile has: `thread`, or `_thread`, … */
function threadKeys({ labelSets }: Profile): [string, string, string, string] {
  const taken = new Set<string>();
  for (const set of labelSets) for (const { key } of set) taken.add(key);
  for (let prefix = ""; ; prefix += "_") {
    const keys: [string, string, string, string] = [
      `${prefix}thread`,
      `${prefix}thread_id`,
      `${prefix}pid`,
      `${prefix}process`,
    ];
    if (!keys.some((key) => taken.has(key))) return keys;
  }
}
