import type { Unwinder, UserStack } from "../../codec/code-names.ts";
import { unpackedSection } from "../dwarf/sections.ts";
import type { ElfFile } from "../elf.ts";
import { evaluate } from "./expression.ts";
import { debugFrameEntries, type FrameEntry, frameEntries } from "./frame-entries.ts";
import { type FrameRules, REGISTERS, Rule, rulesAt } from "./frame-rules.ts";

const STACK_POINTER = 7;
const RETURN_ADDRESS = 16;
const MACHINE_X86_64 = 62;
/** Addresses whose rules are kept. */
const MOST_KEPT = 1 << 16;

/**
 * Unwinds frames of a binary by its `.eh_frame`, and where that says nothing of an address by its `.debug_frame`;
 * undefined where it has neither, or is not for x86-64.
 */
export function unwinderOf(elf: ElfFile): Unwinder | undefined {
  if (!elf.wide || elf.view.getUint16(18, elf.littleEndian) !== MACHINE_X86_64) return undefined;
  const entries = frameEntries(elf);
  const loaded = entries.length === 0 ? undefined : new TableUnwinder(elf, entries);
  const debug = debugUnwinder(elf);
  if (loaded === undefined || debug === undefined) return loaded ?? debug;
  return {
    step(offset, registers, memory) {
      const result = loaded.step(offset, registers, memory);
      return result === "unknown" ? debug.step(offset, registers, memory) : result;
    },
  };
}

function debugUnwinder(elf: ElfFile): Unwinder | undefined {
  const section = unpackedSection(elf, ".debug_frame");
  if (section === undefined) return undefined;
  const { bytes, offset, size } = section;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const own: ElfFile = { ...elf, bytes, view };
  const entries = debugFrameEntries(own, offset, size);
  return entries.length === 0 ? undefined : new TableUnwinder(own, entries);
}

class TableUnwinder implements Unwinder {
  readonly #elf: ElfFile;
  readonly #entries: readonly FrameEntry[];
  readonly #starts: Float64Array;
  readonly #rules = new Map<number, FrameRules | undefined>();
  readonly #caller = new Float64Array(REGISTERS);

  constructor(elf: ElfFile, entries: readonly FrameEntry[]) {
    this.#elf = elf;
    this.#entries = entries;
    this.#starts = Float64Array.from(entries, ({ start }) => start);
  }

  step(
    offset: number,
    registers: Float64Array,
    memory: UserStack,
  ): "caller" | "signal" | "end" | "unknown" | "cut" {
    const rules = this.#rulesOf(offset);
    if (rules === undefined) return "unknown";
    const { register } = rules;
    const frame =
      register < 0
        ? evaluate(this.#elf, rules.offset, registers, memory, [])
        : (registers[register] ?? Number.NaN) + rules.offset;
    if (Number.isNaN(frame)) return "unknown";
    const caller = this.#caller;
    for (let i = 0; i < REGISTERS; i++) caller[i] = this.#value(rules, i, frame, registers, memory);
    if (rules.rule[rules.returnRegister] === Rule.undefined) return "end";
    if (rules.rule[STACK_POINTER] === Rule.same) caller[STACK_POINTER] = frame;
    const back = caller[rules.returnRegister]!;
    if (Number.isNaN(back)) return memory.covers(frame - 8) ? "unknown" : "cut";
    caller[RETURN_ADDRESS] = back;
    registers.set(caller);
    return back === 0 ? "end" : rules.isSignal ? "signal" : "caller";
  }

  #value(rules: FrameRules, register: number, frame: number, now: Float64Array, memory: UserStack): number {
    const value = rules.value[register]!;
    switch (rules.rule[register]) {
      case Rule.offset:
        return memory.read(frame + value);
      case Rule.valueOffset:
        return frame + value;
      case Rule.register:
        return now[value] ?? Number.NaN;
      case Rule.expression:
        return memory.read(evaluate(this.#elf, value, now, memory, [frame]));
      case Rule.valueExpression:
        return evaluate(this.#elf, value, now, memory, [frame]);
      case Rule.undefined:
        return Number.NaN;
      default:
        return now[register]!;
    }
  }

  #rulesOf(offset: number): FrameRules | undefined {
    if (this.#rules.has(offset)) return this.#rules.get(offset);
    if (this.#rules.size >= MOST_KEPT) this.#rules.clear();
    const address = this.#addressOf(offset);
    const entry = address === undefined ? undefined : this.#entryAt(address);
    const rules = entry === undefined ? undefined : rulesAt(this.#elf, entry, address!);
    this.#rules.set(offset, rules);
    return rules;
  }

  #entryAt(address: number): FrameEntry | undefined {
    let from = 0;
    let to = this.#starts.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#starts[middle]! <= address) from = middle + 1;
      else to = middle;
    }
    const entry = this.#entries[from - 1];
    return entry !== undefined && address < entry.end ? entry : undefined;
  }

  #addressOf(offset: number): number | undefined {
    for (const { offset: from, fileSize, address, executable } of this.#elf.segments) {
      const start = Number(from);
      if (executable && offset >= start && offset < start + Number(fileSize)) {
        return offset - start + Number(address);
      }
    }
    return undefined;
  }
}
