import type { ProfileInfo } from "./profile-info.ts";
import type { TableRequest, TableResult } from "./views/table.ts";

/** What is to be read. */
export type ProfileInput =
  | { readonly blob: Blob; readonly name: string }
  | { readonly buffer: ArrayBuffer; readonly name: string }
  | { readonly url: string; readonly name: string };

/** Every call that the page may make of the worker: its parameters and its answer. */
export interface Methods {
  open: { params: { readonly input: ProfileInput; readonly from?: string }; result: ProfileInfo };
  close: { params: { readonly profile: number }; result: null };
  table: { params: TableRequest; result: TableResult };
}

export type Method = keyof Methods;
export type Params<M extends Method> = Methods[M]["params"];
export type Result<M extends Method> = Methods[M]["result"];
