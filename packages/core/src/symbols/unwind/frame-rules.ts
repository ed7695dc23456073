import type { ElfFile } from "../elf.ts";
import { FrameBytes } from "./frame-bytes.ts";
import type { FrameEntry } from "./frame-entries.ts";

/** Registers of x86-64 in DWARF's numbering: the sixteen general ones and the return address. */
export const REGISTERS = 17;

/** Where a register of the caller is. */
export const Rule = {
  /** As it is now. */
  same: 0,
  /** Nobody knows; of the return address: there is no caller. */
  undefined: 1,
  /** In memory, at the frame's address plus the value. */
  offset: 2,
  /** The frame's address plus the value. */
  valueOffset: 3,
  /** In the register of this number. */
  register: 4,
  /** In memory, where the expression at this place of the file says. */
  expression: 5,
  /** What the expression says. */
  valueExpression: 6,
} as const;

/** How one frame is left: where its own address (CFA) is, and the caller's registers. */
export interface FrameRules {
  /** -1: an expression says it, which lies at `offset` of the file. */
  readonly register: number;
  readonly offset: number;
  /** {@link Rule} and its value by register. */
  readonly rule: Uint8Array;
  readonly value: Float64Array;
  readonly isSignal: boolean;
  readonly returnRegister: number;
}

interface State {
  register: number;
  offset: number;
  rule: Uint8Array;
  value: Float64Array;
}

/** Saved states on top of each other; compilers use one or two. */
const MOST_SAVED = 64;

/** The rules at an address: the instructions of the entry are carried out up to there. Undefined: not understood. */
export function rulesAt(elf: ElfFile, entry: FrameEntry, address: number): FrameRules | undefined {
  const { common } = entry;
  const state: State = {
    register: 7,
    offset: 8,
    rule: new Uint8Array(REGISTERS),
    value: new Float64Array(REGISTERS),
  };
  const run = new FrameProgram(elf, entry, address, state);
  if (!run.carryOut(common.from, common.to)) return undefined;
  run.begin();
  if (!run.carryOut(entry.from, entry.to)) return undefined;
  return { ...state, isSignal: common.isSignal, returnRegister: common.returnRegister };
}

/** Instructions of call frame information (DWARF 5, 6.4.2). */
class FrameProgram {
  readonly #elf: ElfFile;
  readonly #entry: FrameEntry;
  readonly #address: number;
  readonly #state: State;
  #place: number;
  #initial: State;
  readonly #saved: State[] = [];

  constructor(elf: ElfFile, entry: FrameEntry, address: number, state: State) {
    this.#elf = elf;
    this.#entry = entry;
    this.#address = address;
    this.#state = state;
    this.#place = entry.start;
    this.#initial = copyOf(state);
  }

  /** What `restore` goes back to is how things are now. */
  begin(): void {
    this.#initial = copyOf(this.#state);
    this.#place = this.#entry.start;
  }

  carryOut(from: number, to: number): boolean {
    const bytes = new FrameBytes(this.#elf, from, to, 0);
    while (bytes.left > 0) {
      const byte = bytes.u8();
      const small = byte & 0x3f;
      const known =
        byte >> 6 === 1
          ? this.#advance(small)
          : byte >> 6 === 2
            ? this.#set(small, Rule.offset, (bytes.unsigned() ?? 0) * this.#entry.common.dataAlign)
            : byte >> 6 === 3
              ? this.#restore(small)
              : this.#extended(byte, bytes);
      if (known === "stop") return true;
      if (!known) return false;
    }
    return true;
  }

  #advance(delta: number): true | "stop" {
    this.#place += delta * this.#entry.common.codeAlign;
    return this.#place > this.#address ? "stop" : true;
  }

  #set(register: number, rule: number, value: number): true {
    if (register < REGISTERS) {
      this.#state.rule[register] = rule;
      this.#state.value[register] = value;
    }
    return true;
  }

  #restore(register: number): true {
    if (register >= REGISTERS) return true;
    return this.#set(register, this.#initial.rule[register]!, this.#initial.value[register]!);
  }

  #extended(code: number, bytes: FrameBytes): boolean | "stop" {
    const align = this.#entry.common.dataAlign;
    const number = (): number => bytes.unsigned() ?? 0;
    const signed = (): number => bytes.signed() ?? 0;
    const state = this.#state;
    switch (code) {
      case 0x00: // nop
        return true;
      case 0x02:
        return this.#advance(bytes.u8());
      case 0x03:
        return this.#advance(bytes.u16());
      case 0x04:
        return this.#advance(bytes.u32());
      case 0x05:
        return this.#set(number(), Rule.offset, number() * align);
      case 0x06:
        return this.#restore(number());
      case 0x07:
        return this.#set(number(), Rule.undefined, 0);
      case 0x08:
        return this.#set(number(), Rule.same, 0);
      case 0x09:
        return this.#set(number(), Rule.register, number());
      case 0x0a:
        if (this.#saved.length >= MOST_SAVED) return false;
        this.#saved.push(copyOf(state));
        return true;
      case 0x0b: {
        const saved = this.#saved.pop();
        if (saved === undefined) return false;
        Object.assign(state, copyOf(saved));
        return true;
      }
      case 0x0c:
        state.register = number();
        state.offset = number();
        return true;
      case 0x0d:
        state.register = number();
        return true;
      case 0x0e:
        state.offset = number();
        return true;
      case 0x0f:
        state.register = -1;
        state.offset = bytes.at;
        bytes.skip(number());
        return true;
      case 0x10:
      case 0x16: {
        const register = number();
        const at = bytes.at;
        bytes.skip(number());
        return this.#set(register, code === 0x10 ? Rule.expression : Rule.valueExpression, at);
      }
      case 0x11:
        return this.#set(number(), Rule.offset, signed() * align);
      case 0x12:
        state.register = number();
        state.offset = signed() * align;
        return true;
      case 0x13:
        state.offset = signed() * align;
        return true;
      case 0x14:
        return this.#set(number(), Rule.valueOffset, number() * align);
      case 0x15:
        return this.#set(number(), Rule.valueOffset, signed() * align);
      case 0x2e: // GNU: size of the arguments
        number();
        return true;
      default:
        return false;
    }
  }
}

function copyOf({ register, offset, rule, value }: State): State {
  return { register, offset, rule: rule.slice(), value: value.slice() };
}
