import { jsonPaths } from "../../codec/json-shape.ts";
import { ProtobufReader, WireType } from "../../codec/protobuf.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Verdict } from "../reader.ts";
import { FORMAT } from "./layout.ts";

/** Bytes in front of each message of a stream: its length, big-endian. */
export const PREFIX = 4;

/** What the head showed. */
interface Evidence {
  /** A table of strings that begins with the empty one. */
  strings: boolean;
  /** Samples in a profile of the right shape. */
  samples: number;
  firstString: boolean;
}

/** True where a length stands in front, as in a stream of messages; no protobuf message begins with a zero byte. */
export function isPrefixed(bytes: Uint8Array): boolean {
  if (bytes.length <= PREFIX || bytes[0] !== 0) return false;
  const first = bytes[PREFIX]!;
  return first === 0x0a || first === 0x12;
}

/**
 * Protobuf has no magic, and OTLP's traces have the same outermost messages as its profiles: looks down to the
 * strings of the dictionary, or to samples of the right shape.
 */
export function sniffOtlp(head: Head): Verdict {
  const { bytes } = head;
  if (isJson(bytes)) return sniffJson(bytes);
  const evidence: Evidence = { strings: false, samples: 0, firstString: true };
  const start = isPrefixed(bytes) ? PREFIX : 0;
  try {
    // In a stream, the second message is not looked at.
    const first = start === 0 ? bytes.length : start + lengthAt(bytes, 0);
    if (!walk(bytes, start, Math.min(first, bytes.length), outermost, evidence)) return "no";
  } catch (error) {
    if (!(error instanceof FlambeauError)) throw error;
    if (error.code !== "truncated" && head.complete) return "no";
  }
  return evidence.strings || evidence.samples > 0 ? "yes" : "no";
}

/** True where the encoding is JSON: no protobuf message of OTLP's begins with a brace. */
export function isJson(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7b;
}

/** Traces, metrics and logs have `resourceSpans` and so on. */
function sniffJson(bytes: Uint8Array): Verdict {
  const paths = jsonPaths(bytes);
  const has = (path: string): boolean =>
    paths.has(path) || paths.has(path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  return has("resourceProfiles[]") || (has("dictionary.stringTable[]") && has("dictionary.locationTable[]"))
    ? "yes"
    : "no";
}

/** The big-endian length at `at`. */
export function lengthAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
}

type Take = (bytes: Uint8Array, field: number, start: number, end: number, evidence: Evidence) => boolean;

/** Visits the length-delimited fields of a message that may be cut off; false where `take` says so. */
function walk(bytes: Uint8Array, start: number, end: number, take: Take, evidence: Evidence): boolean {
  const reader = new ProtobufReader(bytes, start, end, FORMAT);
  while (reader.next()) {
    if (reader.wire !== WireType.bytes) return false;
    const length = reader.unsigned();
    const from = reader.at;
    const to = Math.min(end, from + length);
    if (!take(bytes, reader.field, from, to, evidence)) return false;
    reader.at = to;
  }
  return true;
}

/** ProfilesData: resources in 1, the dictionary in 2, or v1.6's tables in 2 to 8. */
const outermost: Take = (bytes, field, start, end, evidence) => {
  if (field === 1) return walk(bytes, start, end, resourceProfiles, evidence);
  if (field === 2) {
    if (start === end || bytes[start]! % 8 === 0) return true;
    evidence.firstString = true;
    return walk(bytes, start, end, dictionary, evidence);
  }
  if (field === 6) noteString(start, end, evidence);
  return field <= 8;
};

const resourceProfiles: Take = (bytes, field, start, end, evidence) =>
  field === 2 ? walk(bytes, start, end, scopeProfiles, evidence) : field === 1 || field === 3;

const scopeProfiles: Take = (bytes, field, start, end, evidence) =>
  field === 2 ? profile(bytes, start, end, evidence) : field === 1 || field === 3;

const dictionary: Take = (_bytes, field, start, end, evidence) => {
  if (field === 5) noteString(start, end, evidence);
  return field <= 7;
};

/** The first string of a table is empty. */
function noteString(start: number, end: number, evidence: Evidence): void {
  if (evidence.firstString) evidence.strings = start === end;
  evidence.firstString = false;
}

/** A profile has value types of two or three numbers, and samples of numbers and lists of them. */
function profile(bytes: Uint8Array, start: number, end: number, evidence: Evidence): boolean {
  const reader = new ProtobufReader(bytes, start, end, FORMAT);
  while (reader.next()) {
    const { field, wire } = reader;
    if (field > 22) return false;
    if (wire !== WireType.bytes) {
      reader.skip();
      continue;
    }
    const length = reader.unsigned();
    const from = reader.at;
    const isCut = from + length > end;
    const to = isCut ? end : from + length;
    if (!isCut && field === 1 && !isNumbers(bytes, from, to, 3, false)) return false;
    if (!isCut && field === 2) {
      if (!isNumbers(bytes, from, to, 6, true)) return false;
      evidence.samples++;
    }
    reader.at = to;
  }
  return true;
}

function isNumbers(bytes: Uint8Array, start: number, end: number, last: number, lists: boolean): boolean {
  const reader = new ProtobufReader(bytes, start, end, FORMAT);
  while (reader.next()) {
    const fits =
      reader.wire === WireType.varint || (lists && reader.field > 1 && reader.wire !== WireType.fixed32);
    if (!fits || reader.field > last) return false;
    reader.skip();
  }
  return true;
}
