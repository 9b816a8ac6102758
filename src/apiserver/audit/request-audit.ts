// The audit of one request, from its arrival to the end of its answer.
//
//   made (annotations are kept) → begin(): the policy decides → RequestReceived → [ResponseStarted] → ResponseComplete | Panic
//
// Each stage is a snapshot of what is known by then. Source: k8s.io/apiserver pkg/audit/{context,request}.go.
import type { ObjectReference } from '../../api/audit/v1.ts'
import { ApiError, type Status } from '../../apimachinery/api-error.ts'
import { formatDuration } from '../../apimachinery/duration/duration.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { UserInfo } from '../authn/user.ts'
import type { ServerRequest } from '../http/server-request.ts'
import type { AuditedMetadata, AuditTrail, LatencyPart } from './audit-trail.ts'
import type { AuditBackend } from './backend.ts'
import type { AuditCounts } from './counts.ts'
import { AuditEvent, type ResponseStatus } from './event.ts'
import { atLeast, type Stage } from './level.ts'
import type { AuditConfig, PolicyEvaluator } from './policy/evaluate.ts'
import { requestUri } from './request-uri.ts'
import { mayQuoteCredentials, withoutQuotes } from './sensitive.ts'
import { sourceIps } from './source-ips.ts'
import { truncatedAnnotation } from './truncate.ts'

/** What the audits of all requests share. */
export interface Auditor {
  readonly evaluate: PolicyEvaluator
  readonly backend: AuditBackend
  readonly counts: AuditCounts
  readonly logger: Logger
  /** Milliseconds since the epoch, with a fraction. */
  now(): number
  /** Called when the last stage of a request is recorded. */
  ended(trail: RequestAudit): void
}

const userAgentMax = 1024
/** Requests that take longer tell where the time went. */
const slowMs = 500
/** What happens several times at once: the longest counts, and not the sum. */
const concurrent: ReadonlySet<LatencyPart> = new Set(['apf-queue-wait', 'validating-webhook'])

/** Characters of an answer that is recorded; more would hold the event loop while it is put together and written. */
const responseCharsMax = 16 * 1024 * 1024

/** The client left before there was an answer. */
const closedEarly: ResponseStatus = { code: 200, status: 'Success', message: 'Connection closed early' }

const noAnnotations: ReadonlyMap<string, string> = new Map()

export class RequestAudit implements AuditTrail {
  readonly #auditor: Auditor
  readonly #request: ServerRequest
  readonly #receivedMs: number
  #config: AuditConfig | undefined
  #user: UserInfo | undefined
  #impersonated: UserInfo | undefined
  #constraint = ''
  #objectRef: ObjectReference | undefined
  #status: ResponseStatus | undefined
  #requestObject: string | undefined
  #responseObject: (() => string | AsyncIterable<string>) | undefined
  #annotations: Map<string, string> | undefined
  #latency: Map<LatencyPart, number> | undefined
  #ended = false
  /** The answer is under way as a stream or a connection; its end is the request's end. */
  #answering = false
  #gone = false

  constructor(auditor: Auditor, request: ServerRequest) {
    this.#auditor = auditor
    this.#request = request
    this.#receivedMs = auditor.now()
  }

  /** Whether the policy has been asked. */
  get begun(): boolean {
    return this.#config !== undefined
  }

  get omitManagedFields(): boolean {
    return this.#config?.omitManagedFields ?? false
  }

  get recordsBodies(): boolean {
    return this.#isAudited() && atLeast(this.#config!.level, 'Request')
  }

  /** Asks the policy. @param user undefined: not authenticated @returns whether the request is audited at all */
  begin(user: UserInfo | undefined): boolean {
    const { info } = this.#request
    const config = this.#auditor.evaluate(info, user)
    this.#config = config
    this.#auditor.counts.level(config.level)
    if (config.level === 'None') return false
    this.#user = user
    this.#spent('authentication', this.#auditor.now() - this.#receivedMs)
    if (info.isResourceRequest) {
      const { resource, namespace, name, apiGroup, apiVersion, subresource } = info
      this.#objectRef = { resource, namespace, name, apiGroup, apiVersion, subresource }
    }
    return true
  }

