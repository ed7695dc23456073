/**
 * Messages that an export is taken apart into, at most: each is read with the whole dictionary. What is beyond them
 * keeps to the last one's times and period.
 */
const MAX_PARTS = 64;
/** Longer fields of a profile hold samples and tables, not what it says of itself. */
const MAX_HEAD_FIELD = 8;

const BYTES = 2;
const RESOURCES = 1;
const SCOPES = 2;
const PROFILES = 2;
const SAMPLES = 2;

/** A field of a message; `start` and `end` are those of its content, `tagAt` is where it begins. */
interface Field {
  readonly field: number;
  readonly wire: number;
  readonly tagAt: number;
  readonly start: number;
  readonly end: number;
}

/** An export's parts, and whether there would be more of them than are made. */
export interface OtlpParts {
  readonly messages: readonly Uint8Array[];
  readonly cut: boolean;
}

/**
 * Takes an export of OpenTelemetry profiles apart where its profiles differ in what they say of themselves: times,
 * period, type of the period. A core profile has one of each. An export whose profiles agree (or that is malformed,
 * which the reader explains) stays as it is.
 */
export function otlpParts(bytes: Uint8Array): OtlpParts {
  const parts = new Map<string, number>();
  let partOf = new Uint8Array(64);
  let profiles = 0;
  let cut = false;
  try {
    eachProfile(bytes, (start, end) => {
      const key = headOf(bytes, start, end);
      let part = parts.get(key);
      if (part === undefined && parts.size < MAX_PARTS) {
        part = parts.size;
        parts.set(key, part);
      }
      cut ||= part === undefined;
      if (profiles === partOf.length) {
        const bigger = new Uint8Array(profiles * 2);
        bigger.set(partOf);
        partOf = bigger;
      }
      partOf[profiles++] = part ?? MAX_PARTS - 1;
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { messages: [bytes], cut: false };
  }
  if (parts.size < 2) return { messages: [bytes], cut: false };
  return { messages: Array.from(parts.values(), (part) => chosen(bytes, partOf, part)), cut };
}

function eachProfile(bytes: Uint8Array, visit: (start: number, end: number) => void): void {
  for (const resource of fieldsOf(bytes, 0, bytes.length)) {
    if (!isMessage(resource, RESOURCES)) continue;
    for (const scope of fieldsOf(bytes, resource.start, resource.end)) {
      if (!isMessage(scope, SCOPES)) continue;
      for (const profile of fieldsOf(bytes, scope.start, scope.end)) {
        if (isMessage(profile, PROFILES)) visit(profile.start, profile.end);
      }
    }
  }
}

function isMessage({ field, wire }: Field, wanted: number): boolean {
  return field === wanted && wire === BYTES;
}

/** The numbers and small messages of a profile, as text. Field numbers differ from version to version. */
function headOf(bytes: Uint8Array, start: number, end: number): string {
  let key = "";
  for (const { field, tagAt, start: from, end: to } of fieldsOf(bytes, start, end)) {
    // The first field is the type of the values: those may differ.
    if (field <= SAMPLES || to - from > MAX_HEAD_FIELD) continue;
    key += `${Buffer.from(bytes.subarray(tagAt, to)).toString("hex")} `;
  }
  return key;
}

/** The message with only the profiles of one part; `partOf` has all of them in their order. */
function chosen(bytes: Uint8Array, partOf: Uint8Array, part: number): Uint8Array {
  let profile = 0;
  const within = (start: number, end: number, levels: readonly number[]): Uint8Array[] => {
    const pieces: Uint8Array[] = [];
    for (const { field, wire, tagAt, start: from, end: to } of fieldsOf(bytes, start, end)) {
      const [wanted, ...inner] = levels;
      if (field !== wanted || wire !== BYTES) pieces.push(bytes.subarray(tagAt, to));
      else if (inner.length > 0) {
        for (const piece of messageField(field, within(from, to, inner))) pieces.push(piece);
      } else if (partOf[profile++] === part) pieces.push(bytes.subarray(tagAt, to));
    }
    return pieces;
  };
  return Buffer.concat(within(0, bytes.length, [RESOURCES, SCOPES, PROFILES]));
}

function messageField(field: number, pieces: readonly Uint8Array[]): Uint8Array[] {
  let length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const head = [field * 8 + BYTES];
  while (length > 127) {
    head.push((length % 128) | 128);
    length = Math.floor(length / 128);
  }
  return [Uint8Array.from([...head, length]), ...pieces];
}

/** @throws RangeError where a field does not end, or is none */
function* fieldsOf(bytes: Uint8Array, begin: number, end: number): Generator<Field> {
  let at = begin;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < end && scale < 2 ** 70; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new RangeError("a number that does not end");
  };
  while (at < end) {
    const tagAt = at;
    const tag = varint();
    const wire = tag % 8;
    let start = at;
    if (wire === 0) varint();
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else if (wire === BYTES) {
      const length = varint();
      start = at;
      at += length;
    } else throw new RangeError("an old kind of field");
    if (at > end) throw new RangeError("a field that does not end");
    yield { field: Math.floor(tag / 8), wire, tagAt, start, end: at };
  }
}
