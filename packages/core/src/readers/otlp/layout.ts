import { ProtobufReader, WireType } from "../../codec/protobuf.ts";
import { addIntegers } from "./numbers.ts";

/** Id of the reader. */
export const FORMAT = "otlp-profiles";

/** Field numbers of the tables, in whatever message holds them; -1: the layout has no such table. */
export interface TableFields {
  readonly mapping: number;
  readonly location: number;
  readonly function: number;
  readonly link: number;
  readonly string: number;
  readonly attribute: number;
  readonly attributeUnit: number;
  readonly stack: number;
}

/**
 * The layouts that all call themselves `v1development`, with no version on the wire. Source:
 * open-telemetry/opentelemetry-proto, profiles/v1development/profiles.proto at the tags named.
 */
export interface Layout {
  /** First and last tag with this layout. */
  readonly name: string;
  /** Message that holds the tables. */
  readonly tablesIn: "profile" | "data" | "dictionary";
  readonly tables: TableFields;
  /** Field numbers of a profile. */
  readonly profile: {
    readonly locationIndices: number;
    readonly time: number;
    readonly duration: number;
    readonly periodType: number;
    readonly period: number;
  };
  /** Field numbers of a sample; a stack is a row of a table or a range of the profile's location indices. */
  readonly sample: {
    readonly stack: number;
    readonly start: number;
    readonly length: number;
    readonly values: number;
    readonly attributes: number;
    readonly link: number;
    readonly timestamps: number;
  };
}

const RANGES = { stack: -1, start: 1, length: 2, values: 3, attributes: 4, link: 5, timestamps: 6 };

export const V1_5: Layout = {
  name: "v1.5",
  tablesIn: "profile",
  tables: {
    mapping: 3,
    location: 4,
    function: 6,
    attribute: 7,
    attributeUnit: 8,
    link: 9,
    string: 10,
    stack: -1,
  },
  profile: { locationIndices: 5, time: 11, duration: 12, periodType: 13, period: 14 },
  sample: RANGES,
};

const OLD_PROFILE = { locationIndices: 3, time: 4, duration: 5, periodType: 6, period: 7 };

export const V1_6: Layout = {
  name: "v1.6",
  tablesIn: "data",
  tables: {
    mapping: 2,
    location: 3,
    function: 4,
    link: 5,
    string: 6,
    attribute: 7,
    attributeUnit: 8,
    stack: -1,
  },
  profile: OLD_PROFILE,
  sample: RANGES,
};

const DICTIONARY = { mapping: 1, location: 2, function: 3, link: 4, string: 5, attribute: 6 };

export const V1_7: Layout = {
  name: "v1.7",
  tablesIn: "dictionary",
  tables: { ...DICTIONARY, attributeUnit: 7, stack: -1 },
  profile: OLD_PROFILE,
  sample: RANGES,
};

const NEW_TABLES = { ...DICTIONARY, attributeUnit: -1, stack: 7 };
const NEW_PROFILE = { locationIndices: -1, time: 3, duration: 4, periodType: 5, period: 6 };

export const V1_8: Layout = {
  name: "v1.8-v1.9",
  tablesIn: "dictionary",
  tables: NEW_TABLES,
  profile: NEW_PROFILE,
  sample: { stack: 1, start: -1, length: -1, values: 2, attributes: 3, link: 4, timestamps: 5 },
};

export const V1_10: Layout = {
  name: "v1.10-v1.11",
  tablesIn: "dictionary",
  tables: NEW_TABLES,
  profile: NEW_PROFILE,
  sample: { stack: 1, start: -1, length: -1, attributes: 2, link: 3, values: 4, timestamps: 5 },
};

/** What tells the layouts apart, gathered over all samples of a file. */
interface Evidence {
  /** Field 6 of the outermost message: v1.6's strings. */
  dataStrings: boolean;
  /** Field 10 of a profile holds more than the payload format: v1.5's strings. */
  profileStrings: boolean;
  /** Wire type of a profile's field 3: time (fixed64) since v1.8, before it tables and indices. */
  fixedTime: boolean;
  packedThird: boolean;
  /** A profile's field 8 is its id. */
  idAtEight: boolean;
  thirdIsList: boolean;
  thirdIsNumber: boolean;
  fourthIsList: boolean;
  /** Some sample has a field 2 and neither a field 4 nor timestamps. */
  secondAlone: boolean;
  /** Greatest numbers in a sample's field 2 and, where it is a single number, field 4. */
  maxSecond: number;
  maxFourth: number;
  /** Rows of the dictionary's links and attributes. */
  links: number;
  attributes: number;
}

