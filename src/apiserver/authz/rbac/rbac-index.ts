// Roles and bindings in memory, indexed by subject: what a decision costs depends on the bindings of the user and of his
// groups, not on how many there are in the cluster. Informer handlers keep it current; a change drops the tables made of what changed,
// and the next question of that subject makes them again.
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../../../api/rbac/v1.ts'
import type { UserInfo } from '../../authn/user.ts'
import { serviceAccountName } from '../../authn/well-known-users.ts'
import { getOrMake } from '../../../util/get-or-make.ts'
import type { Rule } from '../authorizer.ts'
import { type Grant, GrantTable } from './grant-table.ts'

type AnyRole = Pick<Role | ClusterRole, 'kind' | 'metadata' | 'rules'>
type AnyBinding = Pick<RoleBinding | ClusterRoleBinding, 'kind' | 'metadata' | 'roleRef' | 'subjects'>

/** What one subject was given in one namespace, or cluster-wide. */
interface Scope {
  /** Binding name -> grant. */
  readonly grants: Map<string, Grant>
  /** Made when first asked for. */
  table: GrantTable | undefined
}

/** Subject -> namespace ('' for cluster-wide) -> what it was given. */
type Subjects = Map<string, Map<string, Scope>>

interface SubjectGrant {
  readonly kind: 'User' | 'Group'
  readonly name: string
  readonly grant: Grant
}

export class RbacIndex {
  readonly #rules = new Map<string, readonly Rule[]>()
  /** Service accounts are the users they authenticate as. */
  readonly #users: Subjects = new Map()
  readonly #groups: Subjects = new Map()
  readonly #bindings = new Map<string, AnyBinding>()
  /** Role -> scopes whose table was made of it. Invariant: a scope without a table is in none of the sets. */
  readonly #madeOf = new Map<string, Set<Scope>>()

  setRole(role: AnyRole): void {
    const key = keyOfRole(role.kind, role.metadata.namespace ?? '', role.metadata.name)
    this.#rules.set(key, role.rules ?? [])
    this.#dropTablesOf(key)
  }

  deleteRole(role: AnyRole): void {
    const key = keyOfRole(role.kind, role.metadata.namespace ?? '', role.metadata.name)
    this.#rules.delete(key)
    this.#dropTablesOf(key)
  }

  setBinding(binding: AnyBinding): void {
    this.deleteBinding(binding)
    const { name: bindingName, namespace = '' } = binding.metadata
    this.#bindings.set(keyOfBinding(binding), binding)
    for (const { kind, name, grant } of grantsOf(binding)) {
      const scopes = getOrMake(this.#subjects(kind), name, () => new Map<string, Scope>())
      const scope = getOrMake(scopes, namespace, (): Scope => ({ grants: new Map(), table: undefined }))
      scope.grants.set(bindingName, grant)
      this.#dropTable(scope)
    }
  }

  deleteBinding(binding: AnyBinding): void {
    const old = this.#bindings.get(keyOfBinding(binding))
    if (!old) return
    const { name: bindingName, namespace = '' } = old.metadata
    this.#bindings.delete(keyOfBinding(binding))
    for (const { kind, name } of grantsOf(old)) {
      const scopes = this.#subjects(kind).get(name)
      const scope = scopes?.get(namespace)
      if (!scopes || !scope) continue
      scope.grants.delete(bindingName)
      this.#dropTable(scope)
      if (scope.grants.size === 0) scopes.delete(namespace)
      if (scopes.size === 0) this.#subjects(kind).delete(name)
    }
  }

  /** Undefined: no such role. */
  rules(roleKey: string): readonly Rule[] | undefined {
    return this.#rules.get(roleKey)
  }

  /** What bindings give a user: cluster-wide, then in `namespace` (if not ''); in each, as himself and then by his groups. */
  *tablesFor(user: UserInfo, namespace: string): Generator<GrantTable> {
    for (const scope of this.#scopesFor(user, namespace)) yield this.#tableOf(scope)
  }

  *grantsFor(user: UserInfo, namespace: string): Generator<Grant> {
    for (const { grants } of this.#scopesFor(user, namespace)) yield* grants.values()
  }

  *#scopesFor({ name, groups }: UserInfo, namespace: string): Generator<Scope> {
    for (let where = ''; ; where = namespace) {
      const own = this.#users.get(name)?.get(where)
      if (own) yield own
      for (const group of groups) {
        const shared = this.#groups.get(group)?.get(where)
        if (shared) yield shared
      }
      if (where === namespace) return
    }
  }

  #subjects(kind: 'User' | 'Group'): Subjects {
    return kind === 'User' ? this.#users : this.#groups
  }

  #tableOf(scope: Scope): GrantTable {
    if (scope.table) return scope.table
    const table = new GrantTable(scope.grants.values(), (roleKey) => this.#rules.get(roleKey))
    for (const roleKey of table.roleKeys) getOrMake(this.#madeOf, roleKey, () => new Set<Scope>()).add(scope)
    scope.table = table
    return table
  }

  #dropTable(scope: Scope): void {
    for (const roleKey of scope.table?.roleKeys ?? []) {
      const scopes = this.#madeOf.get(roleKey)
      scopes?.delete(scope)
      if (scopes?.size === 0) this.#madeOf.delete(roleKey)
    }
    scope.table = undefined
  }

  #dropTablesOf(roleKey: string): void {
    for (const scope of this.#madeOf.get(roleKey) ?? []) this.#dropTable(scope)
  }
}

const keyOfRole = (kind: string, namespace: string, name: string) => (kind === 'Role' ? `Role/${namespace}/${name}` : `ClusterRole/${name}`)
const keyOfBinding = ({ metadata }: AnyBinding) => `${metadata.namespace ?? ''}/${metadata.name}`

function* grantsOf({ kind, metadata, roleRef, subjects }: AnyBinding): Generator<SubjectGrant> {
  const { name: bindingName, namespace = '' } = metadata
  const binding = `${kind} "${namespace ? `${bindingName}/${namespace}` : bindingName}" of ${roleRef.kind} "${roleRef.name}"`
  const roleKey = keyOfRole(roleRef.kind, namespace, roleRef.name)
  for (const { kind: subjectKind, name, namespace: given } of subjects ?? []) {
    const describe = (who: string): Grant => ({ roleKey, description: `${binding} to ${subjectKind} "${who}"` })
    if (subjectKind === 'ServiceAccount') {
      const own = given || namespace
      yield { kind: 'User', name: serviceAccountName(own, name), grant: describe(`${name}/${own}`) }
    } else if (subjectKind === 'User' || subjectKind === 'Group') {
      yield { kind: subjectKind, name, grant: describe(name) }
    }
  }
}
