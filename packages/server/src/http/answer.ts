import { STATUS_CODES } from "node:http";
import { Code, ConnectError } from "@connectrpc/connect";
import { FlambeauError } from "@flambeau/core";
import { QueryError, type QueryErrorCode } from "../query/query-error.ts";
import { Refusal } from "../refusal.ts";
import { StoreError, type StoreErrorCode } from "../store/store.ts";

/** What is told of an error, whatever the protocol. */
export interface Fault {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly retryAfter: number | undefined;
}

const STORE_STATUS: Readonly<Record<StoreErrorCode, number>> = {
  overloaded: 429,
  "too-large": 413,
  "disk-full": 507,
  "engine-down": 503,
  closed: 503,
  "bad-expression": 400,
};

const QUERY_STATUS: Readonly<Record<QueryErrorCode, number>> = {
  invalid: 400,
  "not-found": 404,
  unsupported: 501,
};

/** Seconds to wait where nobody said how long. */
const RETRY_AFTER = 5;

/** Says of any error what its sender may know; a fault of ours says no more than that. */
export function faultOf(error: unknown): Fault {
  if (error instanceof Refusal) {
    const { status, code, message, retryAfter } = error;
    return { status, code, message, retryAfter };
  }
  if (error instanceof StoreError) {
    const { code, message } = error;
    const status = STORE_STATUS[code];
    const wait = status === 413 || status === 400 ? undefined : (error.retryAfter ?? RETRY_AFTER);
    return { status, code, message, retryAfter: wait };
  }
  if (error instanceof QueryError) {
    return {
      status: QUERY_STATUS[error.code],
      code: error.code,
      message: error.message,
      retryAfter: undefined,
    };
  }
  if (error instanceof FlambeauError) {
    const hint = error.hint === undefined || error.code === "unknown-format" ? "" : ` ${error.hint}`;
    const status = error.code === "too-large" ? 413 : 422;
    return { status, code: error.code, message: `${error.describe()}.${hint}`, retryAfter: undefined };
  }
  return {
    status: 500,
    code: "internal",
    message: "a fault of the server; its log says more",
    retryAfter: undefined,
  };
}

/** True where the server is at fault, and its log must tell. */
export function isBug(error: unknown): boolean {
  return faultOf(error).status === 500 && !(error instanceof ConnectError);
}

const CODES: ReadonlyMap<number, Code> = new Map([
  [400, Code.InvalidArgument],
  [401, Code.Unauthenticated],
  [403, Code.PermissionDenied],
  [404, Code.NotFound],
  [408, Code.DeadlineExceeded],
  [409, Code.AlreadyExists],
  [413, Code.InvalidArgument],
  [415, Code.InvalidArgument],
  [422, Code.InvalidArgument],
  [429, Code.ResourceExhausted],
  [501, Code.Unimplemented],
  [503, Code.Unavailable],
  [507, Code.Unavailable],
]);

/** Carries the HTTP status from an error to the answer of Connect's unary protocol. */
export const STATUS_HEADER = "flambeau-http-status";

/** The error as Connect and gRPC tell it. */
export function connectErrorOf(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  const { status, message, retryAfter } = faultOf(error);
  const known = new ConnectError(message, CODES.get(status) ?? Code.Internal, undefined, undefined, error);
  if (retryAfter !== undefined) known.metadata.set("retry-after", String(retryAfter));
  if (status === 413 || status === 507) known.metadata.set(STATUS_HEADER, String(status));
  return known;
}

/** An answer of plain HTTP. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, headers: { "content-type": "application/json" }, body: `${JSON.stringify(value)}\n` };
}

/** `{"code", "message"}`, as Pyroscope's clients know it. */
export function faultAnswer({ status, code, message, retryAfter }: Fault): Answer {
  const answer = jsonAnswer(status, { code, message });
  const headers: Record<string, string> = { ...answer.headers };
  if (retryAfter !== undefined) headers["retry-after"] = String(retryAfter);
  if (status === 401) headers["www-authenticate"] = 'Bearer realm="flambeau", Basic realm="flambeau"';
  return { ...answer, headers };
}

/** An error before any of Connect's own code ran: gRPC's clients look for headers of theirs, with status 200. */
export function earlyAnswer(contentType: string, error: unknown): Answer {
  const fault = faultOf(error);
  const connect = connectErrorOf(error);
  if (contentType.startsWith("application/grpc")) {
    const headers: Record<string, string> = {
      "content-type": contentType,
      "grpc-status": String(connect.code),
      "grpc-message": encodeURIComponent(connect.rawMessage),
    };
    if (fault.retryAfter !== undefined) headers["retry-after"] = String(fault.retryAfter);
    return { status: 200, headers, body: "" };
  }
  return faultAnswer({ ...fault, code: codeName(connect.code) });
}

/** `resource_exhausted`: how Connect's JSON spells a code. */
function codeName(code: Code): string {
  return Code[code].replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

export function notFound(path: string): Refusal {
  return new Refusal(404, "not-found", `there is nothing at ${path.slice(0, 200)} (${STATUS_CODES[404]})`);
}
