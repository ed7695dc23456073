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
} as const;

/** One value to read or pass over; `slot` is where it goes, -1: nowhere. */
interface Step {
  readonly code: number;
  readonly slot: number;
  /** Of an array: the steps of one element. */
  readonly element: readonly Step[];
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

const MAX_DEPTH = 16;
const MAX_STEPS = 4096;

/**
 * How the values of one type lie on the wire, compiled once per chunk and type: nested types are flattened, and
 * what nobody asked for is passed over. Fields are found by name, because their order differs between versions.
 */
export class Plan {
  readonly #steps: Step[] = [];
  readonly #types: ReadonlyMap<number, JfrType>;
  readonly #pooled: (key: Key) => string;
  /** For each wanted field: whether the type has it. */
  readonly has: boolean[];
  /** The values read last, in the order of the wanted names; undefined where the type lacks the field. */
  readonly values: Value[];

  /**
   * `wanted`: names of fields (`stackTrace`, or `a.b` within a nested type; empty: a primitive itself). `partial`: nothing behind the last
   * wanted field need be passed, because the record's size is known.
   */
  constructor(
    types: ReadonlyMap<number, JfrType>,
    type: JfrType,
    wanted: readonly string[],
    pooled: (key: Key) => string,
    partial: boolean,
  ) {
    this.#types = types;
    this.#pooled = pooled;
    this.has = wanted.map(() => false);
    this.values = wanted.map(() => undefined);
    const code = PRIMITIVES.get(type.name);
    if (code !== undefined) this.#steps.push({ code, slot: wanted.indexOf(""), element: [] });
    else this.#compile(type, "", wanted, this.#steps, 0);
    if (!partial) return;
    while (this.#steps.length > 0 && this.#steps.at(-1)!.slot < 0) this.#steps.pop();
  }

  /** Reads one record from where `input` stands. */
  read(input: JfrBytes): readonly Value[] {
    this.#run(input, this.#steps);
    return this.values;
  }

  /** Reads the count of an array whose position a plan gave. */
  static arrayAt(input: JfrBytes, position: number): number {
    input.at = position;
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
      if (field.array) steps.push({ code: Code.array, slot, element });
      if (steps.length > MAX_STEPS) throw malformed(`type ${type.name} has too many fields`);
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
      steps.push({ code: Code.key, slot, element: [] });
      return;
    }
    const type = this.#types.get(field.type);
    if (type === undefined) throw malformed(`field ${field.name} has no known type`);
    const code = PRIMITIVES.get(type.name);
    if (code !== undefined) steps.push({ code, slot, element: [] });
    else this.#compile(type, `${prefix}${field.name}.`, wanted, steps, depth + 1);
  }

  #run(input: JfrBytes, steps: readonly Step[]): void {
    for (const step of steps) {
      const { slot } = step;
      if (step.code === Code.array) this.#array(input, step);
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
    if (step.element.length === 0) return;
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
