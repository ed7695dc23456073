import { Spans } from "../../codec/spans.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { Label } from "../../model/profile.ts";
import { sortRows } from "../../util/merge-sort.ts";
import { Event, type EventTable, Range, State, type StateCode } from "./events.ts";
import type { StackTable } from "./frames.ts";

/** What a goroutine does since when, and where it began to. */
interface Goroutine {
  state: StateCode;
  since: number;
  stack: number;
  reason: string;
  name: string;
}

interface OpenRange {
  readonly since: number;
  readonly stack: number;
  readonly name: string;
  readonly g: number;
}

const RANGES: readonly string[] = [
  "GC concurrent mark phase",
  "stop-the-world",
  "GC mark assist",
  "GC incremental sweep",
];
/** Reasons that `go tool trace -pprof=net` and `-pprof=sync` select. */
const isNetwork = (reason: string): boolean => reason === "network";
const isSync = (reason: string): boolean => /chan|sync|select/.test(reason);

/**
 * Follows the goroutines through the events, and adds what they waited for, what they ran, and the CPU samples:
 *
 * ```
 * GoStart ──running── GoBlock(chan receive, stack) ──waiting── GoUnblock ──runnable── GoStart
 *          on-cpu                                    off-cpu, sync           sched
 * ```
 *
 * Stacks are those of the event that began the state, as `go tool trace -pprof=…` has them: where a goroutine blocked,
 * and where another one made it runnable.
 */