/** The layout of a message of profiles. */
export function detectLayout(bytes: Uint8Array): Layout {
  const evidence: Evidence = {
    dataStrings: false,
    profileStrings: false,
    fixedTime: false,
    packedThird: false,
    idAtEight: false,
    thirdIsList: false,
    thirdIsNumber: false,
    fourthIsList: false,
    secondAlone: false,
    maxSecond: 0,
    maxFourth: 0,
    links: 0,
    attributes: 0,
  };
  const reader = new ProtobufReader(bytes, 0, bytes.length, FORMAT);
  let hasSecond = false;
  while (reader.next()) {
    if (reader.field === 6) evidence.dataStrings = true;
    if (reader.field === 2) hasSecond = true;
    if (reader.field === 2 && reader.wire === WireType.bytes) countRows(reader, evidence);
    else if (reader.field !== 1 || reader.wire !== WireType.bytes) reader.skip();
    else eachProfile(reader, () => lookAtProfile(reader, evidence));
  }
  if (evidence.dataStrings) return V1_6;
  if (!hasSecond && evidence.profileStrings) return V1_5;
  if (evidence.packedThird && !evidence.fixedTime) return V1_7;
  if (evidence.idAtEight || evidence.thirdIsList) return V1_8;
  if (evidence.thirdIsNumber || evidence.fourthIsList) return V1_10;
  // A field 2 holds values or attributes, a single field 4 a link or a value: what has no row is a value.
  if (evidence.maxFourth >= Math.max(1, evidence.links)) return V1_10;
  if (evidence.maxSecond >= Math.max(1, evidence.attributes)) return V1_8;
  return evidence.secondAlone ? V1_8 : V1_10;
}

/** Visits the profiles of a resource: `reader` stands on a field that holds ResourceProfiles. */
export function eachProfile(reader: ProtobufReader, visit: () => void, resource?: () => void): void {
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.wire !== WireType.bytes || reader.field > 2) reader.skip();
    else if (reader.field === 2) eachOfScope(reader, visit);
    else if (resource === undefined) reader.skip();
    else {
      const around = reader.enter();
      resource();
      reader.leave(around);
    }
  }
  reader.leave(outer);
}

function eachOfScope(reader: ProtobufReader, visit: () => void): void {
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field !== 2 || reader.wire !== WireType.bytes) {
      reader.skip();
      continue;
    }
    const around = reader.enter();
    visit();
    reader.leave(around);
  }
  reader.leave(outer);
}

function lookAtProfile(reader: ProtobufReader, evidence: Evidence): void {
  let tens = 0;
  while (reader.next()) {
    const { field, wire } = reader;
    if (field === 3) {
      if (wire === WireType.fixed64) evidence.fixedTime = true;
      else evidence.packedThird = true;
    }
    if (field === 8 && wire === WireType.bytes) evidence.idAtEight = true;
    if (field === 10 && wire === WireType.bytes) tens++;
    if (field !== 2 || wire !== WireType.bytes) {
      reader.skip();
      continue;
    }
    const outer = reader.enter();
    lookAtSample(reader, evidence);
    reader.leave(outer);
  }
  if (tens > 1) evidence.profileStrings = true;
  // v1.5 has its own ids at 17; its field 8 are units, which only come with tables in the profile.
  if (!evidence.fixedTime) evidence.idAtEight = false;
}

/** Rows of the dictionary that tell an index from a value; an older message may be a table's row instead. */
function countRows(reader: ProtobufReader, evidence: Evidence): void {
  const outer = reader.enter();
  while (reader.next()) {
    if (reader.field === 4) evidence.links++;
    if (reader.field === 6) evidence.attributes++;
    reader.skip();
  }
  reader.leave(outer);
}

function lookAtSample(reader: ProtobufReader, evidence: Evidence): void {
  const second: number[] = [];
  const fourth: number[] = [];
  let times = false;
  while (reader.next()) {
    const isList = reader.wire === WireType.bytes;
    if (reader.field === 3 && isList) evidence.thirdIsList = true;
    if (reader.field === 3 && !isList) evidence.thirdIsNumber = true;
    if (reader.field === 4 && isList) evidence.fourthIsList = true;
    if (reader.field === 5) times = true;
    if (reader.field === 2) addIntegers(reader, second);
    else if (reader.field === 4) addIntegers(reader, fourth);
    else reader.skip();
  }
  for (const value of second) evidence.maxSecond = Math.max(evidence.maxSecond, value);
  for (const value of fourth) evidence.maxFourth = Math.max(evidence.maxFourth, value);
  if (second.length > 0 && fourth.length === 0 && !times) evidence.secondAlone = true;
}
