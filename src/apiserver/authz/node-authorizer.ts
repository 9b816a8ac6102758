// `--authorization-mode=Node`: kubelets (users `system:node:<name>` of the group system:nodes) may do what the cluster role
// system:node says, which no binding grants, and of objects that belong to somebody only what their own pods need.
// Source: k8s.io/kubernetes plugin/pkg/auth/authorizer/node/node_authorizer.go. What a node may write of what it may write is
// the NodeRestriction plugin's business.
import { goQuote } from '../../apimachinery/go-quote.ts'
import { parseFieldSelector } from '../../apimachinery/fields/selector.ts'
import { nodeNameOf, nodesGroup } from '../authn/well-known-users.ts'
import type { Attributes, Decision, MemoryAuthorizer, ResolvedRules, RuleResolver } from './authorizer.ts'
import type { NodeGraph } from './node/graph.ts'
import { bootstrapObjects } from './rbac/bootstrap-objects.ts'
import { ruleAllows } from './rbac/rule-matcher.ts'

const none: ResolvedRules = { rules: [], errors: [] }
const unlisted: ResolvedRules = { rules: [], errors: ['node authorizer does not support user rule resolution'], incomplete: true }

const allow: Decision = { outcome: 'allow', reason: '' }
const noOpinion = (reason = ''): Decision => ({ outcome: 'no-opinion', reason })

type Rule = (nodeName: string, attributes: Attributes, graph: NodeGraph) => Decision

const reading: ReadonlySet<string> = new Set(['get', 'list', 'watch'])
const idOf = ({ apiGroup, resource }: Attributes) => (apiGroup ? `${apiGroup}/${resource}` : resource)

/** An object that the node's pods lead to. */
const related: Rule = (nodeName, attributes, graph) => {
  const { namespace, name } = attributes
  if (!name) return noOpinion('No Object name found')
  return graph.isRelated(nodeName, idOf(attributes), namespace, name) ? allow : noOpinion(`no relationship found between node '${nodeName}' and this object`)
}

const readNamespaced: Rule = (nodeName, attributes, graph) => {
  if (!reading.has(attributes.verb)) return noOpinion('can only read resources of this type')
  if (attributes.subresource) return noOpinion('cannot read subresource')
  if (!attributes.namespace) return noOpinion('can only read namespaced object of this type')
  return related(nodeName, attributes, graph)
}

const getOnly: Rule = (nodeName, attributes, graph) => {
  if (attributes.verb !== 'get') return noOpinion('can only get individual resources of this type')
  if (attributes.subresource) return noOpinion('cannot get subresource')
  return related(nodeName, attributes, graph)
}

const claims: Rule = (nodeName, attributes, graph) => {
  if (attributes.subresource !== 'status') return getOnly(nodeName, attributes, graph)
  if (!['update', 'patch'].includes(attributes.verb)) return noOpinion('can only get/update/patch this type')
  return related(nodeName, attributes, graph)
}

const serviceAccounts: Rule = (nodeName, attributes, graph) => {
  const { verb, subresource, name } = attributes
  if (verb === 'get' && !subresource) return getOnly(nodeName, attributes, graph)
  if (verb !== 'create' || !name) return noOpinion('can only create tokens for individual service accounts')
  if (subresource !== 'token') return noOpinion('can only create token subresource of serviceaccount')
  return related(nodeName, attributes, graph)
}

const leases: Rule = (nodeName, { verb, namespace, name }) => {
  if (!['get', 'create', 'update', 'patch', 'delete'].includes(verb)) return noOpinion('can only get, create, update, patch, or delete a node lease')
  if (namespace !== 'kube-node-lease') return noOpinion('can only access leases in the "kube-node-lease" system namespace')
  if (verb !== 'create' && name !== nodeName) return noOpinion('can only access node lease with the same name as the requesting node')
  return allow
}

