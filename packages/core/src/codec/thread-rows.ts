import type { Profile, Thread } from "../model/profile.ts";

/** The samples of one thread, in the order in which they are written. */
export interface ThreadRows {
  readonly name: string;
  /** Row of the profile's threads; -1 for samples of no thread, or of all together. */
  readonly thread: number;
  readonly rows: Uint32Array;
}

/**
 * The samples by thread, in the order of time where they have times (those without one keep their place behind
 * their predecessor), else in the profile's order. Threads without samples are left out.
 */
export function rowsByThread(
  profile: Profile,
  together: boolean,
  keep: (row: number) => boolean,
): ThreadRows[] {
  const { samples, threads } = profile;
  const thread = together ? undefined : samples.thread;
  const counts = new Uint32Array(threads.length + 1);
  const groupOf = (row: number): number => (thread === undefined ? 0 : thread[row]! + 1);
  for (let row = 0; row < samples.length; row++) if (keep(row)) counts[groupOf(row)]!++;
  const groups = Array.from(counts, (count) => new Uint32Array(count));
  const filled = new Uint32Array(counts.length);
  for (let row = 0; row < samples.length; row++) {
    if (!keep(row)) continue;
    const group = groupOf(row);
    groups[group]![filled[group]!++] = row;
  }
  for (const rows of groups) sortByTime(rows, samples.time);
  const result: ThreadRows[] = [];
  groups.forEach((rows, group) => {
    if (rows.length === 0) return;
    const whole = profile.meta.title ?? "profile";
    result.push({
      thread: group - 1,
      name: group === 0 ? (thread === undefined ? whole : "no thread") : threadName(threads[group - 1]!),
      rows,
    });
  });
  return result.length > 0
    ? result
    : [{ name: profile.meta.title ?? "profile", thread: -1, rows: new Uint32Array(0) }];
}

function sortByTime(rows: Uint32Array, time: Float64Array | undefined): void {
  if (time === undefined) return;
  let last = Number.NEGATIVE_INFINITY;
  let sorted = true;
  const key = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const at = time[rows[i]!]!;
    if (at < last) sorted = false;
    if (!Number.isNaN(at)) last = at;
    key[i] = last;
  }
  if (sorted) return;
  const order = Uint32Array.from(rows, (_, i) => i).sort((a, b) =>
    key[a]! < key[b]! ? -1 : key[a]! > key[b]! ? 1 : a - b,
  );
  rows.set(order.map((i) => rows[i]!));
}

/** `java: worker [12/34]`: what is known of a thread, in one name. */
function threadName({ name, process, pid, tid }: Thread): string {
  const whole = process === undefined || process === name ? name : `${process}: ${name}`;
  if (pid === undefined && tid === undefined) return whole;
  return `${whole} [${pid ?? "?"}${tid === undefined ? "" : `/${tid}`}]`;
}
