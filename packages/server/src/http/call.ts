import type { IncomingHttpHeaders } from "node:http";
import type { Caller } from "../caller.ts";
import type { IngestLimits } from "../ingest/ingestor.ts";
import type { TenantLimits } from "../ops/schema.ts";
import type { Answer } from "./answer.ts";
import type { NodeRequest, NodeResponse } from "./listener.ts";

/** A request with what the front found out about it. */
export interface Call {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
  readonly method: string;
  /** Without the base path and the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly caller: Caller;
}

/** Answers a call of plain HTTP. */
export type PlainHandler = (call: Call) => Promise<Answer> | Answer;

/** The bounds of a tenant as ingest knows them. */
export function ingestLimits(limits: TenantLimits): IngestLimits {
  return { ...limits, oldest: limits.retentionDays * 86_400, newest: limits.future };
}
