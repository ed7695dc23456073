import type { WrittenRange } from "../store.ts";
import { type RowBuffer, SpareBuffers } from "./row-buffer.ts";
import type { Section, SectionKind } from "./sections.ts";

/** Rows of one section while it grows. */
export interface OpenSection {
  readonly kind: SectionKind;
  readonly day: number;
  readonly buffer: RowBuffer;
  rows: number;
  spans: number;
}

/** Rows that go to disk together, and are acknowledged together. */
export class Batch {
  readonly #sections = new Map<string, OpenSection>();
  readonly #written = new Map<string, WrittenRange>();
  /** Rows of samples. */
  samples = 0;
  /** When the first rows came, in milliseconds since the epoch. */
  readonly opened: number = Date.now();
  readonly #spare: SpareBuffers;

  constructor(spare: SpareBuffers = new SpareBuffers()) {
    this.#spare = spare;
  }

  get bytes(): number {
    let sum = 0;
    for (const { buffer } of this.#sections.values()) sum += buffer.length;
    return sum;
  }

  get empty(): boolean {
    return this.#sections.size === 0;
  }

  /** The section of a kind; of samples, that of a day. */
  section(kind: SectionKind, day = 0): OpenSection {
    const key = `${kind}-${day}`;
    let section = this.#sections.get(key);
    if (section === undefined) {
      section = { kind, day, buffer: this.#spare.take(), rows: 0, spans: 0 };
      this.#sections.set(key, section);
    }
    return section;
  }

  /** Takes note of what its rows are of; what is taken back stays noted. */
  note(tenant: string, type: string, service: string, time: number): void {
    const key = JSON.stringify([tenant, type, service]);
    const { from, to } = this.#written.get(key) ?? { from: time, to: time };
    this.#written.set(key, {
      tenant,
      type,
      service,
      from: Math.min(from, time),
      to: Math.max(to, time),
    });
  }

  /** What was noted. */
  get written(): WrittenRange[] {
    return [...this.#written.values()];
  }

  /** Takes back what was added after this call when the returned function is called. */
  mark(): () => void {
    const lengths = new Map<OpenSection, readonly [number, number, number]>();
    for (const section of this.#sections.values()) {
      lengths.set(section, [section.buffer.length, section.rows, section.spans]);
    }
    const samples = this.samples;
    return () => {
      this.samples = samples;
      for (const [key, section] of this.#sections) {
        const before = lengths.get(section);
        if (before === undefined) {
          this.#sections.delete(key);
          this.#spare.give(section.buffer);
        } else {
          section.buffer.truncate(before[0]);
          section.rows = before[1];
          section.spans = before[2];
        }
      }
    };
  }

  /** The sections with their places counted from `start`, and their bytes. */
  finish(start: number): { readonly sections: Section[]; readonly bytes: Uint8Array[] } {
    const filled = [...this.#sections.values()].filter(({ rows }) => rows > 0);
    const sections: Section[] = [];
    let offset = start;
    for (const { kind, day, rows, spans, buffer } of filled) {
      sections.push({ kind, day, rows, spans, offset, length: buffer.length });
      offset += buffer.length;
    }
    return { sections, bytes: filled.map(({ buffer }) => buffer.written) };
  }

  /** Gives the buffers back: afterwards it holds nothing, and nothing may look at what it held. */
  release(): void {
    for (const { buffer } of this.#sections.values()) this.#spare.give(buffer);
    this.#sections.clear();
  }
}
