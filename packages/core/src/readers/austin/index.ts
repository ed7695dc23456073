import { readLines } from "../../codec/lines.ts";
import { parseLineNumber } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import { FrameKind, type Thread } from "../../model/profile.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";

const LINE = /^P(\d+);T(?:([^;]*));?(.*) (-?\d{1,18})(?:,(\d+),(-?\d{1,18}))?$/;
/** A process has some hundreds of mapped parts of files. */
const MOST_MODULES = 10_000;
/** Longer thread ids than these are no numbers here. */
const NUMBER = /^\d{1,15}$/;

/**
 * austin's text: folded lines with process, thread and places, in the order of time. The weight is microseconds, or bytes
 * in memory mode; full mode has time, idle flag and memory. Ref: P403n1x87/austin, README "Format".
 */
export const austinReader: Reader = {
  id: "austin",
  title: "austin (text)",
  priority: 315,
  extensions: [".austin"],
  carries: { time: false, threads: true, labels: true, lines: true, inlined: false, severalValueTypes: true },
  sniff,
  async read(source, into, notes, options) {
    into.meta.format = "austin";
    into.meta.samplesInOrder = true;
    const header = new Map<string, string>();
    const frames = new Map<string, number>();
    const modules = new Modules();
    await readLines(
      source,
      notes,
      (text, line) => {
        const meta = /^# (\w+): (.*)$/.exec(text);
        if (meta?.[1] === "map") modules.add(meta[2]!);
        else if (meta !== null) header.set(meta[1]!, meta[2]!.trim());
        else if (text !== "" && !text.startsWith("#")) {
          const match = LINE.exec(text);
          if (match === null)
            notes.add("skipped", "bad-line", "a line is no sample: it was skipped", { line });
          else addSample(match, header.get("mode") ?? "wall", frames, modules, into);
        }
      },
      options.onProgress,
    );
    if (into.sampleCount === 0)
      throw new FlambeauError("malformed", "no line is a sample", { format: "austin" });
    if (header.has("austin")) into.meta.producer = `austin ${header.get("austin")}`;
    const interval = Number(header.get("interval"));
    if (interval > 0)
      into.meta.period = { type: { name: "wall", unit: "nanoseconds" }, value: interval * 1000 };
  },
};

function addSample(
  match: RegExpExecArray,
  mode: string,
  frames: Map<string, number>,
  modules: Modules,
  into: ProfileBuilder,
): void {
  let stack = -1;
  for (const text of match[3]!.split(";")) {
    if (text === "") continue;
    let frame = frames.get(text);
    if (frame === undefined) {
      frame = nativeFrameOf(text, modules, into) ?? frameOf(text, into);
      frames.set(text, frame);
    }
    stack = into.stack(stack, frame);
  }
  const thread = into.thread(threadOf(match[1]!, match[2]!));
  const amount = Number(match[4]);
  if (match[5] === undefined) {
    if (mode === "memory") into.sampleOf(stack, into.valueType("memory", "bytes"), amount, { thread });
    else
      into.sampleOf(stack, into.valueType(mode === "cpu" ? "cpu" : "wall", "nanoseconds"), amount * 1000, {
        thread,
      });
    return;
  }
  const weights: number[] = [];
  weights[into.valueType("wall", "nanoseconds")] = amount * 1000;
  weights[into.valueType("cpu", "nanoseconds")] = match[5] === "0" ? amount * 1000 : 0;
  weights[into.valueType("memory", "bytes")] = Number(match[6]);
  into.sample(stack, weights, { thread });
}

/** `T82848`, `T0:82848` (sub-interpreter and thread), `Tx87`. */
function threadOf(process: string, text: string): Thread {
  const tid = text.slice(text.lastIndexOf(":") + 1);
  return {
    name: NUMBER.test(text) ? "" : text,
    ...(NUMBER.test(process) ? { pid: Number(process) } : {}),
    ...(NUMBER.test(tid) ? { tid: Number(tid) } : {}),
  };
}

/** The binaries that austinp lists: `# map: 7f56b4b05000-7f56b4b06000 /usr/lib/libpython3.12.so.1.0`. */
class Modules {
  readonly #ranges: { readonly start: bigint; readonly end: bigint; readonly path: string }[] = [];

  add(text: string): void {
    const match = /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) (\S.*)$/.exec(text);
    if (match === null || this.#ranges.length >= MOST_MODULES) return;
    this.#ranges.push({ start: BigInt(`0x${match[1]}`), end: BigInt(`0x${match[2]}`), path: match[3]! });
  }

  pathAt(address: bigint): string | undefined {
    return this.#ranges.find(({ start, end }) => address >= start && address < end)?.path;
  }
}

/** austinp's `native@7f56b4b0b6a0:PyEval_EvalCode:519`, which ends in bytes from the symbol, and `kernel:do_syscall_64:0`. */
function nativeFrameOf(text: string, modules: Modules, into: ProfileBuilder): number | undefined {
  const kernel = /^kernel:(.+):\d+$/.exec(text);
  if (kernel !== null) return into.frame({ name: into.string(kernel[1]!), kind: FrameKind.kernel });
  const match = /^native@([0-9a-f]{1,16}):(.*):\d*$/.exec(text);
  if (match === null) return undefined;
  const address = BigInt(`0x${match[1]}`);
  const path = modules.pathAt(address);
  return into.frame({
    name: into.string(match[2] === "" ? "[unknown]" : match[2]!),
    address,
    mapping: path === undefined ? -1 : into.mapping({ path }),
    kind: FrameKind.native,
  });
}

/** `file:function:line`; files of Windows have a colon of their own. */
function frameOf(text: string, into: ProfileBuilder): number {
  const match = /^(.*):([^:]*):(\d+)$/.exec(text);
  if (match === null) return into.frameNamed(text.replace(/^:(.+):$/, "$1"));
  return into.frame({
    name: into.string(match[2] === "" ? "[unknown]" : match[2]!),
    file: into.string(match[1]!),
    line: parseLineNumber(match[3]),
  });
}

/** The header, or nothing but lines that austin writes. */
function sniff(head: Head): Verdict {
  // austinp lists the binaries of the process first.
  if (/^(?:# map: .*\r?\n)*# austin: /.test(head.text)) return "yes";
  const lines = head.lines.filter((line) => line.trim() !== "" && !line.startsWith("#")).slice(0, 20);
  return lines.length > 0 && lines.every((line) => /^P\d+;T[^;]*(?:;[^;]*:[^;:]+:\d*)+ -?\d+\s*$/.test(line))
    ? "yes"
    : "no";
}
