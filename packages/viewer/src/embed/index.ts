export { escaped, type PackedProfile, packPage } from "./pack.ts";
