import type { Profile } from "@flambeau/core";
import { Hash64 } from "../ids/hash64.ts";
import { type ProfileIds, storedAddress } from "../ids/profile-ids.ts";
import { StoreError } from "../store.ts";
import type { Batch } from "./batch.ts";
import { RecentKeys } from "./recent-keys.ts";
import type { StackSums } from "./stack-sums.ts";

/** Frame ids that the new stacks of one series profile may have together: 128 MiB. */
const MAX_STACK_FRAMES = 1 << 24;

/** Whose stacks are written, and for how long. */
export interface StackScope {
  readonly tenant: string;
  readonly service: string;
  /** Monday of the samples' week, in days since the epoch. */
  readonly week: number;
  readonly keep: number;
}

/** A 64-bit number that tells one scope's keys from another's. */
interface Salt {
  readonly lo: number;
  readonly hi: number;
}

/** Writes stacks and frames, each once for each week that it is seen in. */
export class StackWriter {
  readonly #stacks = new RecentKeys(1 << 20);
  readonly #frames = new RecentKeys(1 << 19);
  readonly #hash = new Hash64();
  readonly #text = new TextEncoder();

  /** Forgets what was written. */
  forget(): void {
    this.#stacks.clear();
    this.#frames.clear();
  }

  /**
   * Writes the stacks that have a weight, and their frames, where they are new.
   * @throws StoreError `too-large`
   */
  write(batch: Batch, profile: Profile, ids: ProfileIds, sums: StackSums, scope: StackScope): void {
    const { tenant, service, week, keep } = scope;
    const salt = this.#salt(tenant, service, week, keep);
    const frameSalt = this.#salt(tenant, "", week, keep);
    const tenantBytes = this.#text.encode(tenant);
    const serviceBytes = this.#text.encode(service);
    const section = batch.section("stacks");
    const { buffer } = section;
    const { parent, frame } = profile.stacks;
    let written = 0;
    for (let i = 0; i < sums.length; i++) {
      const row = sums.rowAt(i);
      if (row < 0) continue;
      const lo = ids.stacks[2 * row]!;
      const hi = ids.stacks[2 * row + 1]!;
      // Ids are hashes, so that a salt laid over them makes other hashes.
      if (!this.#stacks.add((lo ^ salt.lo) >>> 0, (hi ^ salt.hi) >>> 0)) continue;
      const depth = depthOf(parent, row);
      written += depth;
      if (written > MAX_STACK_FRAMES) {
        const limit = `more than ${MAX_STACK_FRAMES} frames`;
        throw new StoreError("too-large", `the stacks of one series are too many and too deep: ${limit}`);
      }
      buffer.bytes(tenantBytes);
      buffer.bytes(serviceBytes);
      buffer.pair(lo, hi);
      buffer.varint(depth);
      const end = buffer.skip(depth * 8);
      for (let at = row, place = end - 8; at >= 0; at = parent[at]!, place -= 8) {
        const leaf = frame[at]!;
        const leafLo = ids.frames[2 * leaf]!;
        const leafHi = ids.frames[2 * leaf + 1]!;
        buffer.pairAt(place, leafLo, leafHi);
        if (!this.#frames.add((leafLo ^ frameSalt.lo) >>> 0, (leafHi ^ frameSalt.hi) >>> 0)) continue;
        writeFrame(batch, profile, leaf, ids, tenantBytes, scope);
      }
      buffer.u16(week);
      buffer.u16(keep);
      section.rows++;
    }
  }

  #salt(tenant: string, service: string, week: number, keep: number): Salt {
    const { lo, hi } = this.#hash
      .reset()
      .bytes(this.#text.encode(tenant))
      .bytes(this.#text.encode(service))
      .word(week)
      .word(keep)
      .finish();
    return { lo, hi };
  }
}

function depthOf(parent: Int32Array, row: number): number {
  let depth = 0;
  for (let at = row; at >= 0; at = parent[at]!) depth++;
  return depth;
}

function writeFrame(
  batch: Batch,
  profile: Profile,
  row: number,
  ids: ProfileIds,
  tenant: Uint8Array,
  { week, keep }: StackScope,
): void {
  const { frames, strings, mappings } = profile;
  const mapping = mappings[frames.mapping[row]!];
  const section = batch.section("frames");
  const { buffer } = section;
  buffer.bytes(tenant);
  buffer.pair(ids.frames[2 * row]!, ids.frames[2 * row + 1]!);
  buffer.bytes(strings.view(frames.name[row]!));
  buffer.bytes(strings.view(frames.file[row]!));
  buffer.u32(frames.line[row]!);
  buffer.u32(frames.column[row]!);
  buffer.text(mapping?.path ?? "");
  buffer.text(mapping?.buildId ?? "");
  buffer.u64(storedAddress(profile, row));
  buffer.u8(frames.kind[row]!);
  buffer.u8(frames.inlined[row]!);
  buffer.u16(week);
  buffer.u16(keep);
  section.rows++;
}
