// An API server without its resources: the handler chain, the paths that are no resources, and a life from listening to
// draining. What resources there are comes in as one handler.
import type { Codec } from '../apimachinery/codec/codec.ts'
import type { Transport } from '../client/transport/transport.ts'
import { addStartTime } from '../component-base/metrics/process-metrics.ts'
import { MetricsRegistry } from '../component-base/metrics/registry.ts'
import type { Logger } from '../component-base/logger.ts'
import type { Clock } from '../util/clock.ts'
import { systemRand } from '../util/rand.ts'
import type { Auditing } from './audit/auditing.ts'
import type { Authenticator } from './authn/authenticator.ts'
import type { Authorizer } from './authz/authorizer.ts'
import type { FlowControl } from './flowcontrol/flow-control.ts'
import { isDocument } from './endpoints/fixed-document.ts'
import { type HealthCheck, healthResponse, log, ping } from './health/health-checks.ts'
import { type PostStartHook, PostStartHooks } from './health/post-start-hooks.ts'
import type { ApiRequest, ApiResponse, Handler, RequestInfo } from './http/api-request.ts'
import { auditId } from './http/filters/audit-id.ts'
import { authentication } from './http/filters/authentication.ts'
import { authorization } from './http/filters/authorization.ts'
import { deadline } from './http/filters/deadline.ts'
import { RequestDrain } from './http/filters/drain.ts'
import { goaway } from './http/filters/goaway.ts'
import { impersonation } from './http/filters/impersonation.ts'
import { type InFlightLimits, maxInFlight } from './http/filters/max-in-flight.ts'
import { isDryRun, observeRequest } from './http/filters/observe-request.ts'
import { panicRecovery } from './http/filters/panic-recovery.ts'
import { priorityAndFairness } from './http/filters/priority-and-fairness.ts'
import { requestInfo } from './http/filters/request-info.ts'
import { buildHandlerChain } from './http/handler-chain.ts'
import { inProcessTransport } from './http/in-process-transport.ts'
import { indentedJson, pageNotFound, statusEncoder } from './http/object-encoder.ts'
import { SecureServer, type TlsOptions } from './http/secure-server.ts'
import type { ChainHandler } from './http/server-request.ts'
import { newAccessMetrics } from './metrics/access-metrics.ts'
import { type HealthObserver, newHealthMetrics } from './metrics/health-metrics.ts'
import { newRequestMetrics } from './metrics/request-metrics.ts'
import { versionInfo } from './version.ts'

/** Answers a request for a path that is no resource, or leaves it to the next. */
export type Route = (request: ApiRequest) => ApiResponse | undefined | Promise<ApiResponse | undefined>

/** Metrics of one concern, in text exposition format. */
export type MetricsSource = () => string | Promise<string>

export interface GenericApiServerOptions {
  readonly tls: TlsOptions
  readonly authenticate: Authenticator
  /** Whether requests for a path may be without credentials. */
  readonly allowAnonymous: (path: string) => boolean
  readonly authorizer: Authorizer
  readonly resourceHandler: Handler
  readonly routes: readonly Route[]
  /** What `GET /` lists. */
  readonly indexPaths: () => readonly string[]
  /** Of /readyz alone. */
  readonly readinessChecks: readonly HealthCheck[]
  /** Of all three endpoints. */
  readonly healthChecks?: readonly HealthCheck[]
  /** Where requests and access are counted; /metrics shows it. */
  readonly registry: MetricsRegistry
  /** What /metrics shows beside it. */
  readonly metrics?: readonly MetricsSource[]
  readonly postStartHooks: readonly PostStartHook[]
  /** Whether a resource exists: bounds the labels of metrics. */
  readonly isServed: (info: RequestInfo) => boolean
  /** Without it requests are not recorded, and pay nothing for it. */
  readonly auditing: Auditing | undefined
  readonly codec: Codec
  readonly clock: Clock
  readonly logger: Logger
  /** Without priority and fairness. */
  readonly limits?: InFlightLimits
  /** Priority and fairness; without it `limits` alone protect the server. */
  readonly flowControl?: FlowControl
  readonly requestTimeoutMs?: number
  /** Chance of an h2 request to end its connection with GOAWAY. Default 0. */
  readonly goawayChance?: number
  /** Between failing /readyz and refusing connections: load balancers need the time. */
  readonly shutdownDelayMs?: number
  /** While stopping, new requests are answered 429 with Retry-After on connections that are still accepted. */
  readonly shutdownSendRetryAfter?: boolean
  /** While stopping, watches are ended evenly over this time, after requests. Default 0: all at once. */
  readonly shutdownWatchTerminationGraceMs?: number
}

const expositionType = 'text/plain; version=0.0.4; charset=utf-8'
/** Upstream's --max-requests-inflight and --max-mutating-requests-inflight. */
export const inFlightDefault: InFlightLimits = { readOnlyMax: 400, mutatingMax: 200 }
/** Upstream's --request-timeout; a stop waits for so long, too. */
const requestTimeoutMsDefault = 60_000

export class GenericApiServer {
  readonly handle: ChainHandler
  readonly #options: GenericApiServerOptions
  readonly #secure: SecureServer
  readonly #drain = new RequestDrain()
  readonly #hooks: PostStartHooks
  readonly #observeHealth: HealthObserver
  /** What levels of service are told from. */
  readonly #slis = new MetricsRegistry()
  readonly #inFlight
  readonly #ready = Promise.withResolvers<void>()
  #stopping = false

