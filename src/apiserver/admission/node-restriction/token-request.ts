// Tokens that a kubelet asks for: only for the service account of a pod of its own, bound to that pod, for an audience that
// the pod mounts. Source: plugin/pkg/admission/noderestriction/admission.go (admitServiceAccount).
import type { TokenRequest } from '../../../api/authentication/v1.ts'
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../api/core/v1.ts'
import type { CSIDriver } from '../../../api/storage/v1.ts'
import { notFound } from '../../../apimachinery/api-error.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { Authorizer } from '../../authz/authorizer.ts'
import { isAllowed, type Questions } from '../../authz/questions.ts'
import type { StoreLister } from '../../registry/generic/store-lister.ts'
import type { ValidatingAttributes } from '../admission.ts'
import { refuse } from '../refuse.ts'

export interface TokenRequestDependencies {
  readonly pods: Pick<StoreLister<Pod>, 'get'>
  readonly claims: Pick<StoreLister<PersistentVolumeClaim>, 'get'>
  readonly volumes: Pick<StoreLister<PersistentVolume>, 'get'>
  readonly csiDrivers: Pick<StoreLister<CSIDriver>, 'get'>
  readonly authorizer: Authorizer
}

/** Drivers whose volumes the pod mounts, inline or through a claim. */
function* driversOf(pod: Pod, { claims, volumes }: TokenRequestDependencies): Generator<string> {
  for (const { name, csi, persistentVolumeClaim, ephemeral } of pod.spec.volumes ?? []) {
    if (csi) yield csi.driver
    const claimName = persistentVolumeClaim?.claimName ?? (ephemeral ? `${pod.metadata.name}-${name}` : undefined)
    const claim = claimName === undefined ? undefined : claims.get(`${pod.metadata.namespace}/${claimName}`)
    const driver = claim?.spec?.volumeName ? volumes.get(claim.spec.volumeName)?.spec?.csi?.driver : undefined
    if (driver) yield driver
  }
}

function mounts(pod: Pod, audience: string, deps: TokenRequestDependencies): boolean {
  const sources = (pod.spec.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? [])
  if (sources.some(({ serviceAccountToken }) => serviceAccountToken && (serviceAccountToken.audience ?? '') === audience)) return true
  return [...driversOf(pod, deps)].some((driver) => deps.csiDrivers.get(driver)?.spec.tokenRequests?.some((request) => request.audience === audience))
}

/** An administrator can allow audiences beyond those that pods name. */
function isAllowedByRight({ user, namespace, name }: ValidatingAttributes, audience: string): Questions<boolean> {
  const verb = 'request-serviceaccounts-token-audience'
  return isAllowed({ user, verb, isResourceRequest: true, apiGroup: '', apiVersion: '', namespace, resource: audience, subresource: '', name, path: '' })
}

/** @throws {ApiError} 403, 404 */
export function* checkTokenRequest(nodeName: string, attributes: ValidatingAttributes, deps: TokenRequestDependencies): Questions<void> {
  const { spec } = attributes.object as unknown as TokenRequest
  const bound = spec.boundObjectRef
  if (bound?.apiVersion !== 'v1' || bound.kind !== 'Pod' || !bound.name) throw refuse(attributes, 'node requested token not bound to a pod')
  if (!bound.uid) throw refuse(attributes, 'node requested token with a pod binding without a uid')
  const pod = deps.pods.get(`${attributes.namespace}/${bound.name}`)
  if (!pod) throw notFound({ group: '', plural: 'pod' }, bound.name)
  if (pod.metadata.uid !== bound.uid) {
    const recreated = 'does not match the UID in record. The object might have been deleted and then recreated'
    throw refuse(attributes, `the UID in the bound object reference (${bound.uid}) ${recreated}`)
  }
  if (pod.spec.nodeName !== nodeName) throw refuse(attributes, 'node requested token bound to a pod scheduled on a different node')
  const audiences = spec.audiences ?? []
  if (audiences.length > 1) throw refuse(attributes, 'node may only request 0 or 1 audiences')
  const audience = audiences[0] ?? ''
  if (mounts(pod, audience, deps) || (yield* isAllowedByRight(attributes, audience))) return
  const { name } = attributes.user
  throw refuse(attributes, `audience ${goQuote(audience)} not found in pod spec volume, ${name} is not authorized to request tokens for this audience`)
}
