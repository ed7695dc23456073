import { addTicks, isJavaScript, isTickTime, type V8Code, v8Frame } from "../../codec/v8-code.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind, type FrameKindCode } from "../../model/profile.ts";
import { CodeMap } from "./code-map.ts";
import { fieldsOf } from "./fields.ts";

/** What stands behind a function's address: how far it was compiled. */
const STATES: ReadonlyMap<string, FrameKindCode> = new Map([
  ["~", FrameKind.interpreted],
  ["^", FrameKind.jit],
  ["+", FrameKind.jit],
  ["*", FrameKind.jit],
]);

/** The machine's state in which it collects garbage. */
const COLLECTING = "1";

/** Replays a log line by line: code comes, moves and goes; a tick is looked up in what is there at that time. */
export class LogReplay {
  /** Nanoseconds between ticks. */
  interval = 0;
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #map = new CodeMap();
  readonly #frames = new Map<V8Code, number>();
  readonly #stack: number[] = [];
  readonly #time: number[] = [];

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  get ticks(): number {
    return this.#stack.length;
  }

  line(text: string, line: number): void {
    // Most lines are no concern of ours, and sources of scripts are long.
    const kind = text.slice(0, text.indexOf(","));
    if (kind === "tick") this.#tick(text.split(","), line);
    else if (kind === "code-creation") this.#created(fieldsOf(text), line);
    else if (kind === "code-move") this.#moved(fieldsOf(text), line);
    else if (kind === "code-delete") this.#map.remove(address(text.split(",")[1]));
    else if (kind === "shared-library") this.#mapped(fieldsOf(text));
    else if (kind === "v8-version") this.#version(text);
    else if (kind === "profiler") this.#profiler(fieldsOf(text));
  }

  end(): void {
    addTicks(this.#into, { stack: this.#stack, time: this.#time });
  }

  #version(text: string): void {
    const parts = text.split(",").slice(1);
    this.#into.meta.producer = `V8 ${parts.slice(0, 4).join(".")}${(parts[4] ?? "").replace(/^0$/, "")}`;
  }

  #profiler([, state, interval]: string[]): void {
    const microseconds = Number(interval);
    if (state === "begin" && microseconds > 0 && microseconds < 1e9) this.interval = microseconds * 1000;
  }

  #mapped([, path = "", start, end]: string[]): void {
    this.#map.addModule(address(start), address(end), { type: "SHARED_LIB", name: path });
  }

  /** `code-creation,type,kind,time,start,size,name[,function,state]`; old logs have no time. */
  #created(fields: string[], line: number): void {
    const at = fields[3]?.startsWith("0x") === true ? 3 : 4;
    const type = fields[1] ?? "";
    const name = fields[at + 2];
    const kind = isJavaScript(type) ? STATES.get(fields[at + 4] ?? "") : undefined;
    const code: V8Code = { type, name: name ?? "", ...(kind === undefined ? {} : { kind }) };
    if (name === undefined || !this.#map.add(address(fields[at]), Number(fields[at + 1]), code)) {
      this.#notes.add(
        "skipped",
        "bad-code",
        "A piece of code has no address, size or name that can be right.",
        { line },
      );
    }
  }

  #moved([, from, to]: string[], line: number): void {
    if (this.#map.move(address(from), address(to))) return;
    this.#notes.add("information", "unknown-move", "Code moves that was never created.", { line });
  }

  /** `tick,pc,time,is_external,top_of_stack_or_callback,state,frame,frame…`, frames from the leaf. */
  #tick(fields: string[], line: number): void {
    const time = Number(fields[2]);
    const pc = address(fields[1]);
    if (fields.length < 6 || !isTickTime(time) || Number.isNaN(pc)) {
      this.#notes.add("skipped", "bad-tick", "A tick is cut or garbled; it was left out.", { line });
      return;
    }
    const external = fields[3] === "1";
    const top = address(fields[4]);
    const leaf: number[] = [];
    // Within a callback the counter points into the callback, which would seem to call itself.
    if (external) leaf.push(top);
    else {
      leaf.push(pc);
      const below = this.#map.find(top);
      if (below !== undefined && isJavaScript(below.type)) leaf.push(top);
    }
    const collecting = fields[5] === COLLECTING;
    this.#stack.push(this.#stackOf(leaf, fields, pc, collecting));
    this.#time.push(time);
  }

  #stackOf(leaf: readonly number[], fields: readonly string[], pc: number, collecting: boolean): number {
    const frames: number[] = [];
    leaf.forEach((at, i) => {
      const code = this.#map.find(at);
      if (code !== undefined) frames.push(this.#frame(code));
      else if (i === 0) frames.push(this.#into.frameNamed("[unknown]"));
    });
    let at = pc;
    for (let i = 6; i < fields.length; i++) {
      const text = fields[i]!;
      if (text.startsWith("o")) {
        this.#notes.add(
          "truncated",
          "overflow",
          "A stack was too deep for the profiler: its outermost frames are missing.",
        );
        break;
      }
      at = text.startsWith("+")
        ? at + address(text, 1)
        : text.startsWith("-")
          ? at - address(text, 1)
          : address(text);
      const code = this.#map.find(at);
      if (code !== undefined) frames.push(this.#frame(code));
    }
    let stack = -1;
    for (let i = frames.length - 1; i >= 0; i--) stack = this.#into.stack(stack, frames[i]!);
    return collecting ? this.#into.stack(stack, this.#into.frameNamed("(garbage collector)")) : stack;
  }

  #frame(code: V8Code): number {
    let frame = this.#frames.get(code);
    if (frame === undefined) {
      frame = v8Frame(this.#into, code);
      this.#frames.set(code, frame);
    }
    return frame;
  }
}

/** `0x1f`, behind `from` characters, as a number; NaN where it is none. */
function address(text: string | undefined, from = 0): number {
  const digits = text === undefined ? 0 : text.length - from - 2;
  if (digits < 1 || digits > 16 || !text!.startsWith("0x", from)) return Number.NaN;
  let value = 0;
  for (let i = from + 2; i < text!.length; i++) {
    const code = text!.charCodeAt(i) | 0x20;
    const digit = code >= 0x61 && code <= 0x66 ? code - 0x57 : code - 0x30;
    if (!(digit >= 0 && digit <= 15) || (digit < 10 && text!.charCodeAt(i) > 0x39)) return Number.NaN;
    value = value * 16 + digit;
  }
  return value;
}
