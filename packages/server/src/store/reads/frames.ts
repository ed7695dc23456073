import type { Columns } from "../engine/native.ts";
import type { ReadEngine } from "./read-engine.ts";
import { dayOf, sliceOf, type TypedSelection } from "./where.ts";

/** The frames of stacks, root first. A stack may occur more than once. */
export interface StackFrames {
  readonly stacks: BigUint64Array;
  /** The frames of all stacks, one stack after the other. */
  readonly frames: BigUint64Array;
  /** Where the frames of each stack end. */
  readonly ends: Uint32Array;
}

/** Services, and how many stacks they have together, within a few hundredths. */
export interface ServiceGroup {
  readonly services: readonly string[];
  readonly stacks: number;
}

/** A frame as it was stored. */
export interface FrameRow {
  readonly id: bigint;
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly mapping: string;
  readonly buildId: string;
  /** Offset in the mapping's file; 0 for a frame with a name. */
  readonly address: bigint;
  readonly kind: number;
  readonly inlined: boolean;
}

/** One of the functions at an address; the innermost inlined one comes first. */
export interface SymbolLine {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Longer lists of ids are cut, so that no statement becomes huge. */
const IDS_AT_ONCE = 50_000;
/** Stacks that are read together; about 300 bytes each. */
const STACKS_AT_ONCE = 50_000;
const EVERYTHING = { index: 0, of: 1 };
const WEEK = 7 * 86_400_000;

/** What stacks and frames are. */
export class FrameReads {
  readonly #engine: ReadEngine;

  constructor(engine: ReadEngine) {
    this.#engine = engine;
  }

  /**
   * Frames of the given stacks, in pieces that fit into memory; those that the store does not know are missing, and
   * others may be among them.
   */
  async *ofStacks(selection: TypedSelection, stacks: BigUint64Array): AsyncGenerator<StackFrames> {
    if (stacks.length > IDS_AT_ONCE) {
      yield* this.#ofSelection(selection);
      return;
    }
    const { columns } = await this.#engine.columns(
      `SELECT stack, any(frames) AS frames FROM stacks
       WHERE tenant = {tenant:String} AND ${WEEKS} AND ${services(selection)} AND stack IN {stacks:Array(UInt64)}
       GROUP BY stack`,
      { ...rangeParams(selection), stacks },
    );
    yield stackFrames(columns);
  }

