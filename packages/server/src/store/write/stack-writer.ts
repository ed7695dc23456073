import type { Profile } from "@flambeau/core";
import type { KnownStacks, StackDigest, StackScope } from "../digest.ts";
import { type ProfileIds, storedAddress } from "../ids/profile-ids.ts";
import { type DigestedSeries, StoreError } from "../store.ts";
import type { Batch } from "./batch.ts";
import { RecentKeys } from "./recent-keys.ts";
import { frameSalt, type Salt, stackSalt } from "./scope-keys.ts";
import type { StackSums } from "./stack-sums.ts";

/** Frame ids that the new stacks of one series profile may have together: 128 MiB. */
const MAX_STACK_FRAMES = 1 << 24;

/** Writes stacks and frames, each once for each week that it is seen in. */
export class StackWriter {
  readonly #stacks = new RecentKeys(1 << 20);
  readonly #frames = new RecentKeys(1 << 19);
  readonly #text = new TextEncoder();

  /** What threads may look up to leave out what was written. */
  get known(): Pick<KnownStacks, "stacks" | "frames"> {
    return { stacks: this.#stacks.shared, frames: this.#frames.shared };
  }

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
    const salt = stackSalt(scope);
    const ofFrames = frameSalt(scope);
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
      if (!addSalted(this.#stacks, lo, hi, salt)) continue;
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
        if (!addSalted(this.#frames, leafLo, leafHi, ofFrames)) continue;
        writeFrame(batch, profile, leaf, ids, tenantBytes, scope);
      }
      buffer.u16(week);
      buffer.u16(keep);
      section.rows++;
    }
  }

  /** True where a digest holds the frames of all stacks of a series that are not known. */
  suffices({ digest, rows }: DigestedSeries, scope: StackScope): boolean {
    const salt = stackSalt(scope);
    const ofFrames = frameSalt(scope);
    const { stacks, rowStack, listOf, listEnds, lists, frameIds, frameEnds } = digest;
    const count = rows?.length ?? listOf.length;
    for (let i = 0; i < count; i++) {
      const stack = rows === undefined ? i : (rowStack?.[rows[i]!] ?? rows[i]!);
      const lo = stacks[2 * stack]!;
      const hi = stacks[2 * stack + 1]!;
      if ((lo === 0 && hi === 0) || hasSalted(this.#stacks, lo, hi, salt)) continue;
      const list = listOf[stack]!;
      if (list < 0) return false;
      for (let at = startOf(listEnds, list); at < listEnds[list]!; at++) {
        const frame = lists[at]!;
        if (startOf(frameEnds, frame) < frameEnds[frame]!) continue;
        if (!hasSalted(this.#frames, frameIds[2 * frame]!, frameIds[2 * frame + 1]!, ofFrames)) return false;
      }
    }
    return true;
  }

  /** The same as {@link write}, out of a digest that suffices. */
  writeDigest(batch: Batch, digest: StackDigest, sums: StackSums, scope: StackScope): void {
    const salt = stackSalt(scope);
    const ofFrames = frameSalt(scope);
    const tenant = this.#text.encode(scope.tenant);
    const service = this.#text.encode(scope.service);
    const { stacks, listOf, listEnds, lists, frameIds, frameEnds } = digest;
    for (let i = 0; i < sums.length; i++) {
      const stack = sums.rowAt(i);
      const lo = stacks[2 * stack]!;
      const hi = stacks[2 * stack + 1]!;
      if ((lo === 0 && hi === 0) || !addSalted(this.#stacks, lo, hi, salt)) continue;
      const list = listOf[stack]!;
      // Known when the digest was looked at, and pushed out since by the rows of this very batch: it is written.
      if (list < 0) continue;
      const start = startOf(listEnds, list);
      const end = listEnds[list]!;
      const section = batch.section("stacks");
      const { buffer } = section;
      buffer.bytes(tenant);
      buffer.bytes(service);
      buffer.pair(lo, hi);
      buffer.varint(end - start);
      for (let at = start; at < end; at++) {
        const frame = lists[at]!;
        const frameLo = frameIds[2 * frame]!;
        const frameHi = frameIds[2 * frame + 1]!;
        buffer.pair(frameLo, frameHi);
        const columns = digest.frames.subarray(startOf(frameEnds, frame), frameEnds[frame]!);
        if (!addSalted(this.#frames, frameLo, frameHi, ofFrames) || columns.length === 0) continue;
        const frames = batch.section("frames");
        frames.buffer.bytes(tenant);
        frames.buffer.pair(frameLo, frameHi);
        frames.buffer.raw(columns);
        frames.buffer.u16(scope.week);
        frames.buffer.u16(scope.keep);
        frames.rows++;
      }
      buffer.u16(scope.week);
      buffer.u16(scope.keep);
      section.rows++;
    }
  }
}

/** Where entry `i` begins, given where all of them end. */
function startOf(ends: Int32Array, i: number): number {
  return i === 0 ? 0 : ends[i - 1]!;
}

function hasSalted(keys: RecentKeys, lo: number, hi: number, salt: Salt): boolean {
  return keys.has((lo ^ salt.lo) >>> 0, (hi ^ salt.hi) >>> 0);
}

function addSalted(keys: RecentKeys, lo: number, hi: number, salt: Salt): boolean {
  return keys.add((lo ^ salt.lo) >>> 0, (hi ^ salt.hi) >>> 0);
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
