import { findValueType, type Profile, type Thread, type ThreadLabel, threadName } from "@flambeau/core";
import type { DataSpec } from "./spec.ts";

/** What of a profile a tree shows, by a spec's value type and threads. */
export function treeOptions(
  profile: Profile,
  spec: DataSpec,
): { valueType?: number; threadRoots: ThreadLabel | "none" } {
  const chosen = spec.base === undefined && spec.valueType !== undefined;
  return {
    ...(chosen ? { valueType: findValueType(profile, spec.valueType!) } : {}),
    threadRoots: spec.threads === "merged" ? "none" : threadLabel(spec.threads),
  };
}

/** "names": as core names thread roots. "each": with the ids, so that no two threads are one. */
export function threadLabel(threads: "names" | "each"): ThreadLabel {
  return threads === "names" ? threadName : labelOfThread;
}

function labelOfThread(thread: Thread | undefined): string | undefined {
  if (thread === undefined) return undefined;
  const ids = [thread.pid, thread.tid].filter((id) => id !== undefined).join("/");
  return [threadName(thread), ids].filter((part) => part !== undefined && part !== "").join(" ");
}
