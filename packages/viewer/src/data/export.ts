import {
  type ByteSink,
  FlambeauError,
  type FlameTree,
  findValueType,
  type PaletteName,
  type Profile,
  renderSvg,
  type SvgOptions,
  writerById,
  writers,
} from "@flambeau/core";
import type { DataSpec } from "./spec.ts";

export interface ExportRequest {
  readonly data: DataSpec;
  /** Id of a core writer. */
  readonly format: string;
}

export interface PictureRequest {
  readonly data: DataSpec;
  readonly inverted: boolean;
  readonly icicle: boolean;
  readonly title: string;
  readonly width: number;
  readonly colors?: PaletteName;
}

export interface ExportResult {
  readonly file: Blob;
  /** What the format cannot hold. */
  readonly losses: readonly string[];
}

/** A format that a profile can be written in. */
export interface FormatInfo {
  readonly id: string;
  readonly title: string;
  /** Of the file's name. */
  readonly ending: string;
}

/** Formats whose files are always gzipped. */
const GZIPPED = new Set(["pprof"]);

/** Every format of core's writers. */
export function exportFormats(): FormatInfo[] {
  return writers.map(({ id, title, extensions, gzipExtensions }) => ({
    id,
    title,
    ending: (GZIPPED.has(id) ? gzipExtensions?.[0] : undefined) ?? extensions[0] ?? `.${id}`,
  }));
}

/** Writes a profile in one of core's formats. */
export async function exportProfile(
  profile: Profile,
  { data, format }: ExportRequest,
): Promise<ExportResult> {
  const writer = writerById(format);
  if (writer === undefined) throw new FlambeauError("usage", `There is no format "${format}" to write.`);
  const sink = new BlobSink();
  const chosen = data.base === undefined && data.valueType !== undefined;
  const options = chosen ? { valueType: findValueType(profile, data.valueType!) } : {};
  const losses = await writer.write(profile, sink, options);
  const file = sink.blob("application/octet-stream");
  return { file: GZIPPED.has(format) ? await gzipped(file) : file, losses };
}

/** Draws a tree as an SVG that works on its own. */
export async function exportSvg(
  tree: FlameTree,
  invertedTree: FlameTree | undefined,
  request: PictureRequest,
): Promise<ExportResult> {
  const options: SvgOptions = {
    title: request.title,
    width: request.width,
    icicle: request.icicle,
    ...(request.colors === undefined ? {} : { colors: request.colors }),
    ...(invertedTree === undefined ? {} : { invertedTree }),
  };
  const sink = new BlobSink();
  const { warnings } = await renderSvg(tree, options, sink);
  return { file: sink.blob("image/svg+xml"), losses: warnings };
}

async function gzipped(file: Blob): Promise<Blob> {
  const stream = file.stream().pipeThrough(new CompressionStream("gzip"));
  return new Response(stream).blob();
}

/** Bytes into a Blob, which the browser may keep on disk. */
class BlobSink implements ByteSink {
  readonly #parts: Blob[] = [];
  #pending: Uint8Array<ArrayBuffer>[] = [];
  #size = 0;

  write(bytes: Uint8Array): void {
    this.#pending.push(bytes.slice());
    this.#size += bytes.length;
    if (this.#size > 1 << 24) this.#flush();
  }

  blob(type: string): Blob {
    this.#flush();
    return new Blob(this.#parts, { type });
  }

  #flush(): void {
    this.#parts.push(new Blob(this.#pending));
    this.#pending = [];
    this.#size = 0;
  }
}
