import type { Rule } from "./rule.ts";

/** One alert, in the form that Alertmanager's webhook receivers take (version 4). */
export interface Alert {
  readonly rule: Rule;
  readonly status: "firing" | "resolved";
  readonly value: number | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly startsAt: number;
  readonly endsAt: number | undefined;
}

const ATTEMPTS = 4;
const PATIENCE = 10_000;

/**
 * Sends an alert to its rule's webhook; tries again with pauses of 1, 4 and 16 seconds.
 * @throws Error where nobody took it
 */
export async function sendAlert(alert: Alert, signal: AbortSignal): Promise<void> {
  const body = JSON.stringify(messageOf(alert));
  for (let attempt = 1; ; attempt++) {
    const failure = await post(alert.rule.webhook!, body, signal);
    if (failure === undefined) return;
    if (attempt === ATTEMPTS || signal.aborted) {
      throw new Error(`webhook of rule ${alert.rule.name}: ${failure}, after ${attempt} attempts`);
    }
    await pause(1000 * 4 ** (attempt - 1), signal);
  }
}

/** What went wrong, or undefined. */
async function post(url: string, body: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "flambeau" },
      body,
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
    });
    await answer.body?.cancel();
    return answer.ok ? undefined : `it answered ${answer.status}`;
  } catch (error) {
    return error instanceof Error
      ? error.cause instanceof Error
        ? error.cause.message
        : error.message
      : String(error);
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function messageOf({ rule, status, value, startsAt, endsAt }: Alert) {
  const labels = { ...rule.labels, alertname: rule.name, tenant: rule.tenant };
  const annotations = {
    query: rule.query,
    function: rule.function ?? "",
    measure: rule.measure,
    value: value === undefined ? "" : String(value),
    threshold: thresholdOf(rule),
  };
  const time = (at: number | undefined) =>
    at === undefined ? "0001-01-01T00:00:00Z" : new Date(at).toISOString();
  return {
    version: "4",
    groupKey: `${rule.tenant}/${rule.name}`,
    status,
    receiver: "flambeau",
    groupLabels: { alertname: rule.name },
    commonLabels: labels,
    commonAnnotations: annotations,
    alerts: [{ status, labels, annotations, startsAt: time(startsAt), endsAt: time(endsAt) }],
  };
}

function thresholdOf(rule: Rule): string {
  return [
    ...(rule.above === undefined ? [] : [`above ${rule.above}`]),
    ...(rule.below === undefined ? [] : [`below ${rule.below}`]),
  ].join(" or ");
}
