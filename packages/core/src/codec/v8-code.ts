import type { ProfileBuilder } from "../model/builder.ts";
import { FrameKind, type FrameKindCode } from "../model/profile.ts";
import { parseLineNumber } from "./native-frames.ts";

/** A piece of code as V8's log names it. */
export interface V8Code {
  /** `JS`, `LazyCompile`, `Function`, `Script`, `Eval`: functions; `SHARED_LIB`, `CPP`; else what the stub is for. */
  readonly type: string;
  readonly name: string;
  readonly kind?: FrameKindCode;
}

const FUNCTIONS: ReadonlySet<string> = new Set(["JS", "LazyCompile", "Function", "Script", "Eval"]);

/** True for a tag that says: a function of JavaScript. */
export function isJavaScript(type: string): boolean {
  return FUNCTIONS.has(type);
}

/** Where a file begins that is a path or a URL. */
const PATH = /^(?:[a-z][a-z0-9+.-]{1,20}:|\/|[A-Za-z]:[\\/])/;

/**
 * `name file:line:column`, where the name may be missing and both may hold blanks: the file begins at the first word
 * that looks like a path or a URL, else at the last one. Undefined where there is no place.
 */
function placed(
  text: string,
):
  | { readonly name: string; readonly file: string; readonly line: string; readonly column: string }
  | undefined {
  const tail = /:(\d{1,9}):(\d{1,9})$/.exec(text.slice(-24));
  if (tail === null) return undefined;
  const rest = text.slice(0, text.length - tail[0].length);
  let file = rest.lastIndexOf(" ") + 1;
  for (let word = 0; word >= 0 && word < file; word = rest.indexOf(" ", word) + 1) {
    if (PATH.test(rest.slice(word, word + 24))) file = word;
  }
  const name = rest.slice(0, Math.max(0, file - 1));
  return { name, file: rest.slice(file), line: tail[1]!, column: tail[2]! };
}

/** Row of the frame of a piece of code. */
export function v8Frame(into: ProfileBuilder, { type, name, kind }: V8Code): number {
  if (type === "SHARED_LIB") {
    const mapping = into.mapping({ path: name });
    return into.frame({ name: into.string(name || "[unknown]"), mapping, kind: FrameKind.native });
  }
  if (type === "CPP") {
    // As nm prints it: `T _start`, `t local`.
    const symbol = name.replace(/^[A-Za-z] (?=\S)/, "");
    return into.frame({ name: into.string(symbol || "[unknown]"), kind: FrameKind.native });
  }
  if (!isJavaScript(type)) return into.frame({ name: into.string(`${type}: ${name}`), kind: kind ?? 0 });
  const place = placed(name);
  const text = place?.name ?? name;
  return into.frame({
    name: into.string(text === "" || text === "<anonymous>" ? "(anonymous)" : text),
    file: into.string(place?.file ?? ""),
    line: parseLineNumber(place?.line),
    column: parseLineNumber(place?.column),
    kind: kind ?? 0,
  });
}

/** A time beyond this many microseconds (30 years) is no measurement. */
const MAX_MICROSECONDS = 1e15;

/** True for microseconds that a tick may have. */
export function isTickTime(microseconds: number): boolean {
  return Math.abs(microseconds) < MAX_MICROSECONDS;
}

/** A tick: where the program was, at a time. */
export interface V8Ticks {
  /** Row of the builder's stacks. */
  readonly stack: Int32Array | readonly number[];
  /** Microseconds. */
  readonly time: Float64Array | readonly number[];
}

/**
 * Adds ticks as samples that count one and last until the next one; the last one as long as the average. `order` puts
 * them in the order of time.
 */
export function addTicks(into: ProfileBuilder, { stack, time }: V8Ticks): void {
  into.valueType("samples", "count");
  into.meta.defaultValueType = into.valueType("wall", "nanoseconds");
  into.meta.observations = stack.length;
  const order = Uint32Array.from(stack, (_, i) => i).sort((a, b) => time[a]! - time[b]! || a - b);
  const at = (i: number): number => Math.round(time[order[i]!]! * 1000);
  const count = order.length;
  const average = count > 1 ? Math.round((at(count - 1) - at(0)) / (count - 1)) : 0;
  const weights = [1, 0];
  for (let i = 0; i < count; i++) {
    weights[1] = i + 1 < count ? at(i + 1) - at(i) : average;
    into.sample(stack[order[i]!]!, weights, { time: at(i) });
  }
}
