import type { UserStack } from "../../codec/code-names.ts";
import type { ElfFile } from "../elf.ts";
import { FrameBytes } from "./frame-bytes.ts";

/** Steps and depth that no real expression needs. */
const MOST_STEPS = 100;

/**
 * Carries out an expression (DWARF 5, 2.5), of which `at` is the length: those few operations that compilers and
 * linkers use where code lies between two frames (procedure linkage tables, signal handlers). NaN: not understood.
 */
export function evaluate(
  elf: ElfFile,
  at: number,
  registers: Float64Array,
  memory: UserStack,
  initial: readonly number[],
): number {
  const bytes = new FrameBytes(elf, at, elf.bytes.length, 0);
  const length = bytes.unsigned() ?? 0;
  const end = bytes.at + length;
  const stack = [...initial];
  const pop = (): number => stack.pop() ?? Number.NaN;
  for (let step = 0; bytes.at < end && step < MOST_STEPS; step++) {
    const code = bytes.u8();
    if (code >= 0x30 && code <= 0x4f) stack.push(code - 0x30);
    else if (code >= 0x70 && code <= 0x8f) {
      stack.push((registers[code - 0x70] ?? Number.NaN) + (bytes.signed() ?? Number.NaN));
    } else if (code === 0x06) stack.push(memory.read(pop()));
    else if (code === 0x08) stack.push(bytes.u8());
    else if (code === 0x0a) stack.push(bytes.u16());
    else if (code === 0x23) stack.push(pop() + (bytes.unsigned() ?? Number.NaN));
    else {
      const right = pop();
      const left = pop();
      stack.push(combined(code, left, right));
    }
  }
  return pop();
}

function combined(code: number, left: number, right: number): number {
  switch (code) {
    case 0x1a:
      return (left % 2 ** 31) & right;
    case 0x1c:
      return left - right;
    case 0x22:
      return left + right;
    case 0x24:
      return left * 2 ** right;
    case 0x2a:
      return left >= right ? 1 : 0;
    default:
      return Number.NaN;
  }
}
