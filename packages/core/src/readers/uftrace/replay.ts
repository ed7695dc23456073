import { parseLineNumber } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { durationOf } from "./duration.ts";

/** A call that has not returned. */
interface Call {
  readonly name: string;
  readonly stack: number;
  /** What its callees took, in nanoseconds. */
  below: number;
}

/** One thread's open calls. */
interface Track {
  readonly thread: number;
  readonly open: Call[];
  /** The event that took the thread off the CPU, until it is back. */
  off: string;
}

/** The column of the duration is this wide. */
const DURATION = /^ {0,7}(\d{1,9}\.\d{1,9}) {1,2}([a-z]{1,2})(?= |$)/;

/**
 * Follows the calls of each thread. Only ends have a duration, which holds that of the callees:
 *
 * ```
 *             [ 7] | main() {
 *    2.000 us [ 7] |   f();          main;f  2 us
 *   10.000 us [ 7] | }               main    8 us
 * ```
 */
export class UftraceReplay {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #time: number;
  readonly #calls: number;
  readonly #tracks = new Map<string, Track>();
  #stopped = false;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
    into.meta.samplesInOrder = true;
    this.#time = into.valueType("time", "nanoseconds");
    this.#calls = into.valueType("calls", "count");
  }

  line(text: string, line: number): void {
    // Below this line stands what still ran, task by task.
    if (text.startsWith("uftrace stopped tracing")) this.#stopped = true;
    if (this.#stopped || text.startsWith("#") || text.trim() === "") return;
    const bar = text.indexOf(" | ");
    const said = bar < 0 ? "" : text.slice(bar + 3).trim();
    const left = bar < 0 ? "" : text.slice(0, bar);
    const duration = DURATION.exec(left);
    const track = this.#track(/\[ *(\d{1,10})\]/.exec(left)?.[1] ?? "");
    const nanoseconds = duration === null ? undefined : durationOf(duration[1]!, duration[2]!);
    if (said.startsWith("/* ")) this.#event(track, said.slice(3).replace(/ ?\*\/$/, ""), nanoseconds);
    else if (said.startsWith("}")) this.#leave(track, said, nanoseconds, line);
    else if (!this.#call(track, said, nanoseconds, line)) {
      this.#notes.add("skipped", "bad-line", "a line is no call or return: it was skipped", { line });
    }
  }

  end(): void {
    let running = 0;
    for (const { open } of this.#tracks.values()) running += open.length;
    if (running > 0) {
      this.#notes.add(
        "truncated",
        "still-running",
        "a function has not returned at the end: only what its callees took is known of it",
        undefined,
        running,
      );
    }
  }

  #track(tid: string): Track {
    let track = this.#tracks.get(tid);
    if (track === undefined) {
      const thread = tid === "" ? -1 : this.#into.thread({ name: "", tid: Number(tid) });
      track = { thread, open: [], off: "" };
      this.#tracks.set(tid, track);
    }
    return track;
  }

  // `f();`, `f(1, "x") = 2;`, `f() {`; with `/* file:line */` behind it where sources were asked for.
  #call(track: Track, said: string, duration: number | undefined, line: number): boolean {
    const place = / \/\* ([^*]*):(\d+) \*\/$/.exec(said);
    const call = place === null ? said : said.slice(0, place.index);
    const name = nameOf(call);
    const opens = call.endsWith("{");
    if (name === "" || !(opens || call.endsWith(";"))) return false;
    const frame = this.#into.frame({
      name: this.#into.string(name),
      ...(place === null ? {} : { file: this.#into.string(place[1]!), line: parseLineNumber(place[2]) }),
    });
    const stack = this.#into.stack(this.#top(track)?.stack ?? -1, frame);
    this.#add(track, stack, this.#calls, 1);
    if (opens) track.open.push({ name, stack, below: 0 });
    else this.#spent(track, stack, 0, duration, line);
    return true;
  }

  // `} /* f */`, `} = 3; /* f */`.
  #leave(track: Track, said: string, duration: number | undefined, line: number): void {
    const comment = said.endsWith(" */") ? said.indexOf("/* ") : -1;
    const name = comment < 0 ? undefined : said.slice(comment + 3, -3);
    let call = track.open.pop();
    if (name !== undefined && call !== undefined && call.name !== name) {
      const at = track.open.findLastIndex((open) => open.name === name);
      this.#notes.add("approximated", "unmatched-return", "a function returns that does not run innermost", {
        line,
      });
      if (at < 0) {
        track.open.push(call);
        return;
      }
      call = track.open[at]!;
      track.open.length = at;
    }
    if (call === undefined) {
      this.#notes.add(
        "skipped",
        "return-only",
        "a function returns whose call came before the text: it was skipped",
        { line },
      );
    } else this.#spent(track, call.stack, call.below, duration, line);
  }

  /** What the kernel did: `linux:schedule` with how long it took, or `sched-out` and, with the time, `sched-in`. */
  #event(track: Track, event: string, duration: number | undefined): void {
    if (event.startsWith("linux:sched-out")) {
      track.off = event.replace("sched-out", "schedule");
      return;
    }
    const name = event.startsWith("linux:sched-in") ? track.off || "linux:schedule" : event;
    if (event.startsWith("linux:sched-in")) track.off = "";
    if (duration === undefined) {
      this.#notes.add("skipped", "events", "an event without a duration was skipped");
      return;
    }
    const stack = this.#into.stack(this.#top(track)?.stack ?? -1, this.#into.frameNamed(name));
    this.#add(track, stack, this.#time, duration);
    this.#within(track, duration);
  }

  #spent(track: Track, stack: number, below: number, duration: number | undefined, line: number): void {
    if (duration === undefined) {
      this.#notes.add("skipped", "no-duration", "a call has no duration", { line });
      this.#within(track, below);
      return;
    }
    // Durations are rounded to three digits: callees may take a little more than their caller.
    if (duration > below) this.#add(track, stack, this.#time, duration - below);
    this.#within(track, Math.max(duration, below));
  }

  #within(track: Track, duration: number): void {
    const caller = this.#top(track);
    if (caller !== undefined) caller.below += duration;
  }

  #top(track: Track): Call | undefined {
    return track.open[track.open.length - 1];
  }

  #add({ thread }: Track, stack: number, type: number, weight: number): void {
    this.#into.sampleOf(stack, type, weight, thread < 0 ? {} : { thread });
  }
}

/** The name in front of the parenthesis that opens the arguments; empty where there is none. */
function nameOf(call: string): string {
  for (let at = call.indexOf("("); at >= 0; at = call.indexOf("(", at + 1)) {
    const isName =
      call.startsWith("(anonymous namespace)", at) ||
      (call.startsWith("()", at) && call.slice(Math.max(0, at - 8), at) === "operator");
    if (!isName) return call.slice(0, at);
  }
  return "";
}
