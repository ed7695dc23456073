import { type ErrorCode, FlambeauError } from "@flambeau/core";

/** The two ends of a conversation: a Worker, its global scope, a MessagePort. */
export interface Port {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
}

/** What a call may be followed with: how far it is, and whether anybody still wants the answer. */
export interface CallContext {
  readonly signal: AbortSignal;
  progress(state: Progress): void;
}

/** How far reading is. */
export interface Progress {
  /** Bytes of the file taken so far. */
  readonly done: number;
  /** Bytes in all, where that is known. */
  readonly total: number | undefined;
}

/** An answer with the buffers that go over to the other side instead of being copied. */
export interface Reply<T> {
  readonly value: T;
  readonly transfer: ArrayBuffer[];
}

/** An error as it crosses between threads, where classes and causes do not survive. */
export interface WireError {
  readonly message: string;
  /** Undefined: not the input's fault but ours. */
  readonly code: ErrorCode | undefined;
  readonly format: string | undefined;
  readonly line: number | undefined;
  readonly offset: number | undefined;
  readonly hint: string | undefined;
  readonly stack: string | undefined;
}

/** Messages to the worker. */
export type Request =
  | { readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly cancel: number };

/** Messages from the worker. */
export type Response =
  | { readonly id: number; readonly progress: Progress }
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: WireError }
  | { readonly id: number; readonly cancelled: true };

/** The error as a plain object. */
export function wireError(error: unknown): WireError {
  const known = error instanceof FlambeauError ? error : undefined;
  const other = error instanceof Error ? error : undefined;
  return {
    message: other?.message ?? String(error),
    code: known?.code,
    format: known?.format,
    line: known?.line,
    offset: known?.offset,
    hint: known?.hint,
    stack: known === undefined ? other?.stack : undefined,
  };
}

/** The error of a wire error: a FlambeauError where it was one. */
export function errorOfWire(wire: WireError): Error {
  if (wire.code === undefined) return new Error(wire.message, { cause: wire.stack });
  return new FlambeauError(wire.code, wire.message, {
    ...(wire.format === undefined ? {} : { format: wire.format }),
    ...(wire.line === undefined ? {} : { line: wire.line }),
    ...(wire.offset === undefined ? {} : { offset: wire.offset }),
    ...(wire.hint === undefined ? {} : { hint: wire.hint }),
  });
}

/** What is thrown where a call was cancelled. */
export class CancelledError extends Error {
  constructor() {
    super("cancelled");
    this.name = "CancelledError";
  }
}

/** Lets messages in (so that a call can be cancelled), then throws where this one was. */
export async function checkpoint(signal: AbortSignal): Promise<void> {
  await nextTask();
  if (signal.aborted) throw new CancelledError();
}

/** Resolves in a task of its own, without the 4 ms that nested timers wait. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
