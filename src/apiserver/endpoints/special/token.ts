// serviceaccounts/token: signs a token. Source: kubernetes pkg/registry/core/serviceaccount/storage/token.go.
import { badRequest, conflict } from '../../../apimachinery/api-error.ts'
import { type FieldError, invalid, newInvalid } from '../../../apimachinery/field-errors.ts'
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import type { BoundObjectReference, TokenRequest } from '../../../api/authentication/v1.ts'
import type { Pod } from '../../../api/core/v1.ts'
import type { KubeObject, Mutable } from '../../../api/object.ts'
import { formatTime } from '../../../util/clock.ts'
import type { ObjectRef } from '../../authn/service-account/claims.ts'
import type { TokenSigner } from '../../authn/service-account/token-signer.ts'
import type { ApiRequest } from '../../http/api-request.ts'
import type { ResourceHandlerDeps, SubresourceHandler } from '../deps.ts'
import { fieldManagerOf, writeContext } from '../write-context.ts'
import { answer, readPosted, subresourceKind } from './posted.ts'

interface TokenDeps {
  readonly signer: TokenSigner
  readonly defaultAudiences: readonly string[]
  /** A pod's own token is good for a year, with a warning in the audit log after what was asked for. */
  readonly extendExpiration: boolean
  /** Longer requests get this much. */
  readonly maxExpirationSeconds?: number
}

const secondsDefault = 3600
const secondsMin = 600
const secondsMax = 2 ** 32
/** A pod's own token asks for about this long and gets a year, with a warning after the hour. */
const extendedSeconds = 3607
const yearSeconds = 365 * 24 * 3600

interface Bound {
  readonly pod?: ObjectRef
  readonly secret?: ObjectRef
  readonly node?: ObjectRef
}

export const createToken =
  ({ signer, defaultAudiences, extendExpiration, maxExpirationSeconds }: TokenDeps): SubresourceHandler =>
  async (request, { deps }) => {
    const { namespace, name } = request.info
    const kind = subresourceKind('v1/serviceaccounts', 'token')
    const { object: tokenRequest, query, negotiated } = await readPosted<Mutable<TokenRequest>>(deps, request, kind, { systemFields: true })
    const admission = admissionOf(deps, request, tokenRequest, query)
    await admission.admit()
    checkName(tokenRequest, name)
    const account = (await deps.registry.store('v1/serviceaccounts')!.get(namespace, name)).object() as unknown as KubeObject
    const spec = (tokenRequest.spec ??= {})
    spec.expirationSeconds ??= secondsDefault
    const { uid } = account.metadata
    if (tokenRequest.metadata.uid && tokenRequest.metadata.uid !== uid) {
      const why = `the UID in the token request (${tokenRequest.metadata.uid}) does not match the UID of the service account (${uid})`
      throw conflict({ group: kind.group, plural: kind.kind }, name, why)
    }
    const metadata = { ...tokenRequest.metadata, name, uid, creationTimestamp: formatTime(deps.clock.now()) }
    const managed = deps.fieldManagement.update({
      ...kind,
      plural: 'serviceaccounts',
      subresource: 'token',
      live: undefined,
      object: { kind: kind.kind, apiVersion: 'authentication.k8s.io/v1', metadata, spec } as unknown as JsonObject,
      manager: fieldManagerOf(request, query.fieldManager),
      nowMs: deps.clock.now(),
    })
    // The audiences that the server fills in are nobody's, and no plugin that changes requests sees them.
    if (!spec.audiences?.length) spec.audiences = [...defaultAudiences]
    validate(spec.expirationSeconds!)
    await admission.validate()
    const bound = await boundObject(deps, account, spec.boundObjectRef)
    const asked = spec.expirationSeconds!
    if (maxExpirationSeconds !== undefined && asked > maxExpirationSeconds) {
      request.warn(`requested expiration of ${asked} seconds shortened to ${maxExpirationSeconds} seconds`)
      spec.expirationSeconds = maxExpirationSeconds
    }
    const extend = extendExpiration && bound.pod !== undefined && spec.expirationSeconds === extendedSeconds && isDefault(spec.audiences!, defaultAudiences)
    const { token, id, expiresAtMs } = signer.sign({
      namespace,
      serviceAccount: refOf(account),
      audiences: spec.audiences!,
      expirationSeconds: extend ? yearSeconds : spec.expirationSeconds!,
      ...bound,
      ...(extend ? { warnAfterSeconds: spec.expirationSeconds! } : {}),
    })
    request.audit?.annotate('authentication.kubernetes.io/issued-credential-id', `JTI=${id}`)
    const expirationTimestamp = formatTime(extend ? deps.clock.now() + spec.expirationSeconds! * 1000 : expiresAtMs)
    return answer(deps, request, negotiated, kind.type, { ...managed, spec: spec as unknown as JsonObject, status: { token, expirationTimestamp } })
  }

