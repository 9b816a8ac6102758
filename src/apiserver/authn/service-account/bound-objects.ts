// What a token is bound to: its account, and perhaps a pod, a secret or a node. It is worth nothing from the moment on that one of them is
// gone or is another of the same name. Source: k8s.io/kubernetes pkg/serviceaccount/claims.go (Validate).
import { goQuote } from '../../../apimachinery/go-quote.ts'
import type { ServiceAccountClaims } from './claims.ts'

/** What lookups need of an object. */
export interface BoundObject {
  readonly metadata: { readonly uid?: string; readonly deletionTimestamp?: string; readonly labels?: Readonly<Record<string, string>> }
}

export interface BoundPod extends BoundObject {
  readonly spec?: { readonly nodeName?: string }
}

export interface BoundAccount extends BoundObject {
  readonly secrets?: readonly { readonly name?: string }[]
}

export interface TokenSecret extends BoundObject {
  /** Base64. */
  readonly data?: Readonly<Record<string, string>>
}

type Lookup<Key extends readonly string[], T extends BoundObject = BoundObject> = (...key: Key) => T | undefined | Promise<T | undefined>

/** Where to look up what a token is bound to; at once where memory knows it. */
export interface BoundObjectGetter {
  readonly serviceAccount: Lookup<[namespace: string, name: string], BoundAccount>
  readonly pod: Lookup<[namespace: string, name: string], BoundPod>
  readonly secret: Lookup<[namespace: string, name: string], TokenSecret>
  readonly node: Lookup<[name: string]>
}

export interface BoundObjects {
  readonly account: BoundObject | undefined
  readonly pod: BoundPod | undefined
  readonly secret: BoundObject | undefined
  readonly node: BoundObject | undefined
}

/** go-jose's leeway: a token of a deleting object stays valid for a minute, so that it can still say goodbye. */
export const leewayMs = 60_000

export function boundObjects(bound: ServiceAccountClaims['kubernetes.io'], getter: BoundObjectGetter): BoundObjects | Promise<BoundObjects> {
  const { namespace, serviceaccount } = bound
  const account = getter.serviceAccount(namespace, serviceaccount.name)
  const pod = bound.pod && getter.pod(namespace, bound.pod.name)
  const secret = bound.secret && getter.secret(namespace, bound.secret.name)
  // A token of a pod names the node only as information; one bound to a node ends with it.
  const node = bound.node && !bound.pod ? getter.node(bound.node.name) : undefined
  if (account instanceof Promise || pod instanceof Promise || secret instanceof Promise || node instanceof Promise) return later({ account, pod, secret, node })
  return { account, pod, secret, node }
}

type Pending = { readonly [K in keyof BoundObjects]: BoundObjects[K] | Promise<BoundObjects[K]> }

async function later(pending: Pending): Promise<BoundObjects> {
  const [account, pod, secret, node] = await Promise.all([pending.account, pending.pod, pending.secret, pending.node])
  return { account, pod, secret, node }
}

const isGone = ({ metadata }: BoundObject, nowMs: number) =>
  metadata.deletionTimestamp !== undefined && Date.parse(metadata.deletionTimestamp) < nowMs - leewayMs

/** @throws {Error} saying what the token has lost */
export function checkBinding(
  { namespace, serviceaccount, pod, secret, node }: ServiceAccountClaims['kubernetes.io'],
  objects: BoundObjects,
  nowMs: number,
): void {
  const { account } = objects
  if (!account) throw new Error(`serviceaccounts ${goQuote(serviceaccount.name)} not found`)
  if (isGone(account, nowMs)) throw new Error(`service account ${namespace}/${serviceaccount.name} has been deleted`)
  if (account.metadata.uid !== serviceaccount.uid) throw new Error(`service account UID (${account.metadata.uid}) does not match claim (${serviceaccount.uid})`)
  const check = (kind: string, ref: { readonly uid: string } | undefined, object: BoundObject | undefined) => {
    if (!ref) return
    if (!object || isGone(object, nowMs)) throw new Error('service account token has been invalidated')
    if (object.metadata.uid === ref.uid) return
    throw new Error(`${kind} UID (${object.metadata.uid}) does not match service account ${kind.toLowerCase()} ref claim (${ref.uid})`)
  }
  check('Secret', secret, objects.secret)
  check('Pod', pod, objects.pod)
  if (!pod) check('Node', node, objects.node)
}
