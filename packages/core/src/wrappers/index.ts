import { unbzip2 } from "../codec/bzip2.ts";
import { unlz4 } from "../codec/lz4.ts";
import type { Unpackers } from "../readers/reader.ts";
import { unxzSource } from "./xz.ts";
import { unzip } from "./zip.ts";
import { unzstd } from "./zstd.ts";

/**
 * What `detect` and `readProfile` are lent to take off wrappers that need a library, or a decoder that a small page can do without. A part of its own
 * (`@flambeau/core/wrappers`), so that the rest of the core has no dependency. Runs in Node, browsers and workers.
 */
export const unpackers: Unpackers = { zstd: unzstd, zip: unzip, xz: unxzSource, lz4: unlz4, bzip2: unbzip2 };
