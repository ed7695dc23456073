import type { JSX } from "preact";
import { describeError, type Store } from "../store.ts";

/** Why a view cannot be shown. */
export function Problem({ error }: { readonly error: Error | undefined }): JSX.Element | null {
  if (error === undefined) return null;
  const { message, hint } = describeError(error);
  return (
    <p class="problem" role="alert">
      {message}
      {hint !== undefined && <span class="hint"> {hint}</span>}
    </p>
  );
}

/** Shows that an answer is on its way: at once where there is nothing to see yet, else as a thin line. */
export function Waiting({
  pending,
  empty,
}: {
  readonly pending: boolean;
  readonly empty: boolean;
}): JSX.Element | null {
  if (!pending) return null;
  return empty ? <p class="waiting">Computing…</p> : <div class="busy" role="presentation" />;
}

/**
 * Views of times and lines show one side of a comparison: says which. Those of the whole time have both sides of a
 * comparison of two ranges in them; only another profile is missing there.
 */
export function HeadAlone({
  store,
  wholeTime = false,
}: {
  readonly store: Store;
  readonly wholeTime?: boolean;
}): JSX.Element | null {
  const missing = wholeTime ? store.baseProfile.value : store.spec.value?.base;
  if (missing === undefined) return null;
  return <span class="doubt">Of {store.profile.value?.name} alone, without what it is compared with.</span>;
}
