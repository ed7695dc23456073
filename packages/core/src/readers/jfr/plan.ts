import { FlambeauError } from "../../util/errors.ts";
import { FORMAT, type JfrBytes, type Key } from "./bytes.ts";
import type { JfrType } from "./metadata.ts";

const Code = {
  int: 0,
  long: 1,
  short: 2,
  byte: 3,
  float: 4,
  double: 5,
  string: 6,
  key: 7,
  array: 8,
  /** Several varints that nobody asked for. */
  varints: 9,
} as const;

/** One value to read or pass over; `slot` is where it goes, -1: nowhere. */
interface Step {
  readonly code: number;
  readonly slot: number;
  /** Of an array: the steps of one element. */
  readonly element: readonly Step[];
  /** Of varints: how many. */
  readonly count: number;
}

/** What a plan must know of the chunk that it reads. */
export interface PlanContext {
  readonly types: ReadonlyMap<number, JfrType>;
  readonly header: { readonly compressed: boolean };
}

/** What a plan reads: a number, a key, a text; of an array, the position of its count. */
export type Value = Key | string | undefined;

const PRIMITIVES: ReadonlyMap<string, number> = new Map([
  ["int", Code.int],
  ["long", Code.long],
  ["short", Code.short],
  ["char", Code.short],
  ["byte", Code.byte],
  ["boolean", Code.byte],
  ["float", Code.float],
  ["double", Code.double],
  ["java.lang.String", Code.string],
]);

/** What a compressed chunk holds as a varint. */
const VARINTS: ReadonlySet<number> = new Set([Code.int, Code.long, Code.short, Code.key]);

/** A string, a key beyond 2^53, or nothing: what {@link Plan.readNumbers} cannot hold as a number. */
export type Other = bigint | string | undefined;

const MAX_DEPTH = 16;
const MAX_STEPS = 4096;

/**
 * How the values of one type lie on the wire, compiled once per chunk and type: nested types are flattened, and
 * what nobody asked for is passed over. Fields are found by name, because their order differs between versions.
 */
export class Plan {
  readonly #steps: Step[] = [];
  #fields = 0;
  readonly #types: ReadonlyMap<number, JfrType>;
  readonly #compressed: boolean;
  /** Slots of the varints, where the plan is nothing but varints, and which of them are keys. */
  #varints: Int32Array | undefined | "not yet" = "not yet";
  readonly #isKey: Uint8Array;
  readonly #pooled: (key: Key) => string;
  /** For each wanted field: whether the type has it. */
  readonly has: boolean[];
  /** The values read last, in the order of the wanted names; undefined where the type lacks the field. */
  readonly values: Value[];
  /** What {@link readNumbers} read; NaN where `others` has it. */
  readonly numbers: Float64Array;
  readonly others: Other[];

