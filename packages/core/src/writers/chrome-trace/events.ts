import { type FrameText, frameText } from "../../codec/frame-text.ts";
import type { ThreadRows } from "../../codec/thread-rows.ts";
import { microseconds, type Timeline } from "../../codec/timeline.ts";
import type { Profile } from "../../model/profile.ts";
import type { TextSink } from "../../util/sink.ts";
import type { TrackIds } from "./track-ids.ts";

/** What an event says of a frame, as JSON. */
interface EventFrame {
  readonly name: string;
  readonly category: string;
}

/** Writes the events of one thread after another. */
export class EventText {
  /** Samples that are no event of their own, because the one before looks the same. */
  joined = 0;
  #separator = "\n";
  readonly #profile: Profile;
  readonly #out: TextSink;
  /** By frame row, made when first needed. Frames that look the same in a trace share one object. */
  readonly #frames: EventFrame[] = [];
  readonly #known = new Map<string, EventFrame>();

  constructor(profile: Profile, out: TextSink) {
    this.#profile = profile;
    this.#out = out;
  }

  async thread({ rows }: ThreadRows, timeline: Timeline, ids: TrackIds, shift: number): Promise<void> {
    const { samples } = this.#profile;
    /** What is open, from the outermost. */
    let open: EventFrame[] = [];
    let ended = Number.NaN;
    for (let i = 0; i < rows.length; i++) {
      const path = this.#path(samples.stack[rows[i]!]!);
      const begin = timeline.begin[i]!;
      // Less than a nanosecond between two samples is rounding.
      const follows = begin - ended < 1;
      let common = 0;
      if (follows) while (common < open.length && open[common] === path[common]) common++;
      if (common === path.length && common === open.length) this.joined++;
      await this.#close(open, common, ended + shift, ids, follows ? path[common]?.name : undefined);
      await this.#begin(path, common, begin + shift, ids);
      open = path;
      ended = begin + timeline.length[i]!;
    }
    await this.#close(open, 0, ended + shift, ids, undefined);
  }

  /** Writes an event, or a fact about the trace. */
  write(event: string): void | Promise<void> {
    const text = this.#separator + event;
    this.#separator = ",\n";
    return this.#out.write(text);
  }

  #path(stack: number): EventFrame[] {
    const { parent, frame } = this.#profile.stacks;
    const path: EventFrame[] = [];
    for (let row = stack; row >= 0; row = parent[row]!) path.push(this.#frame(frame[row]!));
    return path.reverse();
  }

  async #begin(path: readonly EventFrame[], from: number, at: number, ids: TrackIds): Promise<void> {
    for (let depth = from; depth < path.length; depth++) {
      const { name, category } = path[depth]!;
      const wait = this.#event("B", `"name":${name}${category}`, at, ids);
      if (wait !== undefined) await wait;
    }
  }

  /**
   * Ends what is open above `down`. Chrome DevTools joins a beginning and an end only where both name and category are
   * the same. `next` is the name that begins at the same time: speedscope takes an end for that
   * beginning's own, unless the two differ in something, if only in having arguments.
   */
  async #close(
    path: readonly EventFrame[],
    down: number,
    at: number,
    ids: TrackIds,
    next: string | undefined,
  ): Promise<void> {
    for (let depth = path.length - 1; depth >= down; depth--) {
      const { name, category } = path[depth]!;
      const args = name === next ? ',"args":{}' : "";
      const wait = this.#event("E", `"name":${name}${category}${args}`, at, ids);
      if (wait !== undefined) await wait;
    }
  }

  #event(phase: string, rest: string, at: number, { pid, tid }: TrackIds): void | Promise<void> {
    return this.write(`{"ph":"${phase}","pid":${pid},"tid":${tid},"ts":${microseconds(at)},${rest}}`);
  }

  #frame(row: number): EventFrame {
    const made = this.#frames[row];
    if (made !== undefined) return made;
    const text = frameText(this.#profile, row);
    const place = placeText(text);
    const name = JSON.stringify(text.name);
    const category = place === "" ? "" : `,"cat":${JSON.stringify(place)}`;
    const key = name + category;
    const frame = this.#known.get(key) ?? { name, category };
    this.#known.set(key, frame);
    this.#frames[row] = frame;
    return frame;
  }
}

/**
 * A frame's place as an event's category, which Perfetto shows and speedscope, other than arguments, does not take for a
 * part of the name: `x.c:3:0`. Without a line it is the file alone, unless that looks like the other form.
 */
function placeText({ file, line, column }: FrameText): string {
  return line === 0 && column === 0 && !/:\d+:\d+$/.test(file) ? file : `${file}:${line}:${column}`;
}
