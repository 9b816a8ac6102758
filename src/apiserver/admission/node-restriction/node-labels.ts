// Which labels a kubelet may set on its own node. Source: k8s.io/kubelet pkg/apis/well_known_labels.go,
// plugin/pkg/admission/noderestriction/admission.go.
type Labels = { readonly [key: string]: string }

const allowed: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
])

const isWithin = (namespace: string, domain: string) => namespace === domain || namespace.endsWith(`.${domain}`)
const namespaceOf = (label: string) => (label.includes('/') ? label.slice(0, label.indexOf('/')) : '')

function isForbidden(label: string): boolean {
  const namespace = namespaceOf(label)
  if (isWithin(namespace, 'node-restriction.kubernetes.io')) return true
  if (!isWithin(namespace, 'kubernetes.io') && !isWithin(namespace, 'k8s.io')) return false
  return !allowed.has(label) && !isWithin(namespace, 'kubelet.kubernetes.io') && !isWithin(namespace, 'node.kubernetes.io')
}

/** Labels that differ and that a node may not change, sorted. */
export function forbiddenLabels(now: Labels = {}, old: Labels = {}): string[] {
  const names = new Set([...Object.keys(now), ...Object.keys(old)])
  return [...names].filter((name) => now[name] !== old[name] && isForbidden(name)).toSorted()
}