  annotate(key: string, value: string): void {
    if (this.#config?.level === 'None') return
    const annotations = (this.#annotations ??= new Map())
    const known = annotations.get(key)
    if (known === undefined) annotations.set(key, value)
    else if (known !== value) this.#auditor.logger.warn('Audit annotation is set already', { key, auditId: this.#request.auditId })
  }

  time(part: LatencyPart): () => void {
    const fromMs = this.#auditor.now()
    return () => this.#spent(part, this.#auditor.now() - fromMs)
  }

  impersonated(user: UserInfo, constraint: string): void {
    this.#impersonated = user
    this.#constraint = constraint
  }

  requestObject(metadata: AuditedMetadata | undefined, json: () => string): void {
    if (!this.#isAudited()) return
    const { name = '', namespace = '', uid = '', resourceVersion = '' } = metadata ?? {}
    const known = this.#objectRef ?? {}
    this.#objectRef = {
      ...known,
      name: known.name || name,
      namespace: known.namespace || namespace,
      uid: known.uid || uid,
      resourceVersion: known.resourceVersion || resourceVersion,
    }
    if (atLeast(this.#config!.level, 'Request')) this.#requestObject = json()
  }

  responseStatus({ status, message, reason, details, code }: Status): void {
    if (!this.#isAudited()) return
    const full: ResponseStatus = {
      status,
      ...(message ? { message } : {}),
      ...(reason ? { reason } : {}),
      ...(details ? { details } : {}),
      ...(code ? { code } : {}),
    }
    const quotes = !atLeast(this.#config!.level, 'Request') && mayQuoteCredentials(this.#request.info)
    this.#status = quotes ? withoutQuotes(full) : full
  }

  responseObject(json: () => string | AsyncIterable<string>): void {
    if (this.#isAudited() && this.#config!.level === 'RequestResponse') this.#responseObject = json
  }

  /** The code of an answer without a Status. */
  answered(code: number): void {
    this.#status = { ...this.#status, code }
  }

  /** From here on the answer goes out in parts. */
  streaming(): void {
    this.#answering = true
    if (this.#gone) void this.end('ResponseComplete')
  }

  /** What a failed handler chain is answered with. @returns the last stage */
  failed(error: unknown): Stage {
    if (error instanceof ApiError) {
      const status = error.toStatus()
      this.responseStatus(status)
      this.responseObject(() => JSON.stringify(status))
      return 'ResponseComplete'
    }
    const message = `APIServer panic'd: ${error instanceof Error ? error.message : String(error)}`
    this.#status = { code: 500, status: 'Failure', reason: 'InternalError', message }
    return 'Panic'
  }

  aborted(reason: unknown): void {
    if (!this.#isAudited() || this.#ended) return
    this.#gone = true
    if (this.#answering) return void this.end('ResponseComplete')
    // Out of time: the client has its 504 while the handler is still at it.
    if (reason instanceof ApiError) void this.end(this.failed(reason))
  }

  /** Records a stage that is not the last. @returns whether the request may go on */
  stage(stage: 'RequestReceived' | 'ResponseStarted'): boolean | Promise<boolean> {
    if (this.#config!.omitStages.has(stage)) return true
    return this.#process(this.#snapshot(stage, stage === 'RequestReceived' ? this.#receivedMs : this.#auditor.now(), undefined))
  }

  /** Records the last stage, once. Resolves when a blocking back end has it. */
  async end(stage: Stage): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    try {
      this.#status ??= closedEarly
      if (this.#config!.omitStages.has(stage)) return
      const responseObject = this.#responseObject && (await textOf(this.#responseObject()))
      if (this.#responseObject && responseObject === undefined) this.annotate(truncatedAnnotation, 'true')
      const nowMs = this.#auditor.now()
      if (stage === 'ResponseComplete') this.#annotateLatency(nowMs)
      await this.#process(this.#snapshot(stage, nowMs, responseObject))
    } finally {
      this.#auditor.ended(this)
    }
  }

  #spent(part: LatencyPart, ms: number): void {
    const latency = (this.#latency ??= new Map())
    const former = latency.get(part) ?? 0
    latency.set(part, concurrent.has(part) ? Math.max(former, ms) : former + ms)
  }

  #isAudited(): boolean {
    return this.#config !== undefined && this.#config.level !== 'None'
  }

  #process(event: AuditEvent): boolean | Promise<boolean> {
    this.#auditor.counts.events++
    return this.#auditor.backend.process([event])
  }

  #snapshot(stage: Stage, stageMs: number, responseObject: string | undefined): AuditEvent {
    const { source, auditId, headers, info } = this.#request
    const userAgent = headers['user-agent'] ?? ''
    return new AuditEvent({
      level: this.#config!.level,
      auditId,
      stage,
      requestUri: requestUri(source.target),
      verb: info.verb,
      user: this.#user,
      impersonatedUser: this.#impersonated,
      impersonationConstraint: this.#constraint,
      sourceIps: sourceIps(source),
      userAgent: userAgent.length > userAgentMax ? `${userAgent.slice(0, userAgentMax)}...TRUNCATED` : userAgent,
      objectRef: this.#objectRef,
      responseStatus: this.#status,
      requestObject: this.#requestObject,
      responseObject,
      receivedMs: this.#receivedMs,
      stageMs,
      annotations: this.#annotations ? new Map(this.#annotations) : noAnnotations,
    })
  }

  /** Source: pkg/endpoints/request/webhook_duration.go (AuditAnnotationsFromLatencyTrackers). */
  #annotateLatency(nowMs: number): void {
    const totalMs = nowMs - this.#receivedMs
    if (totalMs <= slowMs || !this.#latency) return
    const text = (ms: number) => formatDuration(BigInt(Math.round(ms * 1e6)))
    for (const [part, ms] of this.#latency) if (ms > 0) this.annotate(`apiserver.latency.k8s.io/${part}`, text(ms))
    this.annotate('apiserver.latency.k8s.io/total', text(totalMs))
  }
}

/** @returns undefined for what is too large */
async function textOf(json: string | AsyncIterable<string>): Promise<string | undefined> {
  if (typeof json === 'string') return json.length <= responseCharsMax ? json : undefined
  const parts: string[] = []
  let length = 0
  for await (const part of json) {
    length += part.length
    if (length > responseCharsMax) return undefined
    parts.push(part)
  }
  return parts.join('')
}
