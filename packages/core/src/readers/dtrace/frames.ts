import type { NativeFrame } from "../../codec/native-frames.ts";
import { withoutOffset } from "../../codec/native-frames.ts";

/** Modules of the kernels that DTrace runs on, as far as their name says it. */
const KERNEL_MODULES = new Set(["unix", "genunix", "mach_kernel", "kernel", "kernel.debug"]);

/**
 * Frames and key of a block. Aggregations keyed by another value as well, `@[execname, ustack()]`, print it
 * as a line of less indentation before or behind the stack.
 */
export function keyOf(lines: readonly string[]): { frames: readonly string[]; thread: string | undefined } {
  const deepest = lines.reduce((most, line) => Math.max(most, indentation(line)), 0);
  const isKey = (line: string): boolean => indentation(line) * 2 < deepest;
  const keys = lines.filter(isKey).map((line) => line.trim());
  if (keys.length === 0 || keys.length === lines.length) return { frames: lines, thread: undefined };
  return { frames: lines.filter((line) => !isKey(line)), thread: keys.join(" ") };
}

function indentation(line: string): number {
  return line.length - line.trimStart().length;
}

/** The frames of one line, leaf first: a JIT's ``module`La->Lb`` holds inlined ones. */
export function parseDtraceFrame(line: string): NativeFrame[] {
  const text = line.trim();
  const tick = text.indexOf("`");
  const module = tick > 0 ? text.slice(0, tick) : "";
  const symbol = withoutOffset(tick > 0 ? text.slice(tick + 1) : text);
  const kernel = KERNEL_MODULES.has(module);
  if (tick < 0 && symbol.includes("->") && !symbol.includes("operator->")) {
    return symbol
      .split("->")
      .filter((name) => name !== "")
      .map((name, i) => ({ symbol: name.replace(/^L(?=.*;)/, ""), module, kernel, inlined: i > 0 }))
      .reverse();
  }
  return [{ symbol: symbol === "" ? "[unknown]" : symbol, module, kernel }];
}
