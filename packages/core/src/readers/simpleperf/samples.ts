import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind, type FrameKindCode } from "../../model/profile.ts";
import { ExecutionType, type RawFrame, type Recording } from "./recording.ts";

/** Turns the recording into samples, now that files, threads and events have names. */
export function addSamples(recording: Recording, into: ProfileBuilder, notes: Notes): void {
  const frames = Int32Array.from(recording.frames, (frame) => frameOf(recording, frame, into, notes));
  const { parent, frame, length } = recording.stacks.columns();
  const rows = into.stackBatch(
    { length, parent: parent.slice(0, length), frame: frame.slice(0, length).map((id) => frames[id]!) },
    false,
  );
  const types = valueTypes(recording, into);
  const origin = earliest(recording.time);
  into.meta.timeOrigin = origin;
  into.meta.clock = "monotonic";
  into.meta.observations = recording.stack.length;
  const threads = new Map<number, number>();
  const weights = new Float64Array(into.valueTypes.length);
  for (let row = 0; row < recording.stack.length; row++) {
    const tid = recording.thread[row]!;
    const thread = threads.get(tid) ?? threadOf(recording, tid, into);
    threads.set(tid, thread);
    const type = types.get(recording.event[row]!) ?? types.get(0)!;
    weights.fill(0);
    weights[type.samples] = 1;
    weights[type.event] = recording.count[row]!;
    const stack = recording.stack[row]!;
    into.sample(stack < 0 ? -1 : rows[stack]!, weights, {
      time: Number(recording.time[row]! - origin),
      thread,
    });
  }
  if (recording.app !== "") into.meta.title = recording.app;
  if (recording.lost > 0) {
    const sentence = "simpleperf lost samples while it recorded: they are in no file.";
    notes.add("information", "lost-samples", sentence, undefined, recording.lost);
  }
  if (recording.switches > 0) {
    const sentence = "Switches between threads were left out: they carry no stack.";
    notes.add("skipped", "context-switches", sentence, undefined, recording.switches);
  }
}

function earliest(times: readonly bigint[]): bigint {
  let first = times[0] ?? 0n;
  for (const time of times) if (time < first) first = time;
  return first;
}

/** Rows of an event's value types: how many samples, and how much of the event. */
interface EventTypes {
  readonly samples: number;
  readonly event: number;
}

/** As with perf script: a count of samples, and the event itself, in nanoseconds where it is a clock. */
function valueTypes({ eventTypes, event }: Recording, into: ProfileBuilder): Map<number, EventTypes> {
  const seen = new Set(event);
  const used = eventTypes.map((name, id) => ({ name, id })).filter(({ id }) => seen.has(id));
  const names = used.length > 0 ? used : [{ name: eventTypes[0] ?? "event", id: 0 }];
  const types = new Map<number, EventTypes>();
  for (const { name, id } of names) {
    const unit = /^(?:cpu|task)-clock/.test(name) ? "nanoseconds" : "count";
    types.set(id, {
      samples: into.valueType(names.length > 1 ? `${name} samples` : "samples", "count"),
      event: into.valueType(name, unit),
    });
  }
  const first = types.get(names[0]!.id)!;
  into.meta.defaultValueType = first.event;
  if (!types.has(0)) types.set(0, first);
  return types;
}

function threadOf({ threads }: Recording, tid: number, into: ProfileBuilder): number {
  if (!Number.isSafeInteger(tid) || tid < 0) return -1;
  const known = threads.get(tid);
  const process = known === undefined ? undefined : threads.get(known.process)?.name;
  return into.thread({
    name: known?.name ?? "",
    tid,
    ...(known === undefined ? {} : { pid: known.process }),
    ...(process === undefined || process === known?.name ? {} : { process }),
  });
}

const KINDS: ReadonlyMap<number, FrameKindCode> = new Map([
  [ExecutionType.interpreted, FrameKind.interpreted],
  [ExecutionType.jit, FrameKind.jit],
]);

function frameOf({ files }: Recording, raw: RawFrame, into: ProfileBuilder, notes: Notes): number {
  const file = files.get(raw.file);
  if (file === undefined) {
    notes.add(
      "approximated",
      "missing-file",
      "A frame lies in a file that is not listed; only its address is known.",
    );
  }
  const symbol = raw.symbol >= 0 ? (file?.symbols[raw.symbol] ?? "") : "";
  const path = file?.path ?? "";
  const known = symbol !== "" || raw.address !== 0n;
  return into.frame({
    name: known ? (symbol === "" ? 0 : into.string(symbol)) : into.string("[unknown]"),
    mapping: path === "" ? -1 : into.mapping({ path }),
    address: symbol === "" ? BigInt.asUintN(64, raw.address) : 0n,
    kind: path.startsWith("[kernel.") ? FrameKind.kernel : (KINDS.get(raw.execution) ?? FrameKind.native),
  });
}
