/**
 * A label's name as it is kept: letters, digits, underscores. Everything else becomes an underscore, as Prometheus
 * does it: `k8s.pod.name` → `k8s_pod_name`.
 */
export function cleanName(name: string): string {
  const clean = name.replace(/[^A-Za-z0-9_]/g, "_");
  return /^[0-9]/.test(clean) ? `_${clean}` : clean;
}
