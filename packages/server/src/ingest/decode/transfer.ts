import { FlambeauError, type Profile, StringTable } from "@flambeau/core";
import type { Decoded } from "./decode.ts";
import type { ReadPprof } from "./read-pprof.ts";

/** A decoded profile as it travels between threads: a class does not survive the copy. */
export interface Parcel {
  readonly decoded: Omit<Decoded, "profile" | "others"> & { readonly profile: Omit<Profile, "strings"> };
  readonly strings: { readonly bytes: Uint8Array; readonly offsets: Uint32Array };
  readonly others: readonly Parcel[];
}

/** What a FlambeauError says, as it travels. */
export interface FaultParcel {
  readonly message: string;
  /** Undefined: not the input's fault. */
  readonly code: FlambeauError["code"] | undefined;
  readonly details: {
    readonly format?: string;
    readonly offset?: number;
    readonly line?: number;
    readonly hint?: string;
  };
}

/** A pprof file, read, as it travels. */
export type PprofParcel = Exclude<ReadPprof, { readonly decoded: Decoded }> | { readonly parcel: Parcel };

export function pprofParcelOf(read: ReadPprof): { parcel: PprofParcel; transfer: ArrayBuffer[] } {
  if (read === undefined) return { parcel: undefined, transfer: [] };
  if ("decoded" in read) {
    const { parcel, transfer } = parcelOf(read.decoded);
    return { parcel: { parcel }, transfer };
  }
  const { weights, ...columns } = read.digest;
  const labels = read.labels === undefined ? [] : [read.labels.of];
  const transfer = [...Object.values(columns), ...weights, ...labels].map(
    ({ buffer }) => buffer as ArrayBuffer,
  );
  return { parcel: read, transfer };
}

export function readPprofOf(parcel: PprofParcel): ReadPprof {
  if (parcel === undefined || !("parcel" in parcel)) return parcel;
  return { decoded: decodedOf(parcel.parcel) };
}

export function parcelOf({ others = [], ...decoded }: Decoded): {
  parcel: Parcel;
  transfer: ArrayBuffer[];
} {
  const { strings, ...profile } = decoded.profile;
  const further = others.map((other) => parcelOf(other));
  const parcel = {
    decoded: { ...decoded, profile },
    strings: { bytes: strings.bytes, offsets: strings.offsets },
    others: further.map((one) => one.parcel),
  };
  const buffers = new Set<ArrayBuffer>(further.flatMap((one) => one.transfer));
  const columns = [
    ...Object.values(profile.frames),
    ...Object.values(profile.stacks),
    ...Object.values(profile.samples),
    ...profile.samples.weights,
    strings.bytes,
    strings.offsets,
  ];
  for (const column of columns) {
    if (ArrayBuffer.isView(column) && column.buffer instanceof ArrayBuffer) buffers.add(column.buffer);
  }
  return { parcel, transfer: [...buffers] };
}

export function decodedOf({ decoded, strings, others }: Parcel): Decoded {
  return {
    ...decoded,
    ...(others.length === 0 ? {} : { others: others.map((other) => decodedOf(other)) }),
    profile: { ...decoded.profile, strings: new StringTable(strings.bytes, strings.offsets) },
  };
}

export function faultParcel(error: unknown): FaultParcel {
  if (!(error instanceof FlambeauError)) {
    return {
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      code: undefined,
      details: {},
    };
  }
  const { format, offset, line, hint } = error;
  return {
    message: error.message,
    code: error.code,
    details: {
      ...(format === undefined ? {} : { format }),
      ...(offset === undefined ? {} : { offset }),
      ...(line === undefined ? {} : { line }),
      ...(hint === undefined ? {} : { hint }),
    },
  };
}

export function errorOf({ code, message, details }: FaultParcel): Error {
  return code === undefined ? new Error(message) : new FlambeauError(code, message, details);
}
