import type { Profile } from "../model/profile.ts";
import { groupBy } from "./group.ts";

/** `0x7f3a` → `0x...`: addresses in names, which differ from run to run (difffolded.pl -s). For `relabel`. */
export function stripHexLabel(label: string): string {
  return label.replace(/0x[0-9a-fA-F]+/g, "0x...");
}

/** The profile by function, with the addresses in names made equal; frames that then agree are one. */
export function stripHex(profile: Profile): Profile {
  return groupBy(profile, "function", { relabel: stripHexLabel });
}
