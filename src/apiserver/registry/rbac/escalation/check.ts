// Nobody grants rights that he does not hold: writing a role needs all its rules, or the verb `escalate` on it; writing a binding
// needs all rules of the bound role, or the verb `bind` on that role.
// Source: k8s.io/kubernetes pkg/registry/rbac/{role,clusterrole,rolebinding,clusterrolebinding}/policybased/storage.go.
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../../../../api/rbac/v1.ts'
import type { KubeObject, Mutable } from '../../../../api/object.ts'
import { forbidden, notFound } from '../../../../apimachinery/api-error.ts'
import { goQuote } from '../../../../apimachinery/go-quote.ts'
import { semanticEqual } from '../../../../apimachinery/json-equal.ts'
import { mastersGroup } from '../../../authn/well-known-users.ts'
import { type Authorizer, everything, type Rule, type RuleResolver } from '../../../authz/authorizer.ts'
import { ask, isAllowed, type Questions } from '../../../authz/questions.ts'
import type { StoreLister } from '../../generic/store-lister.ts'
import type { RequestContext, Strategy } from '../../generic/strategy.ts'
import { describeRules, goList, uncovered } from './coverage.ts'

export interface EscalationDependencies {
  readonly authorizer: Authorizer
  /** What RBAC alone grants. */
  readonly rules: RuleResolver
  readonly roles: Pick<StoreLister<Role>, 'get'>
  readonly clusterRoles: Pick<StoreLister<ClusterRole>, 'get'>
}

interface Resource {
  readonly group: string
  readonly plural: string
}

type Check<T> = (context: RequestContext, object: T, old: T | undefined) => Questions<void>

const group = 'rbac.authorization.k8s.io'

/** What the user lacks of the rules, in words; '' if nothing. Rules that stand for too much to be compared are not held. */
function lacking({ user, namespace }: RequestContext, rules: readonly Rule[], resolver: RuleResolver): string {
  const held = resolver.rulesFor(user, namespace)
  const { missing, cutOff } = uncovered(held.rules, rules)
  if (missing.length === 0 && !cutOff) return ''
  const errors = held.errors.length ? `; resolution errors: [${held.errors.join(' ')}]` : ''
  const who = `user ${goQuote(user.name)} (groups=${goList(user.groups)})`
  return `${who} is attempting to grant RBAC permissions not currently held:\n${describeRules(missing)}${cutOff ? '\n(not all that the rules stand for was looked at)' : ''}${errors}`
}

function mayDo({ user }: RequestContext, verb: string, { plural }: Resource, namespace: string, name: string): Questions<boolean> {
  return isAllowed({ user, verb, isResourceRequest: true, apiGroup: group, apiVersion: '*', namespace, resource: plural, subresource: '', name, path: '' })
}

/** The garbage collector takes away what keeps an object; that grants nothing. */
function changesOnlyKeepers(object: KubeObject, old: KubeObject): boolean {
  const { ownerReferences: _owners, finalizers: _finalizers, managedFields: _fields, generation: _generation, ...meta } = object.metadata
  const kept = (({ ownerReferences: _o, finalizers: _f, managedFields: _m, generation: _g, ...rest }) => rest)(old.metadata)
  return semanticEqual({ ...object, metadata: { ...meta, resourceVersion: '' } }, { ...old, metadata: { ...kept, resourceVersion: '' } })
}

function withCheck<T extends KubeObject>(strategy: Strategy<T>, { authorizer }: EscalationDependencies, check: Check<T>): Strategy<T> {
  const run = (context: RequestContext, object: T, old?: T): void | Promise<void> => {
    if (context.user.groups.includes(mastersGroup)) return undefined
    return !old || !changesOnlyKeepers(object, old) ? ask(authorizer, check(context, object, old)) : undefined
  }
  return {
    ...strategy,
    beginCreate: async (context, object: Mutable<T>) => {
      const pending = run(context, object as unknown as T)
      if (pending) await pending
      return strategy.beginCreate?.(context, object)
    },
    beginUpdate: async (context, object: Mutable<T>, old) => {
      const pending = run(context, object as unknown as T, old)
      if (pending) await pending
      return strategy.beginUpdate?.(context, object, old)
    },
  }
}

/** A rule that gathers other roles may gather anything. */
function aggregates(...roles: readonly (KubeObject | undefined)[]): boolean {
  return roles.some((role) => Boolean((role as ClusterRole | undefined)?.aggregationRule?.clusterRoleSelectors?.length))
}

export function guardRoles<T extends Role | ClusterRole>(strategy: Strategy<T>, plural: 'roles' | 'clusterroles', deps: EscalationDependencies): Strategy<T> {
  const resource = { group, plural }
  return withCheck(strategy, deps, function* (context, role, old) {
    // A create is authorized without a name.
    if (yield* mayDo(context, 'escalate', resource, context.namespace, old ? context.name : '')) return
    const why = lacking(context, role.rules ?? [], deps.rules)
    if (why) throw forbidden(resource, role.metadata.name, why)
    if (aggregates(role, old) && lacking(context, everything, deps.rules)) {
      throw forbidden(resource, role.metadata.name, 'must have cluster-admin privileges to use the aggregationRule')
    }
  })
}

export function guardBindings<T extends RoleBinding | ClusterRoleBinding>(
  strategy: Strategy<T>,
  plural: 'rolebindings' | 'clusterrolebindings',
  deps: EscalationDependencies,
): Strategy<T> {
  const resource = { group, plural }
  return withCheck(strategy, deps, function* (context, { metadata, roleRef }) {
    const isRole = roleRef.kind === 'Role'
    const bound = { group, plural: isRole ? 'roles' : 'clusterroles' }
    if (yield* mayDo(context, 'bind', bound, context.namespace, roleRef.name)) return
    const role = isRole ? deps.roles.get(`${context.namespace}/${roleRef.name}`) : deps.clusterRoles.get(roleRef.name)
    // Upstream names the resource of the request, not that of the role.
    if (!role) throw notFound(resource, roleRef.name)
    const why = lacking(context, role.rules ?? [], deps.rules)
    if (why) throw forbidden(resource, metadata.name, why)
  })
}
