/**
 * Why an input cannot be used. The command line prints message, place and hint and exits 2; HTTP answers 4xx
 * with the same code. Anything that is not a FlambeauError is a bug of ours.
 */
export type ErrorCode =
  | "empty-input"
  | "unknown-format"
  | "ambiguous-format"
  | "malformed"
  | "truncated"
  | "unsupported"
  | "too-large"
  | "nothing-left"
  | "usage"
  | "io";

/** The place and the remedy that go with an error. */
export interface ErrorDetails {
  /** Id of the format being read. */
  readonly format?: string;
  /** Byte offset in the decompressed input, from 0. */
  readonly offset?: number;
  /** Line in the decompressed input, from 1. */
  readonly line?: number;
  /** What the user can do about it, as a sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** An error whose cause is the input or the call, never a bug. */
export class FlambeauError extends Error {
  readonly code: ErrorCode;
  readonly format: string | undefined;
  readonly offset: number | undefined;
  readonly line: number | undefined;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "FlambeauError";
    this.code = code;
    this.format = details.format;
    this.offset = details.offset;
    this.line = details.line;
    this.hint = details.hint;
  }

  /** `message (perf-script, line 12)`: one line for a terminal. */
  describe(): string {
    const place = [
      this.format,
      this.line === undefined ? undefined : `line ${this.line}`,
      this.offset === undefined ? undefined : `byte offset ${this.offset}`,
    ].filter((part) => part !== undefined);
    return place.length === 0 ? this.message : `${this.message} (${place.join(", ")})`;
  }
}