  /** The same for the services of a selection: beyond a certain number, naming stacks costs more than reading them all. */
  async *#ofSelection(selection: TypedSelection): AsyncGenerator<StackFrames> {
    let ahead: Promise<StackFrames> | undefined;
    for (const { services } of await this.serviceGroups(selection, STACKS_AT_ONCE)) {
      const next = this.ofPart({ ...selection, services });
      // Whoever stops reading does not wait for it.
      next.catch(() => undefined);
      if (ahead !== undefined) yield await ahead;
      ahead = next;
    }
    if (ahead !== undefined) yield await ahead;
  }

  /** Frames of all stacks of the services and the slice that a selection names. */
  async ofPart(selection: TypedSelection): Promise<StackFrames> {
    const slice = sliceOf(selection.slice ?? EVERYTHING);
    const { columns } = await this.#engine.columns(
      `SELECT stack, frames FROM stacks
       WHERE tenant = {tenant:String} AND ${WEEKS} AND service IN {services:Array(String)} AND ${slice.sql}
       LIMIT 1 BY stack`,
      { ...rangeParams(selection), ...slice.params, services: selection.services ?? [] },
    );
    return stackFrames(columns);
  }

  /** The services that a selection may mean, in groups of at most so many stacks; a larger service is a group of its own. */
  async serviceGroups(selection: TypedSelection, stacks: number): Promise<ServiceGroup[]> {
    const { rows, columns } = await this.#engine.columns(
      `SELECT service, uniqHLL12(stack) FROM stacks
       WHERE tenant = {tenant:String} AND ${WEEKS} AND ${services(selection)} GROUP BY service ORDER BY service`,
      rangeParams(selection),
    );
    const groups: { services: string[]; stacks: number }[] = [];
    for (let row = 0; row < rows; row++) {
      const service = String(columns[0]!.data[row]);
      const count = Number(columns[1]!.data[row]);
      const last = groups.at(-1);
      if (last !== undefined && last.stacks + count <= stacks) {
        last.services.push(service);
        last.stacks += count;
      } else {
        groups.push({ services: [service], stacks: count });
      }
    }
    return groups;
  }

  /** The given frames; those that the store does not know are missing in the answer. */
  async frames(tenant: string, ids: BigUint64Array): Promise<FrameRow[]> {
    const found: FrameRow[] = [];
    for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
      const { rows, columns } = await this.#engine.columns(
        `SELECT id, any(name), any(file), any(line), any(column), any(mapping), any(build_id), any(address), any(kind),
                any(inlined)
         FROM frames WHERE tenant = {tenant:String} AND id IN {ids:Array(UInt64)} GROUP BY id`,
        { tenant, ids: ids.subarray(at, at + IDS_AT_ONCE) },
      );
      for (let row = 0; row < rows; row++) found.push(frameRow(columns, row));
    }
    return found;
  }

  /** Late symbols of addresses, by `buildId:address` in hexadecimal: the newest that were uploaded. */
  async symbols(
    tenant: string,
    frames: readonly FrameRow[],
  ): Promise<ReadonlyMap<string, readonly SymbolLine[]>> {
    const found = new Map<string, readonly SymbolLine[]>();
    const wanted = frames.filter((frame) => frame.name === "" && frame.buildId !== "");
    for (let at = 0; at < wanted.length; at += IDS_AT_ONCE) {
      const part = wanted.slice(at, at + IDS_AT_ONCE);
      const { rows, columns } = await this.#engine.columns(
        `SELECT build_id, address, argMax(lines.name, ver), argMax(lines.file, ver), argMax(lines.line, ver),
                argMax(lines.column, ver)
         FROM symbols
         WHERE tenant = {tenant:String} AND build_id IN {builds:Array(String)} AND address IN {addresses:Array(UInt64)}
         GROUP BY build_id, address`,
        {
          tenant,
          builds: [...new Set(part.map((frame) => frame.buildId))],
          addresses: BigUint64Array.from(part, (frame) => frame.address),
        },
      );
      for (let row = 0; row < rows; row++) {
        const [names, files, lines, cols] = columns
          .slice(2)
          .map(({ data }) => data[row] as ArrayLike<unknown>);
        found.set(
          symbolKey(String(columns[0]!.data[row]), columns[1]!.data[row] as bigint),
          Array.from(names!, (name, i) => ({
            name: String(name),
            file: String(files![i]),
            line: Number(lines![i]),
            column: Number(cols![i]),
          })),
        );
      }
    }
    return found;
  }
}

/** Key of an address in the answer of {@link FrameReads.symbols}. */
export function symbolKey(buildId: string, address: bigint): string {
  return `${buildId}:${address.toString(16)}`;
}

/** A stack is kept once for each week that it was seen in; a profile may be filed a week after it was taken. */
const WEEKS = "week >= {fromWeek:Date} AND week <= {toWeek:Date}";

/** The services that a selection names outright: they lead the table's key. */
function namedServices({ matchers }: TypedSelection): string[] | undefined {
  const named = matchers.filter(({ name, operator }) => name === "service_name" && operator === "=");
  return named.length === 0 ? undefined : named.map(({ value }) => value);
}

function services(selection: TypedSelection): string {
  return namedServices(selection) === undefined ? "1" : "service IN {services:Array(String)}";
}

function rangeParams(selection: TypedSelection): Record<string, string | readonly string[]> {
  return {
    tenant: selection.tenant,
    fromWeek: dayOf(selection.from - WEEK),
    toWeek: dayOf(selection.to),
    services: namedServices(selection) ?? [],
  };
}

function stackFrames(columns: Columns["columns"]): StackFrames {
  return {
    stacks: (columns[0]?.data as BigUint64Array | undefined) ?? new BigUint64Array(0),
    frames: (columns[1]?.lists?.values as BigUint64Array | undefined) ?? new BigUint64Array(0),
    ends: columns[1]?.lists?.ends ?? new Uint32Array(0),
  };
}

function frameRow(columns: Columns["columns"], row: number): FrameRow {
  const at = (column: number) => columns[column]!.data[row];
  return {
    id: at(0) as bigint,
    name: String(at(1)),
    file: String(at(2)),
    line: Number(at(3)),
    column: Number(at(4)),
    mapping: String(at(5)),
    buildId: String(at(6)),
    address: at(7) as bigint,
    kind: Number(at(8)),
    inlined: Number(at(9)) === 1,
  };
}
