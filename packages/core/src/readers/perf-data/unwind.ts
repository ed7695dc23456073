import type { NameSource, Unwinder, UserStack } from "../../codec/code-names.ts";
import type { Notes } from "../../model/notes.ts";
import type { Modules } from "./modules.ts";
import type { Recording } from "./recording.ts";
import type { SampleParts } from "./sample-record.ts";
import type { Stacks } from "./stacks.ts";
import type { Task } from "./tasks.ts";
import type { Words } from "./words.ts";

/** Registers of x86-64 in DWARF's numbering, by their number in perf's (arch/x86/include/uapi/asm/perf_regs.h). */
const DWARF_NUMBER = [0, 3, 2, 1, 4, 5, 6, 7, 16, -1, -1, -1, -1, -1, -1, -1, 8, 9, 10, 11, 12, 13, 14, 15];
const STACK_POINTER = 7;
const INSTRUCTION = 16;
/** Frames of one stack: recursion may be deep, but the stack's copy is 64 KiB at most. */
const MOST_FRAMES = 8192;

/** Finds the user's part of stacks that were recorded as copies of memory (`--call-graph dwarf`). */
export class StackUnwinder {
  readonly #names: NameSource | undefined;
  readonly #modules: Modules;
  readonly #recording: Recording;
  readonly #notes: Notes;
  readonly #unwinders = new Map<number, Unwinder | undefined>();
  readonly #registers = new Float64Array(17);
  readonly #copy = new CopiedStack();

  constructor(names: NameSource | undefined, modules: Modules, recording: Recording, notes: Notes) {
    this.#names = names;
    this.#modules = modules;
    this.#recording = recording;
    this.#notes = notes;
  }

  /** Adds the frames behind the kernel's, from the leaf. */
  unwind(words: Words, parts: SampleParts, userRegisters: number, task: Task, stacks: Stacks): void {
    if (parts.registers < 0 || parts.stack < 0) {
      this.#notUnwound();
      return;
    }
    const registers = this.#registers.fill(Number.NaN);
    let at = parts.registers;
    for (let bit = 0; bit < DWARF_NUMBER.length; bit++) {
      if (((userRegisters >>> bit) & 1) === 0) continue;
      if (DWARF_NUMBER[bit]! >= 0) registers[DWARF_NUMBER[bit]!] = words.address(at);
      at += 8;
    }
    this.#copy.set(words, parts.stack, parts.stackSize, registers[STACK_POINTER]!);
    this.#walk(registers, task, stacks);
  }

  #walk(registers: Float64Array, task: Task, stacks: Stacks): void {
    let isExact = true;
    for (let frames = 0; frames < MOST_FRAMES; frames++) {
      const address = registers[INSTRUCTION]!;
      const stackPointer = registers[STACK_POINTER]!;
      if (Number.isNaN(address) || address === 0) return;
      // A return address belongs to the call before it.
      const within: number = isExact ? address : address - 1;
      stacks.code(within);
      const map = task.space.find(within);
      const unwinder = map === undefined ? undefined : this.#unwinderOf(map.module);
      const offset: number = map === undefined ? 0 : within - map.start + map.offset;
      const result: ReturnType<Unwinder["step"]> | undefined = unwinder?.step(offset, registers, this.#copy);
      if (result === "end") return;
      isExact = result === "signal";
      // A caller's frame lies above; else this would go round in circles.
      const goesOn = isExact || (result === "caller" && registers[STACK_POINTER]! > stackPointer);
      if (goesOn) continue;
      if (result === undefined && frames === 0) this.#notUnwound();
      else if (result === "cut") this.#wasCut();
      else this.#stopped();
      return;
    }
  }

  #unwinderOf(module: number): Unwinder | undefined {
    if (this.#unwinders.has(module)) return this.#unwinders.get(module);
    const request = this.#modules.request(module, this.#recording.buildIds);
    const unwinder = this.#modules.all[module]!.virtual
      ? undefined
      : this.#names?.unwinder?.(request, this.#notes);
    this.#unwinders.set(module, unwinder);
    return unwinder;
  }

  #notUnwound(): void {
    const message =
      "no call graph: a stack (--call-graph dwarf) is not unwound, because the program's file is not there (--symfs) or it is not for x86-64; its user frames are leaves only, and perf script may do it";
    this.#notes.add("approximated", "dwarf-stacks", message);
  }

  #stopped(): void {
    const message =
      "a stack could not be unwound to its root: a file is not there or has no unwinding tables; outer frames are missing";
    this.#notes.add("approximated", "unwinding-stopped", message);
  }

  #wasCut(): void {
    const message =
      "a stack was larger than its copy: outer frames are missing; record more of it with --call-graph dwarf,SIZE";
    this.#notes.add("approximated", "stack-copy-cut", message);
  }
}

class CopiedStack implements UserStack {
  #words: Words | undefined;
  #at = 0;
  #size = 0;
  #start = 0;

  set(words: Words, at: number, size: number, stackPointer: number): void {
    this.#words = words;
    this.#at = at;
    this.#size = size;
    this.#start = stackPointer;
  }

  read(address: number): number {
    return this.covers(address) ? this.#words!.address(this.#at + (address - this.#start)) : Number.NaN;
  }

  covers(address: number): boolean {
    const offset = address - this.#start;
    return offset >= 0 && offset + 8 <= this.#size && Number.isInteger(offset);
  }
}
