import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { SampleBit } from "./attributes.ts";
import { framesOfPlaces } from "./frames.ts";
import { FORMAT } from "./header.ts";
import type { Recording } from "./recording.ts";
import type { NamingOptions, Session } from "./session.ts";
import { SWITCH_EVENT } from "./switches.ts";

const SECOND = 1_000_000_000;
/** perf's software clocks and the scheduler's statistics count nanoseconds; every other event counts itself. */
const CLOCK_EVENT =
  /^(?:cpu-clock|task-clock|offcpu-time|sched:sched_stat_(?:sleep|blocked|iowait|wait|runtime))(?:[:/].*)?$/;

/** Columns of an event; undefined where its samples say no more than that they are. */
interface EventTypes {
  readonly samples: number;
  readonly amount: number | undefined;
}

/** Adds everything that was read to the builder. */
export async function addProfile(
  session: Session,
  recording: Recording,
  into: ProfileBuilder,
  notes: Notes,
  options: NamingOptions,
): Promise<void> {
  const { rows } = session;
  if (rows.observations === 0) {
    throw new FlambeauError("malformed", "there is no sample in this recording", {
      format: FORMAT,
      hint: "Did the program run long enough? perf report --stats tells what was recorded.",
    });
  }
  addFacts(recording, into);
  into.meta.observations = rows.observations;
  const counts = addValueTypes(session, recording, into);
  noteWhatIsLeft(counts.observed, recording, notes);
  const away = offCpu(session, recording, notes);
  const awayType = away === undefined ? undefined : into.valueType("off-cpu", "nanoseconds");
  if (awayType !== undefined && recording.events[firstEvent(session)]!.name === SWITCH_EVENT) {
    into.meta.defaultValueType = awayType;
  }
  const nodes = await addStacks(session, recording, into, notes, options);
  addSamples(session, recording, into, nodes, counts.types, awayType, away);
}

function addFacts({ facts }: Recording, into: ProfileBuilder): void {
  into.meta.format = FORMAT;
  into.meta.threadsAreRoots = true;
  const version = facts.get("perf version");
  if (version !== undefined) into.meta.producer = `perf ${version}`;
  const comments = [...facts].filter(([key]) => key !== "perf version");
  if (comments.length > 0) into.meta.comments = comments.map(([key, value]) => `${key}: ${value}`);
}

/** Value types of the events that have samples, in the order in which they were asked of perf record. */
function addValueTypes(
  { rows }: Session,
  { events }: Recording,
  into: ProfileBuilder,
): { types: ReadonlyMap<number, EventTypes>; observed: Float64Array } {
  const { length, group, count, amount } = rows.columns();
  const observed = new Float64Array(events.length);
  const amounts = new Float64Array(events.length);
  for (let row = 0; row < length; row++) {
    const { event } = rows.groups[group[row]!]!;
    observed[event] = observed[event]! + count[row]!;
    amounts[event] = amounts[event]! + amount[row]!;
  }
  const types = new Map<number, EventTypes>();
  const present = [...events.keys()].filter((row) => observed[row]! > 0);
  const several = new Set(present.map((row) => events[row]!.name)).size > 1;
  for (const row of present) {
    const { name, tracepoint } = events[row]!;
    const samples = into.valueType(several ? `${name} samples` : "samples", "count");
    // A tracepoint that counts itself says nothing more.
    const says = amounts[row]! > 0 && !(tracepoint && amounts[row] === observed[row]);
    const unit = CLOCK_EVENT.test(name) ? "nanoseconds" : "count";
    const amountType = says ? into.valueType(name, unit) : undefined;
    if (types.size === 0) into.meta.defaultValueType = amountType ?? samples;
    types.set(row, { samples, amount: amountType });
  }
  return { types, observed };
}

/** Says what samples hold besides their stacks. */
function noteWhatIsLeft(observed: Float64Array, { events }: Recording, notes: Notes): void {
  events.forEach(({ sampleType, lbrCalls }, row) => {
    const count = observed[row]!;
    if (count === 0) return;
    if ((sampleType & SampleBit.branchStack) !== 0 && !lbrCalls) {
      const message = "samples carry branches that the processor took (-b): they are not part of a profile";
      notes.add("skipped", "branch-stacks", message, undefined, count);
    }
  });
}

function offCpu({ switches }: Session, { events }: Recording, notes: Notes): Float64Array | undefined {
  for (const [row, found] of switches) if (events[row]!.name === SWITCH_EVENT) return found.finish(notes);
  return undefined;
}

/** The event that the first sample was taken by. */
function firstEvent({ rows }: Session): number {
  return rows.groups[rows.columns().group[0]!]!.event;
}

/** The builder's stack of every node of the tree of places. */
async function addStacks(
  session: Session,
  recording: Recording,
  into: ProfileBuilder,
  notes: Notes,
  options: NamingOptions,
): Promise<Int32Array> {
  // What was only for finding things makes room for the profile.
  const { length, parent, frame: place } = session.stacks.take();
  session.places.settle();
  session.rows.settle();
  const frames = await framesOfPlaces(session, recording, into, notes, options);
  // A parent comes before its children, and is not asked for again behind them: its stack takes its place.
  const stacks = parent;
  for (let node = 0; node < length; node++) {
    let stack = parent[node]! < 0 ? -1 : stacks[parent[node]!]!;
    for (const frame of frames[place[node]!]!) stack = into.stack(stack, frame);
    stacks[node] = stack;
  }
  return stacks;
}

function addSamples(
  { rows }: Session,
  recording: Recording,
  into: ProfileBuilder,
  stacks: Int32Array,
  types: ReadonlyMap<number, EventTypes>,
  awayType: number | undefined,
  away: Float64Array | undefined,
): void {
  const { length, node, group, count, amount, time } = rows.columns();
  const base = addTime(rows.first, rows.last, recording, into);
  const labels = labelsOfGroups(rows.groups, into);
  const stack = new Int32Array(length);
  const thread = new Int32Array(length);
  const label = new Int32Array(length);
  const weights = into.valueTypes.map(() => new Float64Array(length));
  for (let row = 0; row < length; row++) {
    const at = group[row]!;
    const own = rows.groups[at]!;
    const { samples, amount: amountType } = types.get(own.event)!;
    stack[row] = node[row]! < 0 ? -1 : stacks[node[row]!]!;
    thread[row] = own.thread;
    label[row] = labels[at]!;
    weights[samples]![row] = count[row]!;
    if (amountType !== undefined) weights[amountType]![row] = amount[row]!;
  }
  if (awayType !== undefined && away !== undefined) weights[awayType]!.set(away.subarray(0, length));
  const times = base === undefined ? {} : { time: time.subarray(0, length).map((at) => at - base) };
  into.sampleBatch({ length, stack, thread, labels: label, weights, ...times });
}

/** What times count from, as a number of the recording's clock; undefined where samples have none. */
function addTime(
  first: number,
  last: number,
  recording: Recording,
  into: ProfileBuilder,
): number | undefined {
  if (!Number.isFinite(first)) return undefined;
  const base = Math.floor(first / SECOND) * SECOND;
  const { clock } = recording;
  into.meta.timeOrigin = BigInt(base) + (clock === undefined ? 0n : clock.wall - clock.clock);
  into.meta.clock = clock === undefined ? "monotonic" : "unix";
  into.meta.duration = last - first;
  return base;
}

function labelsOfGroups(groups: Session["rows"]["groups"], into: ProfileBuilder): Int32Array {
  return Int32Array.from(groups, ({ cpu }) => (cpu < 0 ? 0 : into.labelSet([{ key: "cpu", value: cpu }])));
}
