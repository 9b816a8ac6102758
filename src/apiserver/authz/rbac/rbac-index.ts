// Roles and bindings in memory, indexed by subject: what a decision costs depends on the bindings of the user and of his
// groups, not on how many there are in the cluster. Informer handlers keep it current.
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../../../api/rbac/v1.ts'
import type { UserInfo } from '../../authn/user.ts'
import { serviceAccountName } from '../../authn/well-known-users.ts'
import type { Rule } from '../authorizer.ts'

type AnyRole = Pick<Role | ClusterRole, 'kind' | 'metadata' | 'rules'>
type AnyBinding = Pick<RoleBinding | ClusterRoleBinding, 'kind' | 'metadata' | 'roleRef' | 'subjects'>

/** One subject of one binding. */
export interface Grant {
  /** Of the rules: `Role/ns/name` or `ClusterRole/name`. */
  readonly roleKey: string
  /** `RoleBinding "b/ns" of Role "r" to User "alice"`. */
  readonly description: string
}

/** Namespace ('' for cluster-wide) -> binding name -> grant. */
type Grants = Map<string, Map<string, Grant>>

export class RbacIndex {
  readonly #rules = new Map<string, readonly Rule[]>()
  /** Subject (`User/alice`, `Group/dev`) -> what it was given. Service accounts are the users they authenticate as. */
  readonly #grants = new Map<string, Grants>()
  readonly #bindings = new Map<string, AnyBinding>()

  setRole(role: AnyRole): void {
    this.#rules.set(keyOfRole(role.kind, role.metadata.namespace ?? '', role.metadata.name), role.rules ?? [])
  }

  deleteRole(role: AnyRole): void {
    this.#rules.delete(keyOfRole(role.kind, role.metadata.namespace ?? '', role.metadata.name))
  }

  setBinding(binding: AnyBinding): void {
    this.deleteBinding(binding)
    const { name, namespace = '' } = binding.metadata
    this.#bindings.set(keyOfBinding(binding), binding)
    for (const [subject, grant] of grantsOf(binding)) {
      const grants = getOrMake(this.#grants, subject, (): Grants => new Map())
      getOrMake(grants, namespace, () => new Map<string, Grant>()).set(name, grant)
    }
  }

  deleteBinding(binding: AnyBinding): void {
    const old = this.#bindings.get(keyOfBinding(binding))
    if (!old) return
    const { name, namespace = '' } = old.metadata
    this.#bindings.delete(keyOfBinding(binding))
    for (const [subject] of grantsOf(old)) {
      const grants = this.#grants.get(subject)
      const inNamespace = grants?.get(namespace)
      inNamespace?.delete(name)
      if (inNamespace?.size === 0) grants!.delete(namespace)
      if (grants?.size === 0) this.#grants.delete(subject)
    }
  }

  /** Undefined: no such role. */
  rules(roleKey: string): readonly Rule[] | undefined {
    return this.#rules.get(roleKey)
  }

  /** What bindings give a user: cluster-wide, then in `namespace` (if not ''). */
  *grantsFor(user: UserInfo, namespace: string): Generator<Grant> {
    const subjects = [`User/${user.name}`, ...user.groups.map((group) => `Group/${group}`)]
    for (const scope of namespace ? ['', namespace] : ['']) {
      for (const subject of subjects) {
        const grants = this.#grants.get(subject)?.get(scope)
        if (grants) yield* grants.values()
      }
    }
  }
}

const keyOfRole = (kind: string, namespace: string, name: string) => (kind === 'Role' ? `Role/${namespace}/${name}` : `ClusterRole/${name}`)
const keyOfBinding = ({ metadata }: AnyBinding) => `${metadata.namespace ?? ''}/${metadata.name}`

function* grantsOf({ kind, metadata, roleRef, subjects }: AnyBinding): Generator<[string, Grant]> {
  const { name, namespace = '' } = metadata
  const binding = `${kind} "${namespace ? `${name}/${namespace}` : name}" of ${roleRef.kind} "${roleRef.name}"`
  for (const subject of subjects ?? []) {
    const isServiceAccount = subject.kind === 'ServiceAccount'
    const subjectNamespace = subject.namespace || namespace
    const who = isServiceAccount ? `${subject.name}/${subjectNamespace}` : subject.name
    const key = isServiceAccount ? `User/${serviceAccountName(subjectNamespace, subject.name)}` : `${subject.kind}/${subject.name}`
    yield [key, { roleKey: keyOfRole(roleRef.kind, namespace, roleRef.name), description: `${binding} to ${subject.kind} "${who}"` }]
  }
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}
