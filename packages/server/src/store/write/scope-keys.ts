import type { StackScope } from "../digest.ts";
import { Hash64 } from "../ids/hash64.ts";

/** A 64-bit number that tells one scope's keys from another's: ids are hashes, so a salt laid over them makes others. */
export interface Salt {
  readonly lo: number;
  readonly hi: number;
}

const text = new TextEncoder();

/** Laid over the ids of stacks. */
export function stackSalt({ tenant, service, week, keep }: StackScope): Salt {
  const { lo, hi } = new Hash64()
    .reset()
    .bytes(text.encode(tenant))
    .bytes(text.encode(service))
    .word(week)
    .word(keep)
    .finish();
  return { lo, hi };
}

/** Laid over the ids of frames, which all services of a tenant share. */
export function frameSalt(scope: StackScope): Salt {
  return stackSalt({ ...scope, service: "" });
}
