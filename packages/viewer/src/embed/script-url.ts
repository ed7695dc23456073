interface Policy {
  createScriptURL(url: string): unknown;
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL: (url: string) => string }): Policy;
}

/** The name that the pages' policies allow. */
export const POLICY_NAME = "flambeau";

let policy: Policy | undefined;

/** A URL that a Worker may be made of, for browsers with Trusted Types; only for URLs of our own. */
export function scriptUrl(url: string): string {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
  if (trustedTypes === undefined) return url;
  policy ??= trustedTypes.createPolicy(POLICY_NAME, { createScriptURL: (own) => own });
  return policy.createScriptURL(url) as string;
}
