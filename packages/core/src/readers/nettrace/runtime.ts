import { FrameKind } from "../../model/profile.ts";
import type { Fields } from "./fields.ts";
import type { Code, Module } from "./symbols.ts";

/** Method flag: compiled at run time, not ahead of it. */
const JITTED = 8;

/**
 * MethodLoadVerbose, MethodDCStartVerbose and MethodDCEndVerbose of the .NET runtime: id, module, address, size, token,
 * flags, then namespace, name and signature.
 */
export function methodOf(payload: Fields): Code {
  payload.skip(8);
  const module = payload.big64();
  const start = payload.big64();
  const size = payload.u32();
  payload.skip(4);
  const flags = payload.u32();
  const namespace = payload.text16();
  const method = payload.text16();
  const signature = payload.text16();
  const name = `${namespace === "" ? "" : `${namespace}.`}${method}${parameters(signature)}`;
  return {
    start,
    end: start + BigInt(size),
    name: name === "" ? "[unknown]" : name,
    module,
    kind: (flags & JITTED) === 0 ? FrameKind.native : FrameKind.jit,
  };
}

/** `instance void  (int32,class System.String)` → `(int32,System.String)`. */
function parameters(signature: string): string {
  const open = signature.indexOf("(");
  return open < 0 ? "" : signature.slice(open).replaceAll(/\b(?:value )?class /g, "");
}

/** ModuleLoad, ModuleDCStart and ModuleDCEnd: id, assembly, flags, reserved, then paths of its code. */
export function moduleOf(payload: Fields): { readonly id: bigint; readonly module: Module } {
  const id = payload.big64();
  payload.skip(16);
  const path = payload.text16();
  const native = payload.text16();
  return { id, module: { path: path === "" ? native : path } };
}
