import type { ThreadRows } from "../../codec/thread-rows.ts";
import type { Profile } from "../../model/profile.ts";

/** The numbers by which events name their track. */
export interface TrackIds {
  readonly pid: number;
  readonly tid: number;
}

/** Each thread with numbers of its own: those that it has, or, where they are missing or taken, the next free ones. */
export function trackIds(
  { threads }: Profile,
  groups: readonly ThreadRows[],
): { readonly thread: ThreadRows; readonly ids: TrackIds }[] {
  const taken = new Set<string>();
  for (const { thread } of groups) {
    const known = threads[thread];
    if (known?.tid !== undefined) taken.add(`${known.pid ?? 1}/${known.tid}`);
  }
  const given = new Set<string>();
  let next = 1;
  return groups.map((thread) => {
    const known = threads[thread.thread];
    const pid = known?.pid ?? 1;
    let tid = known?.tid;
    if (tid === undefined || given.has(`${pid}/${tid}`)) {
      do tid = next++;
      while (taken.has(`${pid}/${tid}`) || given.has(`${pid}/${tid}`));
    }
    given.add(`${pid}/${tid}`);
    return { thread, ids: { pid, tid } };
  });
}
