import { FrameKind, type FrameKindCode } from "../model/profile.ts";

/** A frame's name without the annotation at its end, and what that says. */
export interface AnnotatedName {
  readonly name: string;
  readonly kind: FrameKindCode;
  readonly inlined: boolean;
}

const KINDS: Readonly<Record<string, FrameKindCode>> = {
  k: FrameKind.kernel,
  j: FrameKind.jit,
  0: FrameKind.interpreted,
  1: FrameKind.c1,
  i: FrameKind.jit,
};

/** `do_syscall_64_[k]`: the annotations of async-profiler and the stackcollapse scripts: kernel, JIT, interpreted, C1, inlined. */
export function annotatedName(text: string): AnnotatedName {
  const letter = /^.+_\[([kj01i])\]$/.exec(text)?.[1];
  if (letter === undefined) return { name: text, kind: FrameKind.unknown, inlined: false };
  return { name: text.slice(0, -4), kind: KINDS[letter]!, inlined: letter === "i" };
}
