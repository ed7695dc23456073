import type { Profile } from "../model/profile.ts";
import type { ByteSink } from "../util/sink.ts";

/** What every writer may be told; each writer's own options extend it. */
export interface WriteOptions {
  /** Row of `valueTypes` to write, for formats that hold one; default: `meta.defaultValueType`. */
  readonly valueType?: number;
}

/** Profile → bytes. What the format cannot hold is returned as sentences for the user, never dropped in silence. */
export interface Writer {
  /** Stable, kebab-case: what `--to` takes. */
  readonly id: string;
  readonly title: string;
  /** File name endings that choose this writer, longest first: `.speedscope.json`. */
  readonly extensions: readonly string[];
  /** Those of the endings whose files are gzipped. Core has no compressor: who opens the file compresses. */
  readonly gzipExtensions?: readonly string[];
  /** True where single samples and their order or times end up in the file; else they may be added up before. */
  readonly keepsTime?: boolean;
  write(profile: Profile, sink: ByteSink, options: WriteOptions): Promise<string[]>;
}
