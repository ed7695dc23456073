export { escaped, type PackedProfile, packPage, viewElement } from "./pack.ts";
