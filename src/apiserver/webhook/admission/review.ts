// AdmissionReviews: what webhooks are asked, and what they may answer. Source: k8s.io/apiserver
// pkg/admission/plugin/webhook/request/admissionreview.go.
import type { KubeObject } from '../../../api/object.ts'
import type { Status } from '../../../apimachinery/api-error.ts'
import { goQuote } from '../../../apimachinery/go-quote.ts'
import { isObject } from '../../../apimachinery/json-equal.ts'
import type { JsonObject, JsonValue } from '../../../apimachinery/json-value.ts'

/** In the order of the server's preference. */
const knownVersions = ['v1', 'v1beta1']

export interface Review {
  readonly uid: string
  readonly version: string
  /** JSON. */
  readonly body: string
}

/** An answer that is none; the message is upstream's. */
export class ReviewError extends Error {
  override readonly name = 'ReviewError'
}

const valueOf = (object: KubeObject | undefined) => (object ?? null) as unknown as JsonValue

/**
 * @param accepted versions that the webhook speaks, the first that the server knows is taken
 * @throws {ReviewError} when there is none
 */
export function newReview(
  uid: string,
  accepted: readonly string[],
  request: JsonObject,
  objects: { readonly object: KubeObject | undefined; readonly oldObject: KubeObject | undefined },
): Review {
  const version = accepted.find((each) => knownVersions.includes(each))
  if (!version) throw new ReviewError(`webhook does not accept known AdmissionReview versions (${knownVersions.join(', ')})`)
  const { dryRun, options, ...asked } = request
  const full = { uid, ...asked, object: valueOf(objects.object), oldObject: valueOf(objects.oldObject), dryRun, options }
  return { uid, version, body: JSON.stringify({ kind: 'AdmissionReview', apiVersion: `admission.k8s.io/${version}`, request: full }) }
}

export interface Verdict {
  readonly allowed: boolean
  readonly result: Partial<Status> | undefined
  /** JSON text of a JSON patch; undefined: nothing is to be changed. */
  readonly patch: string | undefined
  readonly warnings: readonly string[]
  readonly auditAnnotations: ReadonlyMap<string, string>
}

const textOf = (value: JsonValue | undefined) => (typeof value === 'string' ? value : '')
const texts = (value: JsonValue | undefined): readonly string[] => (Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [])

const textMap = (value: JsonValue | undefined): ReadonlyMap<string, string> =>
  new Map(isObject(value) ? Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string') : [])

/** @throws {ReviewError} */
function patchOf({ patch, patchType }: JsonObject, mutating: boolean, strict: boolean): string | undefined {
  const given = typeof patch === 'string' && patch !== '' ? patch : undefined
  const type = typeof patchType === 'string' ? patchType : undefined
  if (!mutating) {
    if (strict && given !== undefined) throw new ReviewError('validating webhook may not return response.patch')
    if (strict && type !== undefined) throw new ReviewError('validating webhook may not return response.patchType')
    return undefined
  }
  if (strict && given !== undefined && type === undefined) throw new ReviewError('webhook returned response.patch but not response.patchType')
  if (strict && given === undefined && type !== undefined) throw new ReviewError('webhook returned response.patchType but not response.patch')
  if (strict && type !== undefined && type !== 'JSONPatch') throw new ReviewError(`webhook returned invalid response.patchType of ${goQuote(type)}`)
  return given === undefined ? undefined : Buffer.from(given, 'base64').toString()
}

/** @throws {ReviewError} */
export function verdictOf(review: Review, answer: JsonValue, mutating: boolean): Verdict {
  if (!isObject(answer)) throw new ReviewError('webhook response was absent')
  const response = answer['response']
  if (!isObject(response)) throw new ReviewError('webhook response was absent')
  const strict = review.version === 'v1'
  if (strict) {
    const uid = textOf(response['uid'])
    if (uid !== review.uid) throw new ReviewError(`expected response.uid=${goQuote(review.uid)}, got ${goQuote(uid)}`)
    const wanted = 'admission.k8s.io/v1, Kind=AdmissionReview'
    const got = `${textOf(answer['apiVersion'])}, Kind=${textOf(answer['kind'])}`
    if (got !== wanted) throw new ReviewError(`expected webhook response of ${wanted}, got ${got}`)
  }
  return {
    allowed: response['allowed'] === true,
    result: isObject(response['status']) ? (response['status'] as Partial<Status>) : undefined,
    patch: patchOf(response, mutating, strict),
    warnings: texts(response['warnings']),
    auditAnnotations: textMap(response['auditAnnotations']),
  }
}