const csiNodes: Rule = (nodeName, { verb, subresource, name }) => {
  if (!['get', 'create', 'update', 'patch', 'delete'].includes(verb)) return noOpinion('can only get, create, update, patch, or delete a CSINode')
  if (subresource) return noOpinion('cannot authorize CSINode subresources')
  if (verb !== 'create' && name !== nodeName) return noOpinion('can only access CSINode with the same name as the requesting node')
  return allow
}

const selectsNode = ({ fieldSelector = '' }: Attributes, nodeName: string) =>
  parseFieldSelector(fieldSelector).terms.some(({ field, operator, value }) => field === 'spec.nodeName' && operator === '=' && value === nodeName)

const resourceSlices: Rule = (nodeName, attributes, graph) => {
  const { verb, subresource } = attributes
  if (subresource) return noOpinion('cannot authorize ResourceSlice subresources')
  switch (verb) {
    case 'create':
      return allow
    case 'get':
    case 'update':
    case 'patch':
    case 'delete':
      return related(nodeName, attributes, graph)
    case 'list':
    case 'watch':
    case 'deletecollection':
      return selectsNode(attributes, nodeName) ? allow : noOpinion('can only list/watch/deletecollection resourceslices with nodeName field selector')
    default:
      return noOpinion('only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection')
  }
}

const nodes: Rule = (nodeName, { verb, subresource, name }) => {
  if (subresource === 'status') return verb === 'update' || verb === 'patch' ? allow : noOpinion()
  if (subresource) return noOpinion()
  if (['create', 'update', 'patch'].includes(verb)) return allow
  if (!reading.has(verb)) return noOpinion()
  if (name === nodeName) return allow
  return noOpinion(`node '${nodeName}' cannot read ${name ? `'${name}'` : 'all nodes'}, only its own Node object`)
}

const podWrites: ReadonlyMap<string, readonly string[]> = new Map([
  ['', ['create', 'delete']],
  ['status', ['update', 'patch']],
  ['eviction', ['create']],
])

const pods: Rule = (nodeName, attributes, graph) => {
  const { verb, subresource, name } = attributes
  if (podWrites.get(subresource)?.includes(verb)) return allow
  if (subresource || !reading.has(verb)) return noOpinion()
  if (verb !== 'get' && selectsNode(attributes, nodeName)) return allow
  if (verb === 'get' || name) return related(nodeName, attributes, graph)
  return noOpinion('can only list/watch pods with spec.nodeName field selector')
}

const rulesByResource: ReadonlyMap<string, Rule> = new Map([
  ['secrets', readNamespaced],
  ['configmaps', readNamespaced],
  ['persistentvolumeclaims', claims],
  ['persistentvolumes', getOnly],
  ['serviceaccounts', serviceAccounts],
  ['nodes', nodes],
  ['pods', pods],
  ['coordination.k8s.io/leases', leases],
  ['resource.k8s.io/resourceclaims', getOnly],
  ['resource.k8s.io/resourceslices', resourceSlices],
  ['storage.k8s.io/csinodes', csiNodes],
  ['storage.k8s.io/volumeattachments', getOnly],
])

export function nodeAuthorizer(graph: NodeGraph): MemoryAuthorizer & RuleResolver {
  const shared = bootstrapObjects().clusterRoles.find((role) => role.metadata.name === 'system:node')?.rules ?? []
  return {
    rulesFor: ({ groups, name }) => (groups.includes(nodesGroup) && nodeNameOf(name) !== undefined ? unlisted : none),
    authorize(attributes) {
      const { user } = attributes
      if (!user.groups.includes(nodesGroup) || !user.name.startsWith('system:node:')) return noOpinion()
      const nodeName = nodeNameOf(user.name)
      if (!nodeName) return noOpinion(`unknown node for user ${goQuote(user.name)}`)
      const rule = attributes.isResourceRequest ? rulesByResource.get(idOf(attributes)) : undefined
      if (rule) return rule(nodeName, attributes, graph)
      return shared.some((each) => ruleAllows(each, attributes)) ? allow : noOpinion()
    },
  }
}
