import { nativeFrame, parseHex, parseLineNumber } from "../../codec/native-frames.ts";
import { xmlAttribute } from "../../codec/xml.ts";
import type { ProfileBuilder } from "../../model/builder.ts";

/** A loaded image. */
interface Binary {
  readonly path: string;
  readonly buildId: string;
  readonly start: bigint;
}

/** What a `<frame>` says, part by part. */
export interface FrameParts {
  readonly name: string;
  readonly address: bigint | undefined;
  binary: Binary | undefined;
  path: string;
  line: number;
}

/** `name` and `addr` of a frame; its image and source stand inside it. */
export function beginFrame(attributes: string): FrameParts {
  return {
    name: xmlAttribute(attributes, "name") ?? "",
    address: parseHex(xmlAttribute(attributes, "addr") ?? ""),
    binary: undefined,
    path: "",
    line: 0,
  };
}

export function binaryOf(attributes: string): Binary {
  return {
    path: xmlAttribute(attributes, "path") || (xmlAttribute(attributes, "name") ?? ""),
    buildId: xmlAttribute(attributes, "UUID") ?? "",
    start: parseHex(xmlAttribute(attributes, "load-addr") ?? "") ?? 0n,
  };
}

export function lineOf(attributes: string): number {
  return parseLineNumber(xmlAttribute(attributes, "line"));
}

/** Row of a frame. Without a symbol Instruments writes the address for a name. */
export function frameRow({ name, address, binary, path, line }: FrameParts, into: ProfileBuilder): number {
  return nativeFrame(into, {
    symbol: name,
    address,
    mapping: binary === undefined || binary.path === "" ? undefined : into.mapping(binary),
    file: path === "" ? undefined : path,
    line,
  });
}
