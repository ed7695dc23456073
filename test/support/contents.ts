import type { Profile } from "../../packages/core/src/index.ts";

/** Everything in a profile as a text: equal before and after whatever must not change it. */
export function contentsOf({ strings, ...profile }: Profile): string {
  const texts = Array.from({ length: strings.length }, (_, id) => strings.get(id));
  return JSON.stringify({ ...profile, texts }, (_, value: unknown) => {
    if (ArrayBuffer.isView(value)) return String(value);
    return typeof value === "bigint" ? `${value}n` : value;
  });
}
