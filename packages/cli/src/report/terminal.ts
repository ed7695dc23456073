import { writeSync } from "node:fs";
import type { Note } from "@flambeau/core";
import { noteLine, printable } from "./notes.ts";

/** A line on stderr, where everything goes that is not the result. Written at once, so that order is kept. */
export function say(text: string): void {
  try {
    writeSync(2, `${printable(text)}\n`);
  } catch {
    // Nobody listens: the result matters more.
  }
}

/** Says what a reader or transform skipped or approximated. */
export function sayNotes(notes: readonly Note[], quiet: boolean | undefined): void {
  if (quiet === true) return;
  for (const note of notes) say(`flambeau: note: ${noteLine(note)}`);
}