const refOf = ({ metadata }: KubeObject): ObjectRef => ({ name: metadata.name, uid: metadata.uid! })
const isDefault = (audiences: readonly string[], defaults: readonly string[]) => audiences.every((each) => defaults.includes(each))

function admissionOf(
  deps: ResourceHandlerDeps,
  request: ApiRequest,
  tokenRequest: Mutable<TokenRequest>,
  query: { readonly dryRun: boolean; readonly options: Readonly<Record<string, unknown>> },
) {
  const store = deps.registry.store('v1/serviceaccounts')!
  const context = writeContext(deps, request, { name: request.info.name, ...query })
  const attributes = {
    ...store.attributes(context, 'CREATE', undefined),
    kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
  }
  const object = tokenRequest as unknown as Mutable<KubeObject>
  return { admit: () => store.admission.admit({ ...attributes, object }), validate: () => store.admission.validate({ ...attributes, object }) }
}

const tokenKind = { group: 'authentication.k8s.io', kind: 'TokenRequest' }

function checkName({ metadata }: TokenRequest, name: string): void {
  if (!metadata.name || metadata.name === name) return
  throw newInvalid(tokenKind, name, [invalid('metadata.name', metadata.name, 'must match the service account name if specified')])
}

function validate(seconds: number): void {
  const errors: FieldError[] = []
  if (seconds < secondsMin) errors.push(invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 10 minutes'))
  if (seconds > secondsMax) errors.push(invalid('spec.expirationSeconds', seconds, 'may not specify a duration larger than 2^32 seconds'))
  if (errors.length > 0) throw newInvalid(tokenKind, '', errors)
}

/** The object that the token ends with. @throws {ApiError} 400, 404, 409 */
async function boundObject(deps: ResourceHandlerDeps, account: KubeObject, reference: BoundObjectReference | undefined): Promise<Bound> {
  if (!reference) return {}
  const { apiVersion = '', kind = '', name = '', uid } = reference
  const plurals: Readonly<Record<string, string>> = { Pod: 'pods', Secret: 'secrets', Node: 'nodes' }
  if (apiVersion.includes('/') || !Object.hasOwn(plurals, kind)) {
    const groupVersion = apiVersion.includes('/') ? apiVersion : `/${apiVersion}`
    throw badRequest(`cannot bind token to object of type ${groupVersion}, Kind=${kind}`)
  }
  if (!name) throw badRequest('Name parameter required.')
  const found = (await deps.registry.store(`v1/${plurals[kind]!}`)!.get(account.metadata.namespace!, name)).object() as unknown as KubeObject
  if (uid && uid !== found.metadata.uid) {
    const why = `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`
    throw conflict({ group: '', plural: kind }, name, why)
  }
  if (kind === 'Secret') return { secret: refOf(found) }
  if (kind === 'Node') return { node: refOf(found) }
  const pod = found as unknown as Pod
  if (pod.spec.serviceAccountName !== account.metadata.name) {
    throw badRequest(`cannot bind token for serviceaccount "${account.metadata.name}" to pod running with different serviceaccount name.`)
  }
  return { pod: refOf(found), ...(await nodeOf(deps, pod)) }
}

/** The node of a bound pod; one that is not registered is named without its uid, so it is left out. */
async function nodeOf(deps: ResourceHandlerDeps, { spec }: Pod): Promise<Bound> {
  if (!spec.nodeName) return {}
  const nodes = deps.registry.store('v1/nodes')!
  const entry = await nodes.read(nodes.keyOf('', spec.nodeName))
  return entry ? { node: refOf(entry.object() as unknown as KubeObject) } : {}
}
