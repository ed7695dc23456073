import type { Difference } from "./difference.ts";

/** Where `fold` and `difffolded` differ on purpose from the expectations of FlameGraph and inferno. */
export const peerDifferences: readonly Difference[] = [];
