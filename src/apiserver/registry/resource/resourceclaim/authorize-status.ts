// Who may write what of a claim's status needs more than the right to its status: who binds claims, `resourceclaims/binding`; a driver, for
// what it reports of its devices, `resourceclaims/driver` with its name, for any node or for the node that it runs on.
// Source: pkg/registry/resource/resource_utils.go (AuthorizedForBinding, AuthorizedForDeviceStatus), KEP-4817.
import type { AllocatedDeviceStatus, AllocationResult, ResourceClaim } from '../../../../api/resource/v1.ts'
import { type FieldError, forbidden } from '../../../../apimachinery/field-errors.ts'
import { semanticEqual } from '../../../../apimachinery/json-equal.ts'
import { splitServiceAccountName } from '../../../authn/well-known-users.ts'
import type { UserInfo } from '../../../authn/user.ts'
import type { Attributes } from '../../../authz/authorizer.ts'
import { forbiddenError } from '../../../authz/forbidden.ts'
import type { Questions } from '../../../authz/questions.ts'
import type { RequestContext } from '../../generic/strategy.ts'
import { deviceKey } from './device-key.ts'

/** @returns why not; undefined: it is allowed */
function* refusal(attributes: Attributes): Questions<string | undefined> {
  const { outcome, reason, error } = yield attributes
  if (outcome === 'allow') return undefined
  return forbiddenError(attributes, error && reason ? `${error}: ${reason}` : (error ?? reason)).message
}

function attributesOf({ user }: RequestContext, verb: string, subresource: string, namespace: string, name: string): Attributes {
  return {
    user,
    verb,
    isResourceRequest: true,
    apiGroup: 'resource.k8s.io',
    apiVersion: 'v1',
    namespace,
    resource: 'resourceclaims',
    subresource,
    name,
    path: '',
  }
}

function* authorizeBinding(
  context: RequestContext,
  verb: string,
  { status: now }: ResourceClaim,
  { status: old }: ResourceClaim,
): Questions<readonly FieldError[]> {
  if (semanticEqual(now?.allocation, old?.allocation) && semanticEqual(now?.reservedFor, old?.reservedFor)) return []
  // In all namespaces, for all names.
  const why = yield* refusal(attributesOf(context, verb, 'binding', '', ''))
  const what = `changing status.allocation or status.reservedFor requires resource="resourceclaims/binding", verb="${verb}" permission`
  return why === undefined ? [] : [forbidden('status', `${what}: ${why}`)]
}

/** Of which something is new, changed or gone. */
function changedDrivers(now: readonly AllocatedDeviceStatus[], old: readonly AllocatedDeviceStatus[]): readonly string[] {
  const before = new Map(old.map((device) => [deviceKey(device), device]))
  const drivers = new Set<string>()
  for (const device of now) {
    const key = deviceKey(device)
    if (!before.has(key) || !semanticEqual(before.get(key), device)) drivers.add(device.driver ?? '')
    before.delete(key)
  }
  for (const { driver } of before.values()) drivers.add(driver ?? '')
  return [...drivers].toSorted()
}

/** The one node that a claim was allocated for. */
function nodeOf(allocation: AllocationResult | undefined): string | undefined {
  const terms = allocation?.nodeSelector?.nodeSelectorTerms ?? []
  const [{ matchExpressions = [], matchFields = [] } = {}] = terms
  const [{ key, operator, values = [] } = {}] = matchFields
  const isOne = terms.length === 1 && matchExpressions.length === 0 && matchFields.length === 1 && values.length === 1
  return isOne && key === 'metadata.name' && operator === 'In' ? values[0] : undefined
}

function runsOn({ name, extra }: UserInfo, node: string | undefined): boolean {
  const nodes = extra.get('authentication.kubernetes.io/node-name') ?? []
  return Boolean(node) && splitServiceAccountName(name) !== undefined && nodes.length === 1 && nodes[0] === node
}

function* authorizeDevices(
  context: RequestContext,
  verb: string,
  { status: now }: ResourceClaim,
  { status: old }: ResourceClaim,
): Questions<readonly FieldError[]> {
  const verbs = [...(runsOn(context.user, nodeOf(now?.allocation)) ? [`associated-node:${verb}`] : []), `arbitrary-node:${verb}`]
  const errors: FieldError[] = []
  for (const driver of changedDrivers(now?.devices ?? [], old?.devices ?? [])) {
    let first: string | undefined
    for (const one of verbs) {
      const why = yield* refusal(attributesOf(context, one, 'driver', context.namespace, driver))
      if (why === undefined) {
        first = undefined
        break
      }
      first ??= why
    }
    const what = `changing status.devices requires resource="resourceclaims/driver", verb="[${verbs.join(' ')}]" permission`
    if (first !== undefined) errors.push(forbidden('status.devices', `${what}: ${first}`))
  }
  return errors
}

/** @param claim as it would be stored */
export function* authorizeStatus(context: RequestContext, claim: ResourceClaim, old: ResourceClaim): Questions<readonly FieldError[]> {
  const verb = context.verb ?? 'update'
  return [...(yield* authorizeBinding(context, verb, claim, old)), ...(yield* authorizeDevices(context, verb, claim, old))]
}
