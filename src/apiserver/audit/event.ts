// One audit.k8s.io/v1 Event: what happened to a request up to a stage. It is a snapshot and never changes; its texts are made
// once, whoever asks. The JSON is written by hand, in the order of the schema table (event.test.ts compares the two): events are
// the one object that is encoded for every request.
import type { Status } from '../../apimachinery/api-error.ts'
import { encodeJson } from '../../apimachinery/codec/json-encode.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { ObjectReference } from '../../api/audit/v1.ts'
import type { UserInfo } from '../authn/user.ts'
import { jsonMap, jsonString, jsonStrings } from './json-text.ts'
import type { Level, Stage } from './level.ts'

/** The bounded members of a Status. */
export type ResponseStatus = Partial<Pick<Status, 'status' | 'message' | 'reason' | 'details' | 'code'>>

export interface EventFields {
  readonly level: Level
  readonly auditId: string
  readonly stage: Stage
  readonly requestUri: string
  readonly verb: string
  /** undefined: nobody, the request was not authenticated. */
  readonly user: UserInfo | undefined
  readonly impersonatedUser: UserInfo | undefined
  readonly impersonationConstraint: string
  readonly sourceIps: readonly string[]
  readonly userAgent: string
  readonly objectRef: ObjectReference | undefined
  readonly responseStatus: ResponseStatus | undefined
  /** JSON. */
  readonly requestObject: string | undefined
  readonly responseObject: string | undefined
  /** Since the epoch, with a fraction. */
  readonly receivedMs: number
  readonly stageMs: number
  readonly annotations: ReadonlyMap<string, string>
}

const typeMembers = '{"kind":"Event","apiVersion":"audit.k8s.io/v1",'

export class AuditEvent {
  readonly fields: EventFields
  #json: string | undefined

  constructor(fields: EventFields) {
    this.fields = fields
  }

  /** Without a newline. */
  get json(): string {
    return (this.#json ??= encode(this.fields))
  }

  /** As an item of an EventList: without kind and apiVersion. */
  get item(): string {
    return `{${this.json.slice(typeMembers.length)}`
  }

  /** Of the JSON. */
  get byteLength(): number {
    return Buffer.byteLength(this.json)
  }

  /** One line for people, as `--audit-log-format=legacy` writes it. @see k8s.io/apiserver pkg/audit/format.go */
  get legacy(): string {
    const { receivedMs, auditId, stage, sourceIps, verb, user, impersonatedUser, userAgent, objectRef, requestUri, responseStatus } = this.fields
    const list = (texts: readonly string[]) => texts.map(goQuote).join(',')
    const pairs = {
      id: auditId,
      stage,
      ip: sourceIps[0] ?? '<unknown>',
      method: verb,
      user: user?.name || '<none>',
      groups: user?.name && user.groups.length > 0 ? list(user.groups) : '<none>',
      as: impersonatedUser ? impersonatedUser.name : '<self>',
      asgroups: impersonatedUser ? list(impersonatedUser.groups) : '<lookup>',
      'user-agent': userAgent,
      namespace: objectRef?.namespace || '<none>',
      uri: requestUri,
      response: responseStatus ? String(responseStatus.code ?? 0) : '<deferred>',
    }
    const text = Object.entries(pairs).map(([key, value]) => `${key}=${goQuote(value)}`)
    return `${formatMicros(receivedMs).replace(/\.?0+Z$/, 'Z')} AUDIT: ${text.join(' ')}`
  }
}

function encode(event: EventFields): string {
  const { user, impersonatedUser, impersonationConstraint, objectRef, responseStatus, requestObject, responseObject, annotations } = event
  let text =
    `${typeMembers}"level":"${event.level}","auditID":${jsonString(event.auditId)},"stage":"${event.stage}"` +
    `,"requestURI":${jsonString(event.requestUri)},"verb":${jsonString(event.verb)},"user":${user ? userJson(user) : '{}'}`
  if (impersonatedUser) text += `,"impersonatedUser":${userJson(impersonatedUser)}`
  if (impersonationConstraint) text += `,"authenticationMetadata":{"impersonationConstraint":${jsonString(impersonationConstraint)}}`
  if (event.sourceIps.length > 0) text += `,"sourceIPs":${jsonStrings(event.sourceIps)}`
  if (event.userAgent) text += `,"userAgent":${jsonString(event.userAgent)}`
  if (objectRef) text += `,"objectRef":${objectRefJson(objectRef)}`
  if (responseStatus) text += `,"responseStatus":${statusJson(responseStatus)}`
  if (requestObject !== undefined) text += `,"requestObject":${requestObject}`
  if (responseObject !== undefined) text += `,"responseObject":${responseObject}`
  text += `,"requestReceivedTimestamp":"${formatMicros(event.receivedMs)}","stageTimestamp":"${formatMicros(event.stageMs)}"`
  return annotations.size > 0 ? `${text},"annotations":${jsonMap(annotations, jsonString)}}` : `${text}}`
}

/** Most users come again and again. */
const usersJson = new WeakMap<UserInfo, string>()

function userJson(user: UserInfo): string {
  let text = usersJson.get(user)
  if (text === undefined) {
    const members = [
      ...(user.name ? [`"username":${jsonString(user.name)}`] : []),
      ...(user.uid ? [`"uid":${jsonString(user.uid)}`] : []),
      ...(user.groups.length > 0 ? [`"groups":${jsonStrings(user.groups)}`] : []),
      ...(user.extra.size > 0 ? [`"extra":${jsonMap(user.extra, jsonStrings)}`] : []),
    ]
    text = `{${members.join(',')}}`
    usersJson.set(user, text)
  }
  return text
}

const referenceMembers = ['resource', 'namespace', 'name', 'uid', 'apiGroup', 'apiVersion', 'resourceVersion', 'subresource'] as const

function objectRefJson(reference: ObjectReference): string {
  let text = ''
  for (const member of referenceMembers) {
    const value = reference[member]
    if (value) text += `${text ? ',' : ''}"${member}":${jsonString(value)}`
  }
  return `{${text}}`
}

function statusJson({ status, message, reason, details, code }: ResponseStatus): string {
  // Nearly all.
  if (!status && !message && !reason && !details) return `{"metadata":{},"code":${code ?? 0}}`
  return encodeJson({
    metadata: {},
    ...(status ? { status } : {}),
    ...(message ? { message } : {}),
    ...(reason ? { reason } : {}),
    ...(details ? { details: details as unknown as JsonObject } : {}),
    ...(code ? { code } : {}),
  })
}

/** Most events are of the same second as the one before. */
let formattedSecond = NaN
let formatted = ''

/** `2026-01-31T10:20:30.123456Z`: a MicroTime. @param ms since the epoch, with a fraction */
export function formatMicros(ms: number): string {
  const micros = Math.floor(ms * 1000)
  const second = Math.floor(micros / 1e6)
  if (second !== formattedSecond) {
    formatted = new Date(second * 1000).toISOString().slice(0, 20)
    formattedSecond = second
  }
  return `${formatted}${String(micros - second * 1e6).padStart(6, '0')}Z`
}