  constructor(options: GenericApiServerOptions) {
    const { clock, logger, codec, authorizer, flowControl, goawayChance = 0 } = options
    const { registry } = options
    const observer = newAccessMetrics(registry)
    this.#observeHealth = newHealthMetrics([registry, this.#slis])
    addStartTime(this.#slis)
    const requestTimeoutMs = options.requestTimeoutMs ?? requestTimeoutMsDefault
    this.#options = options
    this.#hooks = new PostStartHooks(options.postStartHooks, logger)
    this.#inFlight = flowControl ? priorityAndFairness(flowControl, requestTimeoutMs) : maxInFlight(options.limits ?? inFlightDefault)
    this.handle = buildHandlerChain(
      [
        panicRecovery(logger, statusEncoder(codec)),
        auditId,
        requestInfo,
        observeRequest(
          newRequestMetrics(registry, { isServed: options.isServed, inFlight: () => this.#inFlight.current(), longRunning: () => this.#longRunning() }),
          clock,
        ),
        this.#drain.filter,
        ...(goawayChance > 0 ? [goaway(goawayChance, systemRand)] : []),
        ...(options.auditing ? [options.auditing.intake] : []),
        deadline(requestTimeoutMs, clock),
        authentication(options.authenticate, { allowAnonymous: options.allowAnonymous, logger, clock, observer }),
        ...(options.auditing ? [options.auditing.audit] : []),
        impersonation(authorizer),
        this.#inFlight,
        authorization(authorizer, { clock, observer }),
      ],
      (request) => (request.info.isResourceRequest ? options.resourceHandler(request) : this.#nonResource(request)),
    )
    this.#secure = new SecureServer(options.tls, { handle: this.handle, clock, logger })
  }

  /** @throws {Error} EADDRINUSE and the like */
  listen(address: { readonly host: string; readonly port: number }): Promise<{ port: number }> {
    return this.#secure.listen(address)
  }

  /** For connections made from now on. @throws {Error} for what is no pair */
  updateTls(tls: TlsOptions): void {
    this.#secure.updateTls(tls)
  }

  /** Resolves once the post-start hooks have run; never, when one of them fails (see {@link run}). */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  /** A transport for components in this process. @param token of the component; it is authenticated like any other */
  inProcessTransport(token: string): Transport {
    return inProcessTransport(this.handle, token)
  }

  /** Runs the post-start hooks, then until `signal` aborts; drains and closes. @throws {Error} when a hook failed */
  async run(signal: AbortSignal): Promise<void> {
    const { logger } = this.#options
    try {
      await this.#hooks.run(signal)
      if (!signal.aborted) logger.info('API server is ready')
      this.#ready.resolve()
      await aborted(signal)
    } finally {
      await this.#stop()
    }
  }

  async #stop(): Promise<void> {
    const { clock, shutdownDelayMs = 0, requestTimeoutMs = requestTimeoutMsDefault, shutdownSendRetryAfter = false } = this.#options
    const { shutdownWatchTerminationGraceMs: watchGraceMs = 0 } = this.#options
    this.#stopping = true
    if (shutdownDelayMs > 0) await clock.sleep(shutdownDelayMs)
    if (shutdownSendRetryAfter) this.#drain.sendRetryAfter()
    else {
      this.#drain.refuseNew()
      this.#secure.stopAccepting()
    }
    const timeout = Promise.withResolvers<void>()
    const timer = clock.after(requestTimeoutMs, timeout.resolve)
    await Promise.race([this.#drain.idle(), timeout.promise])
    timer.cancel()
    await this.#drain.endLongRunning(watchGraceMs, clock)
    if (shutdownSendRetryAfter) this.#secure.stopAccepting()
    this.#secure.close()
    await this.#options.auditing?.close()
  }

  *#longRunning() {
    for (const request of this.#drain.longRunning) yield { method: request.method, info: request.info, dryRun: isDryRun(request) }
  }

  async #nonResource(request: ApiRequest): Promise<ApiResponse> {
    const health = await healthResponse(this.#healthEndpoints(), request, { logger: this.#options.logger, observe: this.#observeHealth })
    if (health) return health
    if (isDocument(request, '/version', 'application/json')) return indentedJson(versionInfo)
    switch (request.info.path) {
      case '/metrics':
        return this.#metricsResponse()
      case '/metrics/slis':
        return exposition(this.#slis.text())
      case '/':
      case '/index.html':
        return indentedJson({ paths: this.#options.indexPaths() })
    }
    for (const route of this.#options.routes) {
      const response = await route(request)
      if (response) return response
    }
    return pageNotFound()
  }

  #healthEndpoints() {
    const { readinessChecks, healthChecks = [] } = this.#options
    const live = [ping, log, ...healthChecks, ...this.#hooks.checks]
    const shutdown: HealthCheck = {
      name: 'shutdown',
      check: () => {
        if (this.#stopping) throw new Error('process is shutting down')
      },
    }
    return new Map([
      ['healthz', live],
      ['livez', live],
      ['readyz', [ping, log, ...healthChecks, ...readinessChecks, ...this.#hooks.checks, shutdown]],
    ] as const)
  }

  async #metricsResponse(): Promise<ApiResponse> {
    const { registry, metrics = [] } = this.#options
    const parts = [registry.text(), ...(await Promise.all(metrics.map(async (text) => text())))]
    return exposition(parts.join(''))
  }
}

const exposition = (body: string): ApiResponse => ({ status: 200, headers: { 'content-type': expositionType }, body })

const aborted = (signal: AbortSignal) =>
  signal.aborted ? Promise.resolve() : new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
