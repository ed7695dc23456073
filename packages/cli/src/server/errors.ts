import { FlambeauError } from "@flambeau/core";

/**
 * Throws the server's error as one of this program: the server brings its own copy of the core, whose errors are of
 * another class here. Anything else is thrown as it is.
 */
export function asOurs(error: unknown): never {
  if (!(error instanceof Error) || error.name !== "FlambeauError" || error instanceof FlambeauError)
    throw error;
  const { code, message, format, offset, line, hint } = error as FlambeauError;
  throw new FlambeauError(code, message, {
    ...(format === undefined ? {} : { format }),
    ...(offset === undefined ? {} : { offset }),
    ...(line === undefined ? {} : { line }),
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}
