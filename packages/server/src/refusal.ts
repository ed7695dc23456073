/** HTTP statuses that a refusal answers with. */
export type RefusalStatus =
  | 400
  | 401
  | 403
  | 404
  | 405
  | 408
  | 409
  | 413
  | 415
  | 422
  | 429
  | 500
  | 501
  | 503
  | 507;

/**
 * Why a request is not served, in words for its sender. Every protocol answers it in its own way: JSON
 * `{code, message}` over HTTP, the status of the same meaning over Connect and gRPC.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: RefusalStatus;
  /** Stable, kebab-case: what programs look at. */
  readonly code: string;
  /** Seconds after which trying again makes sense. */
  readonly retryAfter: number | undefined;

  constructor(status: RefusalStatus, code: string, message: string, retryAfter?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }
}