export class Recording {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #goroutines = new Map<number, Goroutine>();
  readonly #running = new Map<number, number>();
  readonly #ranges = new Map<string, OpenRange>();
  readonly #regions = new Spans();
  readonly #labels = new Map<string, number>();
  readonly #types: ReadonlyMap<string, number>;
  #origin = Number.NaN;
  #last = 0;
  #samples = 0;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
    const types: readonly (readonly [string, string])[] = [
      ["samples", "count"],
      ["off-cpu", "nanoseconds"],
      ["sync", "nanoseconds"],
      ["net", "nanoseconds"],
      ["syscall", "nanoseconds"],
      ["sched", "nanoseconds"],
      ["on-cpu", "nanoseconds"],
      ["gc", "nanoseconds"],
      ["waits", "count"],
    ];
    this.#types = new Map(types.map(([name, unit]) => [name, into.valueType(name, unit)]));
  }

  /** The time of the first event; NaN where there was none. */
  get origin(): number {
    return this.#origin;
  }

  /** Takes one generation; `pieces` may be in any order. */
  take(events: EventTable, stacks: StackTable): void {
    const rows = Uint32Array.from({ length: events.length }, (_, row) => row);
    sortRows(rows, events.time);
    if (rows.length > 0 && Number.isNaN(this.#origin)) this.#origin = events.time[rows[0]!]!;
    for (const row of rows) {
      const time = events.time[row]!;
      this.#last = Math.max(this.#last, time);
      this.#event(events, row, time, stacks);
    }
  }

  #event(events: EventTable, row: number, time: number, stacks: StackTable): void {
    const m = events.m[row]!;
    const named = events.g[row]!;
    const current = this.#running.get(m) ?? 0;
    const extra = events.extra[row]!;
    const text = events.texts[events.text[row]!]!;
    const stack = (): number => stacks.stack(events.stack[row]!);
    switch (events.event[row]) {
      case Event.start:
        this.#become(named, State.running, time, -1);
        this.#running.set(m, named);
        break;
      case Event.stop:
        this.#become(current, State.runnable, time, stack(), text);
        this.#running.delete(m);
        break;
      case Event.block:
        this.#become(current, State.waiting, time, stack(), text);
        this.#running.delete(m);
        break;
      case Event.destroy:
        this.#leave(current, time);
        this.#running.delete(m);
        break;
      case Event.create:
      case Event.createBlocked: {
        const state = events.event[row] === Event.create ? State.runnable : State.waiting;
        this.#named(named, stacks.rootName(extra));
        this.#become(named, state, time, stack(), "created");
        break;
      }
      case Event.createSyscall:
        this.#become(named, State.syscall, time, -1);
        this.#running.set(m, named);
        break;
      case Event.unblock:
        this.#become(named, State.runnable, time, stack());
        break;
      case Event.syscallBegin:
        this.#become(named || current, State.syscall, time, stack());
        break;
      case Event.syscallEnd:
        this.#become(named || current, State.running, time, -1);
        break;
      case Event.syscallEndBlocked:
        this.#become(named || current, State.runnable, time, -1);
        if (named === 0) this.#running.delete(m);
        break;
      case Event.switchTo:
      case Event.switchDestroy:
        if (events.event[row] === Event.switchTo)
          this.#become(current, State.waiting, time, stack(), "coroutine");
        else this.#leave(current, time);
        this.#become(named, State.running, time, -1);
        this.#running.set(m, named);
        break;
      default:
        this.#other(events, row, time, stacks, current);
    }
  }

  #other(events: EventTable, row: number, time: number, stacks: StackTable, current: number): void {
    const named = events.g[row]!;
    const extra = events.extra[row]!;
    const text = events.texts[events.text[row]!]!;
    const stack = stacks.stack(events.stack[row]!);
    switch (events.event[row]) {
      case Event.status:
        this.#status(named, extra, time, stack, events.m[row]!);
        this.#named(named, stacks.rootName(events.stack[row]!));
        break;
      case Event.cpuSample:
        this.#samples++;
        this.#add("samples", 1, stack, named, time, []);
        break;
      case Event.rangeBegin: {
        const name =
          extra === Range.stw && text !== "" ? `stop-the-world (${text})` : (RANGES[extra] ?? "GC");
        const own = extra === Range.gc || extra === Range.stw ? 0 : named || current;
        this.#ranges.set(this.#rangeKey(events, row, current), { since: time, stack, name, g: own });
        break;
      }
      case Event.rangeEnd:
        this.#endRange(this.#rangeKey(events, row, current), time);
        break;
      case Event.regionBegin:
        this.#regions.begin(current, time, this.#into.frameNamed(text || "[unnamed]"));
        break;
      case Event.regionEnd:
        this.#regions.end(current, time);
        break;
    }
  }

  /** Garbage collections and stops are the world's own, assists a goroutine's, sweeps a processor's. */
  #rangeKey(events: EventTable, row: number, current: number): string {
    const kind = events.extra[row]!;
    if (kind === Range.gc || kind === Range.stw) return `${kind}`;
    return kind === Range.assist ? `${kind}/${events.g[row]! || current}` : `${kind}/${events.m[row]}`;
  }

  #endRange(key: string, time: number): void {
    const range = this.#ranges.get(key);
    if (range === undefined) return;
    this.#ranges.delete(key);
    const stack = range.stack >= 0 ? range.stack : this.#into.stack(-1, this.#into.frameNamed(range.name));
    this.#add("gc", time - range.since, stack, range.g, range.since, [{ key: "range", value: range.name }]);
  }

  /** At the start of each generation the state of goroutines is told anew. */
  #status(g: number, state: number, time: number, stack: number, m: number): void {
    const known = this.#goroutines.get(g)?.state;
    if (state === State.running || state === State.syscall) this.#running.set(m, g);
    if (known === state || state < State.runnable || state > State.waiting) return;
    this.#become(g, state as StateCode, time, stack);
  }

  #named(g: number, name: string | undefined): void {
    const goroutine = this.#goroutine(g);
    if (goroutine.name === "" && name !== undefined) goroutine.name = name;
  }

  #goroutine(g: number): Goroutine {
    let goroutine = this.#goroutines.get(g);
    if (goroutine === undefined) {
      goroutine = { state: State.unknown, since: 0, stack: -1, reason: "", name: "" };
      this.#goroutines.set(g, goroutine);
    }
    return goroutine;
  }

  #become(g: number, state: StateCode, time: number, stack: number, reason = ""): void {
    if (g === 0) return;
    this.#leave(g, time);
    const goroutine = this.#goroutine(g);
    goroutine.state = state;
    goroutine.since = time;
    goroutine.stack = stack;
    goroutine.reason = reason;
  }

  /** The time in the state that ends becomes a sample. */
  #leave(g: number, time: number, more: readonly Label[] = []): void {
    const goroutine = this.#goroutines.get(g);
    if (g === 0 || goroutine === undefined || goroutine.state === State.unknown) return;
    const { state, since, stack, reason } = goroutine;
    goroutine.state = State.unknown;
    const duration = time - since;
    if (duration < 0) {
      const text = "a goroutine's state ends before it begins, by the trace's clock: it was left out";
      this.#notes.add("skipped", "time-runs-back", text);
      return;
    }
    // What was going on when the trace began has no stack: then the goroutine's own function stands for it.
    const own = this.#into.stack(-1, this.#into.frameNamed(goroutine.name || "[goroutine]"));
    const place = stack < 0 ? own : stack;
    const labels: Label[] = reason === "" ? [...more] : [{ key: "reason", value: reason }, ...more];
    if (state === State.running) this.#add("on-cpu", duration, own, g, since, labels);
    else if (state === State.syscall) this.#add("syscall", duration, place, g, since, labels, true);
    else if (state === State.runnable) this.#add("sched", duration, place, g, since, labels, true);
    else
      this.#add(
        isNetwork(reason) ? "net" : isSync(reason) ? "sync" : "off-cpu",
        duration,
        place,
        g,
        since,
        labels,
        true,
      );
  }

  #add(
    type: string,
    weight: number,
    stack: number,
    g: number,
    time: number,
    labels: readonly Label[],
    isWait = false,
  ): void {
    const into = this.#into;
    const weights = new Float64Array(into.valueTypes.length);
    weights[this.#types.get(type)!] = weight;
    if (type === "net" || type === "sync") weights[this.#types.get("off-cpu")!] = weight;
    if (isWait) weights[this.#types.get("waits")!] = 1;
    into.sample(stack, weights, {
      time: time - this.#origin,
      thread: this.#thread(g),
      labels: this.#labelSet(labels),
    });
  }

  #labelSet(labels: readonly Label[]): number {
    if (labels.length === 0) return 0;
    const key = JSON.stringify(labels);
    let id = this.#labels.get(key);
    if (id === undefined) {
      id = this.#into.labelSet(labels);
      this.#labels.set(key, id);
    }
    return id;
  }

  /** Goroutines are the threads of a Go program; 0 is what is no goroutine's. */
  #thread(g: number): number {
    if (g === 0) return this.#into.thread({ name: "runtime" });
    const name = this.#goroutines.get(g)?.name ?? "";
    return this.#into.thread({ name: name === "" ? "goroutine" : name, tid: g });
  }

  /** Ends what is still going on; false where there was nothing that takes time. */
  finish(): boolean {
    const end = this.#last;
    for (const g of this.#goroutines.keys()) {
      this.#leave(g, end, [{ key: "until", value: "end of the trace" }]);
    }
    for (const key of [...this.#ranges.keys()]) this.#endRange(key, end);
    if (this.#regions.length > 0) {
      const { unclosed } = this.#regions.addTo(this.#into, this.#origin, (g) => this.#thread(g));
      if (unclosed > 0) {
        const text = "a region was still open at its goroutine's last event of a region: it was ended there";
        this.#notes.add("approximated", "never-ended", text, undefined, unclosed);
      }
    }
    this.#into.meta.defaultValueType = this.#types.get(this.#samples > 0 ? "samples" : "off-cpu")!;
    if (!Number.isNaN(this.#origin)) this.#into.meta.duration = end - this.#origin;
    return this.#into.sampleCount > 0;
  }
}
