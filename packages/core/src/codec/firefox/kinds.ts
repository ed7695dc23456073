import { FrameKind, type FrameKindCode } from "../../model/profile.ts";
import { JsonKeys, type JsonReader } from "../json.ts";

const KEYS = new JsonKeys("name", "subcategories");

/** A category of a Firefox profile: what kind of code its frames are, by its own name and by its subcategories'. */
export interface Category {
  readonly kind: FrameKindCode;
  readonly subkinds: readonly FrameKindCode[];
}

/** `meta.categories`, the next value, within a step. */
export function parseCategories(json: JsonReader): Category[] {
  const categories: Category[] = [];
  if (json.peek() !== 0x5b) {
    json.skipValue();
    return categories;
  }
  json.enterArray();
  while (json.nextElement()) {
    let name = "";
    const subkinds: FrameKindCode[] = [];
    json.enterObject();
    for (let key = json.nextKey(KEYS); key !== undefined; key = json.nextKey(KEYS)) {
      const byte = json.peek();
      if (key === "name" && byte === 0x22) name = json.text();
      else if (key === "subcategories" && byte === 0x5b) {
        json.enterArray();
        while (json.nextElement()) subkinds.push(kindOf(json.text()));
      } else json.skipValue();
    }
    categories.push({ kind: kindOf(name), subkinds });
  }
  return categories;
}

/** Only names that say where code ran count: most categories ("Layout", "Network") do not. */
function kindOf(name: string): FrameKindCode {
  if (name === "Kernel") return FrameKind.kernel;
  if (/^interpreter$|baseline interpreter/i.test(name)) return FrameKind.interpreted;
  if (/^jit\b|\bjit\b|\(ion\)|\(baseline\)|ion-compiled|baseline-compiled/i.test(name)) return FrameKind.jit;
  if (name === "User" || name === "Native") return FrameKind.native;
  return FrameKind.unknown;
}

/** The kind of a frame by its category and subcategory; -1 is none. */
export function frameKind(categories: readonly Category[], category: number, sub: number): FrameKindCode {
  const found = categories[category];
  if (found === undefined) return FrameKind.unknown;
  return found.subkinds[sub] || found.kind;
}
