// The roles and bindings that every cluster has, as objects. The facts are in src/api/generated/rbac-bootstrap.ts.
import data from '../../../api/generated/rbac-bootstrap.ts'
import type { New } from '../../../api/object.ts'
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject } from '../../../api/rbac/v1.ts'

export interface BootstrapObjects {
  readonly clusterRoles: readonly New<ClusterRole>[]
  readonly clusterRoleBindings: readonly New<ClusterRoleBinding>[]
  readonly roles: readonly New<Role>[]
  readonly roleBindings: readonly New<RoleBinding>[]
}

interface Facts {
  readonly labels?: Readonly<Record<string, string>>
  readonly aggregate?: readonly Readonly<Record<string, string>>[]
  readonly rules?: readonly PolicyRule[]
  readonly roleRef?: { readonly kind: string; readonly name: string }
  readonly subjects?: readonly Subject[]
  /** Only made with that gate, which is off by default. */
  readonly featureGate?: string
}

interface Meta {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly roleRefApiGroup: string
  readonly subjectApiGroup: Readonly<Record<string, string>>
}

const { _meta, ...entries } = data
const meta = _meta as Meta
const apiVersion = 'rbac.authorization.k8s.io/v1'

/** In the order in which they can be made: roles before the bindings that name them. */
export function bootstrapObjects(): BootstrapObjects {
  const objects = Object.entries(entries as Record<string, Facts>)
    .filter(([, facts]) => !facts.featureGate)
    .map(([key, facts]) => toObject(key, facts))
  const ofKind = (kind: string): readonly unknown[] => objects.filter((o) => o.kind === kind)
  return {
    clusterRoles: ofKind('ClusterRole') as BootstrapObjects['clusterRoles'],
    clusterRoleBindings: ofKind('ClusterRoleBinding') as BootstrapObjects['clusterRoleBindings'],
    roles: ofKind('Role') as BootstrapObjects['roles'],
    roleBindings: ofKind('RoleBinding') as BootstrapObjects['roleBindings'],
  }
}

/** @param key `Kind/name` or `Kind/namespace/name` */
function toObject(key: string, { labels, aggregate, rules, roleRef, subjects }: Facts) {
  const [kind = '', ...names] = key.split('/')
  const metadata = {
    name: names.at(-1)!,
    ...(names.length > 1 ? { namespace: names[0]! } : {}),
    labels: { ...meta.labels, ...labels },
    annotations: meta.annotations,
  }
  if (roleRef)
    return {
      apiVersion,
      kind,
      metadata,
      roleRef: { apiGroup: meta.roleRefApiGroup, ...roleRef },
      subjects: subjects?.map((s) => ({ ...s, ...(meta.subjectApiGroup[s.kind] ? { apiGroup: meta.subjectApiGroup[s.kind] } : {}) })) ?? [],
    }
  return {
    apiVersion,
    kind,
    metadata,
    rules: rules ?? [],
    ...(aggregate ? { aggregationRule: { clusterRoleSelectors: aggregate.map((matchLabels) => ({ matchLabels })) } } : {}),
  }
}
