import { Code, ConnectError, type ContextKey, createContextKey } from "@connectrpc/connect";
import { StoreError } from "../../store/store.ts";
import { QueryError } from "../query-error.ts";

/** Whose data a call may see: set by whoever lets the call in. */
export const tenantKey: ContextKey<string> = createContextKey("", {
  description: "tenant of an authenticated call",
});

/** Carries what must be known about an answer and its message has no room for; one sentence a header. */
export const NOTE_HEADER = "flambeau-note";

/** Runs a handler; errors that are the caller's become Connect's codes. */
export async function answering<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw connectError(error);
  }
}

function connectError(error: unknown): unknown {
  if (error instanceof QueryError) return new ConnectError(error.message, QUERY_CODES[error.code]);
  if (error instanceof StoreError) {
    const code = error.code === "bad-expression" ? Code.InvalidArgument : Code.Unavailable;
    return new ConnectError(error.message, code);
  }
  return error;
}

const QUERY_CODES = {
  invalid: Code.InvalidArgument,
  "not-found": Code.NotFound,
  unsupported: Code.Unimplemented,
} as const;