  /**
   * `wanted`: names of fields (`stackTrace`, or `a.b` within a nested type; empty: a primitive itself). `partial`: nothing behind the last
   * wanted field need be passed, because the record's size is known.
   */
  constructor(
    context: PlanContext,
    type: JfrType,
    wanted: readonly string[],
    pooled: (key: Key) => string,
    partial: boolean,
  ) {
    this.#types = context.types;
    this.#compressed = context.header.compressed;
    this.#pooled = pooled;
    this.has = wanted.map(() => false);
    this.values = wanted.map(() => undefined);
    this.numbers = new Float64Array(wanted.length).fill(Number.NaN);
    this.others = wanted.map(() => undefined);
    const code = PRIMITIVES.get(type.name);
    if (code !== undefined) this.#add(this.#steps, code, wanted.indexOf(""));
    else this.#compile(type, "", wanted, this.#steps, 0);
    while (partial && this.#steps.length > 0 && this.#steps.at(-1)!.slot < 0) this.#steps.pop();
    this.#isKey = new Uint8Array(wanted.length);
    for (const { code, slot } of this.#steps) if (code === Code.key && slot >= 0) this.#isKey[slot] = 1;
  }

  /** True where a record is one text and that is wanted. */
  get isText(): boolean {
    const [first] = this.#steps;
    return this.#steps.length === 1 && first!.code === Code.string && first!.slot === 0;
  }

  /** Reads one record from where `input` stands. */
  read(input: JfrBytes): readonly Value[] {
    this.#run(input, this.#steps);
    return this.values;
  }

  /**
   * Reads one record into `numbers` and `others`. The way for what comes by the million: where a record is nothing but
   * varints, as nearly all that sample stacks are, no step is looked at and no object made.
   */
  readNumbers(input: JfrBytes): void {
    if (this.#varints === "not yet") this.#varints = this.#onlyVarints();
    const slots = this.#varints;
    const { numbers } = this;
    if (slots === undefined) {
      this.#split(this.read(input));
      return;
    }
    const start = input.at;
    for (let i = 0; i < slots.length; i++) {
      const value = input.varint();
      const slot = slots[i]!;
      if (slot < 0) continue;
      numbers[slot] = value;
      if (value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER) continue;
      if (this.#isKey[slot] === 0) continue;
      input.at = start;
      this.#split(this.read(input));
      return;
    }
  }

  #split(values: readonly Value[]): void {
    values.forEach((value, slot) => {
      const isNumber = typeof value === "number";
      this.numbers[slot] = isNumber ? value : Number.NaN;
      this.others[slot] = isNumber ? undefined : value;
    });
  }

  #onlyVarints(): Int32Array | undefined {
    if (!this.#compressed) return undefined;
    const slots: number[] = [];
    for (const { code, slot, count } of this.#steps) {
      if (code === Code.varints) for (let i = 0; i < count; i++) slots.push(-1);
      else if (VARINTS.has(code)) slots.push(slot);
      else return undefined;
    }
    return Int32Array.from(slots);
  }

  /** Adds a step; varints that nobody asked for become one. */
  #add(steps: Step[], code: number, slot: number): void {
    const last = steps.at(-1);
    if (slot >= 0 || !this.#compressed || !VARINTS.has(code))
      steps.push({ code, slot, element: [], count: 1 });
    else if (last?.code !== Code.varints) steps.push({ code: Code.varints, slot, element: [], count: 1 });
    else steps[steps.length - 1] = { ...last, count: last.count + 1 };
  }

  /** Reads the count of an array whose position a plan gave. */
  static arrayAt(input: JfrBytes, position: number): number {
    input.at = position | 0;
    return input.int();
  }

  #compile(type: JfrType, prefix: string, wanted: readonly string[], steps: Step[], depth: number): void {
    if (depth > MAX_DEPTH) throw malformed(`type ${type.name} is nested in itself`);
    for (const field of type.fields) {
      const slot = wanted.indexOf(prefix + field.name);
      if (slot >= 0) this.has[slot] = true;
      const element: Step[] = [];
      const into = field.array ? element : steps;
      this.#compileValue(field, field.array ? -1 : slot, prefix, field.array ? [] : wanted, into, depth);
      if (field.array) steps.push({ code: Code.array, slot, element, count: 1 });
      if (++this.#fields > MAX_STEPS) throw malformed(`type ${type.name} has too many fields`);
    }
  }

  #compileValue(
    field: { readonly name: string; readonly type: number; readonly pooled: boolean },
    slot: number,
    prefix: string,
    wanted: readonly string[],
    steps: Step[],
    depth: number,
  ): void {
    if (field.pooled) {
      this.#add(steps, Code.key, slot);
      return;
    }
    const type = this.#types.get(field.type);
    if (type === undefined) throw malformed(`field ${field.name} has no known type`);
    const code = PRIMITIVES.get(type.name);
    if (code !== undefined) this.#add(steps, code, slot);
    else this.#compile(type, `${prefix}${field.name}.`, wanted, steps, depth + 1);
  }

  #run(input: JfrBytes, steps: readonly Step[]): void {
    for (const step of steps) {
      const { slot } = step;
      if (step.code === Code.varints) input.passVarints(step.count);
      else if (step.code === Code.array) this.#array(input, step);
      else if (step.code === Code.string) {
        if (slot < 0) input.passString();
        else this.values[slot] = input.string(this.#pooled);
      } else if (slot < 0) pass(input, step.code);
      else this.values[slot] = numberOf(input, step.code);
    }
  }

  #array(input: JfrBytes, step: Step): void {
    if (step.slot >= 0) this.values[step.slot] = input.at;
    const count = input.int();
    // Elements without fields take no bytes, so that their count could be anything.
    const { element } = step;
    if (element.length === 0) return;
    if (element.length === 1 && element[0]!.code === Code.varints) {
      input.passVarints(count * element[0]!.count);
      return;
    }
    for (let i = 0; i < count; i++) this.#run(input, step.element);
  }
}

function malformed(what: string): FlambeauError {
  return new FlambeauError("malformed", `bad JFR metadata: ${what}`, { format: FORMAT });
}

function pass(input: JfrBytes, code: number): void {
  if (code === Code.byte) input.byte();
  else if (code === Code.float) input.pass(4);
  else if (code === Code.double) input.pass(8);
  else if (code === Code.int) input.int();
  else if (code === Code.short) input.short();
  else input.long();
}

function numberOf(input: JfrBytes, code: number): Key | undefined {
  if (code === Code.key) return input.key();
  if (code === Code.byte) return input.byte();
  if (code === Code.int) return input.int();
  if (code === Code.short) return input.short();
  if (code === Code.long) return input.long();
  const start = input.at;
  input.pass(code === Code.float ? 4 : 8);
  const view = new DataView(input.bytes.buffer, input.bytes.byteOffset + start);
  return code === Code.float ? view.getFloat32(0) : view.getFloat64(0);
}
