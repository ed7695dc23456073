/** `invalid`: the request is wrong (HTTP 400). `not-found`: what it names is not there. `unsupported`: 501. */
export type QueryErrorCode = "invalid" | "not-found" | "unsupported";

/** A query that cannot be answered, in words for whoever sent it. */
export class QueryError extends Error {
  override readonly name = "QueryError";
  readonly code: QueryErrorCode;

  constructor(code: QueryErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
