/**
 * Dynamics 365 Business Central writes .alcpuprofile, a superset of .cpuprofile: a node also says to which
 * object of the application its method belongs (`applicationDefinition`). Since most methods are called `OnRun`
 * or `OnValidate`, the object is part of the name, written as AL-Flamegraph does: `C."Order Posting".PostOrder`.
 */
export class AlObject {
  type: string | undefined;
  name: string | undefined;

  clear(): void {
    this.type = undefined;
    this.name = undefined;
  }

  /** The method's name with its object, or undefined where the node names none. */
  qualify(method: string): string | undefined {
    const name = this.name?.replace(/^"(.*)"$/s, "$1") ?? "";
    const type = this.type?.slice(0, 1) ?? "";
    if (name === "") return undefined;
    return `${type === "" ? "" : `${type}.`}"${name}".${method === "" ? "(anonymous)" : method}`;
  }
}
