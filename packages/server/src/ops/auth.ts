import { createHash, timingSafeEqual } from "node:crypto";
import { isIP } from "node:net";
import { FlambeauError } from "@flambeau/core";
import type { Caller, Role } from "../caller.ts";
import { Refusal } from "../refusal.ts";
import { type Config, parseAddress, TENANT_NAME, type TokenConfig } from "./schema.ts";

/** What a request shows of who sent it. */
export interface Credentials {
  readonly authorization: string | undefined;
  readonly tenant: string | undefined;
}

interface Known {
  readonly digest: Buffer;
  readonly token: TokenConfig;
}

/** Decides who may do what for which tenant. */
export class Authenticator {
  readonly #known: readonly Known[];
  readonly #defaultTenant: string;

  constructor({ tokens, defaultTenant }: Pick<Config, "tokens" | "defaultTenant">) {
    this.#known = tokens.map((token) => ({ digest: Buffer.from(token.sha256, "hex"), token }));
    this.#defaultTenant = defaultTenant;
  }

  /** True where nobody needs a token. */
  get isOpen(): boolean {
    return this.#known.length === 0;
  }

  /** @throws Refusal 400 for no tenant, 401 without a token that is known, 403 where it allows something else */
  authenticate({ authorization, tenant }: Credentials, needed: Role): Caller {
    if (tenant !== undefined && tenant !== "" && !TENANT_NAME.test(tenant)) {
      throw new Refusal(
        400,
        "bad-tenant",
        "X-Scope-OrgID is no tenant: letters, digits and !_.*'()- only, at most 150",
      );
    }
    if (this.isOpen) return { tenant: tenant || this.#defaultTenant, name: "anonymous" };
    const token = this.#find(authorization);
    if (token.role !== "admin" && token.role !== needed) {
      throw new Refusal(
        403,
        "not-allowed",
        `token ${JSON.stringify(token.name)} may ${token.role}; this needs ${needed}`,
      );
    }
    return { tenant: this.#tenantOf(token, tenant), name: token.name };
  }

  #find(authorization: string | undefined): TokenConfig {
    const secret = secretOf(authorization);
    if (secret === undefined) {
      throw new Refusal(
        401,
        "no-token",
        "a token is needed: Authorization: Bearer TOKEN, or as Basic password",
      );
    }
    const digest = createHash("sha256").update(secret).digest();
    // All are compared, each in constant time, so that the answer's time tells nothing.
    let found: TokenConfig | undefined;
    for (const known of this.#known) if (timingSafeEqual(known.digest, digest)) found = known.token;
    if (found === undefined) throw new Refusal(401, "unknown-token", "the token is not known here");
    return found;
  }

  /** The tenant that is asked for, if the token is for it; a token for one tenant needs not ask. */
  #tenantOf({ tenants, name }: TokenConfig, asked: string | undefined): string {
    const all = tenants.includes("*");
    const tenant = asked || (tenants.length === 1 && !all ? tenants[0]! : this.#defaultTenant);
    if (all || tenants.includes(tenant)) return tenant;
    throw new Refusal(
      403,
      "not-allowed",
      `token ${JSON.stringify(name)} is not for tenant ${JSON.stringify(tenant)}`,
    );
  }
}

/** The secret of a Bearer or Basic header; in Basic it is the password, whatever the user's name. */
function secretOf(authorization: string | undefined): string | undefined {
  const match = /^(Bearer|Basic) +(\S+) *$/i.exec(authorization ?? "");
  if (match === null) return undefined;
  if (match[1]!.toLowerCase() === "bearer") return match[2]!;
  const pair = Buffer.from(match[2]!, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  return colon < 0 ? undefined : pair.slice(colon + 1);
}

/**
 * Nobody is to find an open server on the network by accident.
 * @throws FlambeauError usage
 */
export function requireSafeListen(config: Config): void {
  if (config.tokens.length > 0 || config.insecureNoAuth) return;
  for (const address of [config.listen, config.otlpGrpc, config.otlpHttp]) {
    if (address === undefined || isLoopback(parseAddress(address)!.host)) continue;
    throw new FlambeauError(
      "usage",
      `${address} can be reached by other machines, and no token is configured`,
      {
        hint: "Configure tokens (docs/server.md), listen on 127.0.0.1, or say --insecure-no-auth if everybody may read, push and delete.",
      },
    );
  }
}

function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}

/** A token for all tenants from the environment: for who starts a server by hand. */
export function tokenFromEnvironment(secret: string | undefined): TokenConfig[] {
  if (secret === undefined || secret === "") return [];
  if (secret.length < 16) {
    throw new FlambeauError("usage", "FLAMBEAU_TOKEN has fewer than 16 characters, which can be guessed", {
      hint: "openssl rand -hex 24 makes one.",
    });
  }
  const sha256 = createHash("sha256").update(secret).digest("hex");
  return [{ name: "FLAMBEAU_TOKEN", sha256, role: "admin", tenants: ["*"] }];
}
