import { FrameKind, type FrameKindCode } from "../../model/profile.ts";

/** Frame types in the order of async-profiler's Frame.java: interpreted, JIT, inlined, native, C++, kernel, C1. */
export const FRAME_KINDS: readonly FrameKindCode[] = [
  FrameKind.interpreted,
  FrameKind.jit,
  FrameKind.jit,
  FrameKind.native,
  FrameKind.native,
  FrameKind.kernel,
  FrameKind.c1,
];

export const INLINED = 2;
