import type { ConfigMap, Namespace } from '../../api/core/v1.ts'
import type { New } from '../../api/object.ts'
import { jsonEqual } from '../../apimachinery/json-equal.ts'

export const name = 'kube-root-ca.crt'

const annotations = {
  'kubernetes.io/description':
    'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
}

export type Plan =
  | { readonly kind: 'create'; readonly configMap: New<ConfigMap> }
  | { readonly kind: 'update'; readonly configMap: ConfigMap }
  | { readonly kind: 'keep' }

/** @see pkg/controller/certificates/rootcacertpublisher/publisher.go: data must be exactly ours; other annotations are left alone */
export function decide(namespace: Namespace | undefined, published: ConfigMap | undefined, rootCa: string): Plan {
  if (namespace?.status?.phase !== 'Active') return { kind: 'keep' }
  const data = { 'ca.crt': rootCa }
  if (!published)
    return { kind: 'create', configMap: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: namespace.metadata.name, name, annotations }, data } }
  const described = Object.entries(annotations).every(([key, value]) => published.metadata.annotations?.[key] === value)
  if (jsonEqual(published.data, data) && described) return { kind: 'keep' }
  const metadata = { ...published.metadata, annotations: { ...published.metadata.annotations, ...annotations } }
  return { kind: 'update', configMap: { ...published, metadata, data } }
}
