import type { Note, NoteKind, Place } from "../../model/notes.ts";
import type { Mapping, ProfileMeta, Thread, ValueType } from "../../model/profile.ts";

/** Thrown where JSON does not hold what the format says; the caller knows the place. */
export class Misfit extends Error {}

type Json = Readonly<Record<string, unknown>>;

/** An object of the file: its keys are looked up as own properties only. */
export function object(value: unknown, what: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new Misfit(`${what} is no object`);
  return value as Json;
}

export function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Misfit(`${what} is no list`);
  return value;
}

function own(from: Json, key: string): unknown {
  return Object.hasOwn(from, key) ? from[key] : undefined;
}

export function text(value: unknown, what: string): string {
  if (typeof value !== "string") throw new Misfit(`${what} is no text`);
  return value;
}

/** A number, or one that JSON has no notation for. */
function number(value: unknown, what: string): number {
  if (typeof value === "number") return value;
  if (value === "NaN" || value === "Infinity" || value === "-Infinity" || value === "-0")
    return Number(value);
  throw new Misfit(`${what} is no number`);
}

function integer(value: unknown, what: string): number {
  const found = number(value, what);
  if (!Number.isSafeInteger(found)) throw new Misfit(`${what} is no whole number`);
  return found;
}

function bigint(value: unknown, what: string): bigint {
  if (typeof value !== "string" || !/^-?\d{1,40}$/.test(value)) throw new Misfit(`${what} is no integer`);
  return BigInt(value);
}

function oneOf<const T extends string>(value: unknown, choices: readonly T[], what: string): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new Misfit(`${what} is none of ${choices.join(", ")}`);
  return found;
}

export function valueType(value: unknown): ValueType {
  const from = object(value, "a value type");
  return { name: text(own(from, "name"), "its name"), unit: text(own(from, "unit"), "its unit") };
}

export function thread(value: unknown): Thread {
  const from = object(value, "a thread");
  return {
    name: text(own(from, "name"), "a thread's name"),
    ...optional(from, "pid", number),
    ...optional(from, "tid", number),
    ...optional(from, "process", text),
  };
}

/** The field as an object of its own, or nothing where it is absent. */
function optional<K extends string, T>(
  from: Json,
  key: K,
  read: (value: unknown, what: string) => T,
): Partial<Record<K, T>> {
  const value = own(from, key);
  return value === undefined ? {} : ({ [key]: read(value, key) } as Record<K, T>);
}

function unsigned64(value: unknown, what: string): bigint {
  const found = bigint(value, what);
  if (BigInt.asUintN(64, found) !== found) throw new Misfit(`${what} has more than 64 bits`);
  return found;
}

export function mapping(value: unknown): Mapping {
  const from = object(value, "a mapping");
  return {
    path: text(own(from, "path"), "a mapping's path"),
    buildId: text(own(from, "buildId"), "a build id"),
    start: unsigned64(own(from, "start"), "a mapping's start"),
    end: unsigned64(own(from, "end"), "a mapping's end"),
    fileOffset: unsigned64(own(from, "fileOffset"), "a mapping's offset"),
    ...optional(from, "has", resolved),
  };
}

function resolved(value: unknown, what: string): NonNullable<Mapping["has"]> {
  const from = object(value, what);
  const flag = (key: string): boolean => own(from, key) === true;
  return {
    functions: flag("functions"),
    filenames: flag("filenames"),
    lineNumbers: flag("lineNumbers"),
    inlineFrames: flag("inlineFrames"),
  };
}

const NOTE_KINDS = ["skipped", "truncated", "approximated", "information"] as const satisfies NoteKind[];

export function note(value: unknown): Note {
  const from = object(value, "a note");
  return {
    kind: oneOf(own(from, "kind"), NOTE_KINDS, "a note's kind"),
    code: text(own(from, "code"), "a note's code"),
    message: text(own(from, "message"), "a note's message"),
    count: number(own(from, "count"), "a note's count"),
    places: list(own(from, "places"), "a note's places").map(place),
  };
}

function place(value: unknown): Place {
  const from = object(value, "a place");
  return { ...optional(from, "line", number), ...optional(from, "offset", number) };
}

export function meta(value: unknown): ProfileMeta {
  const from = object(value, "meta");
  return {
    format: text(own(from, "format"), "meta.format"),
    ...optional(from, "producer", text),
    ...optional(from, "timeOrigin", bigint),
    ...optional(from, "clock", clock),
    ...optional(from, "duration", number),
    ...optional(from, "period", period),
    defaultValueType: integer(own(from, "defaultValueType"), "meta.defaultValueType"),
    ...optional(from, "observations", number),
    ...optional(from, "threadsAreRoots", flag),
    ...optional(from, "samplesInOrder", flag),
    ...optional(from, "annotated", flag),
    ...optional(from, "differential", differential),
    ...optional(from, "title", text),
    ...optional(from, "comments", comments),
    ...optional(from, "docUrl", text),
    ...optional(from, "dropFrames", text),
    ...optional(from, "keepFrames", text),
  };
}

function flag(value: unknown, what: string): boolean {
  if (typeof value !== "boolean") throw new Misfit(`${what} is neither true nor false`);
  return value;
}

function clock(value: unknown, what: string): "unix" | "monotonic" {
  return oneOf(value, ["unix", "monotonic"], what);
}

function period(value: unknown, what: string): NonNullable<ProfileMeta["period"]> {
  const from = object(value, what);
  return { type: valueType(own(from, "type")), value: number(own(from, "value"), "the period") };
}

function differential(value: unknown, what: string): NonNullable<ProfileMeta["differential"]> {
  const from = object(value, what);
  return { base: integer(own(from, "base"), "base"), head: integer(own(from, "head"), "head") };
}

function comments(value: unknown, what: string): string[] {
  return list(value, what).map((comment) => text(comment, "a comment"));
}
