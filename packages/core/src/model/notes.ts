/**
 * What a reader or a transform skipped, cut or approximated. Notes are part of the profile and are always
 * shown: nothing is lost silently.
 */
export type NoteKind = "skipped" | "truncated" | "approximated" | "information";

/** Where in the (decompressed) input something happened. */
export interface Place {
  /** From 1. */
  readonly line?: number;
  /** Bytes, from 0. */
  readonly offset?: number;
}

/** One kind of event while reading, with how often it happened and where first. */
export interface Note {
  readonly kind: NoteKind;
  /** Stable, kebab-case: what tests and other programs look at. */
  readonly code: string;
  /** A sentence for people; the same for every event of this code. */
  readonly message: string;
  /** How often it happened. */
  readonly count: number;
  /** The first places where it happened, at most {@link MAX_PLACES}. */
  readonly places: readonly Place[];
}

/** How many places a note keeps; the count goes on. */
export const MAX_PLACES = 5;

interface Entry {
  kind: NoteKind;
  code: string;
  message: string;
  count: number;
  places: Place[];
}

/** Collects notes; the same code is counted, not repeated. */
export class Notes {
  readonly #entries = new Map<string, Entry>();

  /** Adds `count` events of one kind; `place` is kept for the first few. */
  add(kind: NoteKind, code: string, message: string, place?: Place, count = 1): void {
    let entry = this.#entries.get(code);
    if (entry === undefined) {
      entry = { kind, code, message, count: 0, places: [] };
      this.#entries.set(code, entry);
    }
    entry.count += count;
    if (place !== undefined && entry.places.length < MAX_PLACES) entry.places.push(place);
  }

  /** Takes over notes made elsewhere (another profile, a worker). */
  addAll(notes: readonly Note[]): void {
    for (const note of notes) {
      const entry = this.#entries.get(note.code);
      if (entry === undefined) {
        this.#entries.set(note.code, { ...note, places: [...note.places] });
      } else {
        entry.count += note.count;
        for (const place of note.places) if (entry.places.length < MAX_PLACES) entry.places.push(place);
      }
    }
  }

  /** The notes so far, in the order in which each code was first seen. */
  list(): Note[] {
    return [...this.#entries.values()].map((entry) => ({ ...entry, places: [...entry.places] }));
  }
}
