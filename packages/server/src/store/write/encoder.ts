import { createHash } from "node:crypto";
import { dayOf, type KnownStacks, weekOf } from "../digest.ts";
import { Hash64 } from "../ids/hash64.ts";
import { idsOf, type ProfileIds } from "../ids/profile-ids.ts";
import { type DigestedSeries, type Label, type SeriesProfile, serviceOf } from "../store.ts";
import type { Batch } from "./batch.ts";
import { RecentKeys } from "./recent-keys.ts";
import { RowBuffer } from "./row-buffer.ts";
import { StackSums } from "./stack-sums.ts";
import { StackWriter } from "./stack-writer.ts";

/** What the encoder approximated, since the store was opened. */
export interface EncoderCounts {
  /** Weights beyond 64 bits, or not a number, that were cut to the range or left out. */
  outOfRange: number;
  /** Whole units that were lost because a fraction could not be kept until the next sample of its stack. */
  fractions: number;
}

/** Takes series profiles apart into rows. Stacks, frames and series that were written lately are not written again. */
export class Encoder {
  readonly counts: EncoderCounts = { outOfRange: 0, fractions: 0 };
  readonly #stacks = new StackWriter();
  readonly #series = new RecentKeys(1 << 18);
  readonly #sums: StackSums = new StackSums(this.counts);
  readonly #hash = new Hash64();
  readonly #labels = new RowBuffer(1 << 10);

  /** Forgets what was written: after rows were lost on their way to the disk, or deleted from it. */
  forget(): void {
    this.#stacks.forget();
    this.#series.clear();
  }

  /** What threads may look up to leave out what was written. */
  get known(): Pick<KnownStacks, "stacks" | "frames"> {
    return this.#stacks.known;
  }

  /** True where a digest holds all that has to be written. */
  suffices(item: DigestedSeries, keep: number): boolean {
    const { tenant, labels, start } = item;
    const week = weekOf(dayOf(start));
    return this.#stacks.suffices(item, { tenant, service: serviceOf(labels), week, keep });
  }

  /** What makes a profile the same as one pushed before: all but its contents. */
  identity({ tenant, type, labels, start, id }: SeriesProfile): string {
    const [lo, hi] = this.#seriesId(labels);
    const series = (BigInt(hi) << 32n) | BigInt(lo);
    return JSON.stringify([tenant, type, String(series), String(start / 1_000_000n), uuidDigits(id)]);
  }

  /**
   * Adds the rows of one series profile.
   * @throws StoreError `too-large` where its stacks are too deep to be written out: the batch must be undone then
   */
  add(batch: Batch, item: SeriesProfile, keep: number): void {
    try {
      this.#add(batch, item, keep);
    } catch (error) {
      this.forget();
      throw error;
    }
  }

  #add(batch: Batch, item: SeriesProfile, keep: number): void {
    const { tenant, type, labels } = item;
    const service = serviceOf(labels);
    const day = dayOf(item.start);
    const seriesId = this.#seriesId(labels);
    const scope = { tenant, service, week: weekOf(day), keep };
    const key = (kind: string): readonly [number, number] => this.#textHash(kind, tenant, service, type);
    const ids = "digest" in item ? item.digest : idsOf(item.profile);

    if ("digest" in item) this.#sums.addDigest(item, seriesId, key("carry"));
    else this.#sums.add(item, ids as ProfileIds, seriesId, key("carry"));
    this.#writeSeries(batch, item, service, seriesId, day, keep, key("series"));
    if ("digest" in item) this.#stacks.writeDigest(batch, item.digest, this.#sums, scope);
    else this.#stacks.write(batch, item.profile, ids as ProfileIds, this.#sums, scope);

    const section = batch.section("samples", day);
    const { buffer } = section;
    buffer.text(tenant);
    buffer.text(type);
    buffer.text(service);
    buffer.i64(Number(item.start / 1_000_000n));
    buffer.u32(Math.min(Number(item.duration / 1_000_000n), 0xffff_ffff));
    buffer.pair(seriesId[0], seriesId[1]);
    buffer.u16(keep);
    writeUuid(buffer, item.id);
    this.#sums.writeTo(buffer, ids);
    section.rows++;
    section.spans += writeSpans(buffer, item, ids);
    batch.samples += this.#sums.length;
  }

  #writeSeries(
    batch: Batch,
    { tenant, type, labels }: SeriesProfile,
    service: string,
    seriesId: readonly [number, number],
    day: number,
    keep: number,
    salt: readonly [number, number],
  ): void {
    const hash = this.#hash.reset().word(salt[0]).word(salt[1]).word(day).word(keep);
    hash.word(seriesId[0]).word(seriesId[1]).finish();
    if (!this.#series.add(hash.lo, hash.hi)) return;
    const section = batch.section("series");
    const { buffer } = section;
    buffer.text(tenant);
    buffer.u16(day);
    buffer.text(type);
    buffer.text(service);
    buffer.pair(seriesId[0], seriesId[1]);
    buffer.varint(labels.length);
    for (const { name, value } of labels) {
      buffer.text(name);
      buffer.text(value);
    }
    buffer.u16(keep);
    section.rows++;
  }

  #seriesId(labels: readonly Label[]): readonly [number, number] {
    const text = this.#labels;
    text.truncate(0);
    for (const { name, value } of labels) {
      text.text(name);
      text.text(value);
    }
    this.#hash.reset().bytes(text.written).finish();
    return [this.#hash.lo, this.#hash.hi];
  }

  #textHash(...parts: readonly string[]): readonly [number, number] {
    const text = this.#labels;
    text.truncate(0);
    for (const part of parts) text.text(part);
    this.#hash.reset().bytes(text.written).finish();
    return [this.#hash.lo, this.#hash.hi];
  }
}

/** A sample in a span is written with its own weight, beside the sums of the profile. */
function writeSpans(buffer: RowBuffer, item: SeriesProfile, { stacks }: Pick<ProfileIds, "stacks">): number {
  const { rows, spans, valueType } = item;
  const weights =
    "digest" in item ? item.digest.weights[valueType]! : item.profile.samples.weights[valueType]!;
  const stackOf = "digest" in item ? item.digest.rowStack : item.profile.samples.stack;
  const chosen: number[] = [];
  if (spans !== undefined) {
    const count = rows?.length ?? weights.length;
    for (let i = 0; i < count; i++) {
      const row = rows?.[i] ?? i;
      if ((spans[row] ?? 0n) !== 0n && Number.isFinite(weights[row]) && weights[row] !== 0) chosen.push(row);
    }
  }
  buffer.varint(chosen.length);
  for (const row of chosen) buffer.u64(spans![row]!);
  buffer.varint(chosen.length);
  for (const row of chosen) {
    const stack = stackOf?.[row] ?? row;
    if (stack < 0) buffer.pair(0, 0);
    else buffer.pair(stacks[2 * stack]!, stacks[2 * stack + 1]!);
  }
  buffer.varint(chosen.length);
  for (const row of chosen) buffer.i64(Math.round(weights[row]!));
  return chosen.length;
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** The 32 hexadecimal digits of a profile's id; an id that is no UUID stands for the hash of its text. */
export function uuidDigits(id: string): string {
  if (id === "") return "0".repeat(32);
  if (UUID.test(id)) return id.replaceAll("-", "").toLowerCase();
  return createHash("sha256").update(id).digest("hex").slice(0, 32);
}

function writeUuid(buffer: RowBuffer, id: string): void {
  const digits = uuidDigits(id);
  buffer.u64(BigInt(`0x${digits.slice(0, 16)}`));
  buffer.u64(BigInt(`0x${digits.slice(16)}`));
}
