import { JsonKeys } from "../../codec/json.ts";
import type { Layout } from "./layout.ts";

/** What a member's value is, and how protobuf writes it. */
export type Kind = "integer" | "fixed64" | "double" | "boolean" | "text" | "hex" | "base64" | (() => Message);

/** A member of a message. Lists are written as one field per element. */
export interface Member {
  readonly field: number;
  readonly kind: Kind;
  /** True for messages that hold most of the input: they are read member by member. */
  readonly large?: boolean;
}

/** A message as JSON names its members. */
export interface Message {
  readonly keys: JsonKeys<string>;
  readonly members: ReadonlyMap<string, Member>;
}

/** Members by their names: protobuf's JSON has them in camel case, and readers must know the others as well. */
function message(members: Readonly<Record<string, Member>>): Message {
  const all = new Map<string, Member>();
  for (const [name, member] of Object.entries(members)) {
    all.set(name, member);
    all.set(
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      member,
    );
  }
  return { keys: new JsonKeys(...all.keys()), members: all };
}

const integer = (field: number): Member => ({ field, kind: "integer" });
const nested = (field: number, kind: () => Message, large = false): Member => ({ field, kind, large });

/**
 * Every layout in one: members of all of them, with numbers that do not clash, so that one pass over the JSON does.
 * A name that changed between layouts stands here with each of its names.
 */
const FIELDS: Omit<Layout, "name" | "tablesIn"> = {
  tables: {
    mapping: 3,
    location: 4,
    function: 6,
    attribute: 7,
    attributeUnit: 8,
    link: 9,
    string: 10,
    stack: 11,
  },
  profile: { locationIndices: 20, time: 21, duration: 22, periodType: 23, period: 24 },
  sample: { stack: 1, start: 2, length: 3, values: 4, attributes: 5, link: 6, timestamps: 7 },
};

/** The layout of what {@link DATA} is written as; `ranges`: stacks are ranges of a profile's indices, as before v1.8. */
export function jsonLayout(tablesIn: Layout["tablesIn"], ranges: boolean): Layout {
  const sample = ranges ? { ...FIELDS.sample, stack: -1 } : FIELDS.sample;
  return { ...FIELDS, name: "JSON", tablesIn, sample };
}

const ARRAY = message({ values: nested(1, () => ANY_VALUE) });
const ANY_VALUE: Message = message({
  stringValue: { field: 1, kind: "text" },
  boolValue: { field: 2, kind: "boolean" },
  intValue: integer(3),
  doubleValue: { field: 4, kind: "double" },
  arrayValue: nested(5, () => ARRAY),
  bytesValue: { field: 7, kind: "base64" },
  stringValueStrindex: integer(8),
});
const KEY_VALUE = message({
  key: { field: 1, kind: "text" },
  keyStrindex: integer(1),
  value: nested(2, () => ANY_VALUE),
  unitStrindex: integer(3),
});
const VALUE_TYPE = message({ typeStrindex: integer(1), unitStrindex: integer(2) });
const SAMPLE = message({
  stackIndex: integer(FIELDS.sample.stack),
  locationsStartIndex: integer(FIELDS.sample.start),
  locationsLength: integer(FIELDS.sample.length),
  value: integer(FIELDS.sample.values),
  values: integer(FIELDS.sample.values),
  attributeIndices: integer(FIELDS.sample.attributes),
  linkIndex: integer(FIELDS.sample.link),
  timestampsUnixNano: { field: FIELDS.sample.timestamps, kind: "fixed64" },
});
const MAPPING = message({
  memoryStart: integer(1),
  memoryLimit: integer(2),
  fileOffset: integer(3),
  filenameStrindex: integer(4),
  attributeIndices: integer(5),
});
const LINE = message({ functionIndex: integer(1), line: integer(2), column: integer(3) });
const LOCATION = message({
  mappingIndex: integer(1),
  address: integer(2),
  line: nested(3, () => LINE),
  lines: nested(3, () => LINE),
  attributeIndices: integer(4),
});
const FUNCTION = message({
  nameStrindex: integer(1),
  systemNameStrindex: integer(2),
  filenameStrindex: integer(3),
});
const LINK = message({ traceId: { field: 1, kind: "hex" }, spanId: { field: 2, kind: "hex" } });
const ATTRIBUTE_UNIT = message({ attributeKeyStrindex: integer(1), unitStrindex: integer(2) });
const STACK = message({ locationIndices: integer(1) });

const TABLES: Readonly<Record<string, Member>> = {
  mappingTable: nested(FIELDS.tables.mapping, () => MAPPING),
  locationTable: nested(FIELDS.tables.location, () => LOCATION),
  functionTable: nested(FIELDS.tables.function, () => FUNCTION),
  linkTable: nested(FIELDS.tables.link, () => LINK),
  stringTable: { field: FIELDS.tables.string, kind: "text" },
  attributeTable: nested(FIELDS.tables.attribute, () => KEY_VALUE),
  attributeUnits: nested(FIELDS.tables.attributeUnit, () => ATTRIBUTE_UNIT),
  stackTable: nested(FIELDS.tables.stack, () => STACK),
};
const DICTIONARY = message(TABLES);

/** A profile; before v1.6 it held the tables itself. */
export const PROFILE: Message = message({
  ...TABLES,
  sampleType: nested(1, () => VALUE_TYPE),
  sample: nested(2, () => SAMPLE),
  samples: nested(2, () => SAMPLE),
  locationIndices: integer(FIELDS.profile.locationIndices),
  timeNanos: { field: FIELDS.profile.time, kind: "fixed64" },
  timeUnixNano: { field: FIELDS.profile.time, kind: "fixed64" },
  durationNanos: integer(FIELDS.profile.duration),
  durationNano: integer(FIELDS.profile.duration),
  periodType: nested(FIELDS.profile.periodType, () => VALUE_TYPE),
  period: integer(FIELDS.profile.period),
});
const RESOURCE = message({ attributes: nested(1, () => KEY_VALUE) });
const SCOPE_PROFILES = message({ profiles: nested(2, () => PROFILE, true) });
const RESOURCE_PROFILES = message({
  resource: nested(1, () => RESOURCE),
  scopeProfiles: nested(2, () => SCOPE_PROFILES, true),
});

/** The whole: a request's body, or a line of what the collector's file exporter writes. */
export const DATA: Message = message({
  ...TABLES,
  resourceProfiles: nested(1, () => RESOURCE_PROFILES, true),
  dictionary: nested(2, () => DICTIONARY, true),
});
