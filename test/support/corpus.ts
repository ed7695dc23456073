import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder of real profile files: not part of the repository, named by FLAMBEAU_CORPUS or found beside it. */
export const corpusRoot: string =
  process.env.FLAMBEAU_CORPUS ?? fileURLToPath(new URL("../../../shared/corpus", import.meta.url));

/** False where the corpus is absent: tests that need it are then skipped, with a count. */
export const haveCorpus: boolean = existsSync(`${corpusRoot}/INDEX.tsv`);

/** Names of a corpus folder's input files: everything that is not an expectation of another file. */
export function corpusFiles(folder: string): string[] {
  if (!haveCorpus) return [];
  return readdirSync(`${corpusRoot}/${folder}`)
    .filter((name) => !name.includes(".expected."))
    .sort();
}

/** Names of the expectations that stand beside a corpus file. */
export function expectationsOf(folder: string, file: string): string[] {
  return readdirSync(`${corpusRoot}/${folder}`)
    .filter((name) => name.startsWith(`${file}.expected.`))
    .sort();
}

export function readCorpus(folder: string, file: string): Uint8Array {
  return readFileSync(`${corpusRoot}/${folder}/${file}`);
}
