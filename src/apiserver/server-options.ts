// What the whole API server is made from, and what it can do once it is made.
import type { Transport } from '../client/transport/transport.ts'
import type { Component } from '../component-base/component.ts'
import type { MetricsRegistry } from '../component-base/metrics/registry.ts'
import type { Logger } from '../component-base/logger.ts'
import type { Storage } from '../storage/storage.ts'
import type { Clock } from '../util/clock.ts'
import type { PluginSelection } from './admission-plugins.ts'
import type { AuditOptions } from './audit/options.ts'
import type { IdentityOptions } from './authn/identity.ts'
import type { UserInfo } from './authn/user.ts'
import type { Policy } from './authz/abac/policies.ts'
import type { AuthorizationConfiguration, AuthorizerType } from './authz/config/authorization-configuration.ts'
import type { BootstrapObjects } from './authz/rbac/bootstrap-objects.ts'
import type { ConfigSource } from './config-file/config-source.ts'
import type { LoadedEncryption } from './encryption/reload/load.ts'
import type { InFlightLimits } from './http/filters/max-in-flight.ts'
import type { TlsOptions } from './http/secure-server.ts'
import type { PortRange } from './registry/core/service/port-range.ts'
import type { KubeletCredentials } from './streaming/proxy.ts'

export type AuthorizationMode = Exclude<AuthorizerType, 'ABAC' | 'Webhook'>

export interface ApiServerOptions extends Pick<
  IdentityOptions,
  'tokenFile' | 'bootstrapTokenAuth' | 'requestHeader' | 'anonymousAuth' | 'anonymousPaths' | 'authenticationConfig' | 'tokenWebhook'
> {
  readonly storage: Storage
  /** Left out: the store is part of this process. */
  readonly sharedStore?: SharedStoreOptions
  readonly tls: TlsOptions
  /** In the order in which they are asked; `authorization` says more and takes their place. */
  readonly authorizationModes: readonly AuthorizationMode[]
  readonly authorization?: { readonly config: ConfigSource<AuthorizationConfiguration>; readonly abacPolicies?: readonly Policy[] }
  /** RBAC objects that this cluster has beside those of every cluster. */
  readonly ownRbac?: Partial<BootstrapObjects>
  readonly admission: PluginSelection
  /** One or two CIDRs, comma separated; the first is the cluster's default family. */
  readonly serviceClusterIpRange: string
  readonly serviceNodePortRange: PortRange
  readonly serviceAccount: {
    /** The first one signs. */
    readonly issuers: readonly string[]
    /** PEM private key. */
    readonly signingKey: string
    /** PEM keys that are accepted beside the signing key. */
    readonly verificationKeys: readonly string[]
    /** Default: the issuers. */
    readonly audiences?: readonly string[]
    /** --service-account-lookup, default true. */
    readonly lookup?: boolean
    /** --service-account-extend-token-expiration, default true, as upstream: tokens of pods are good for a year; false: for what they say. */
    readonly extendTokenExpiration?: boolean
    /** --service-account-max-token-expiration: longer requests get this much; left out, as much as they ask for. */
    readonly maxTokenExpirationSeconds?: number
    /** --service-account-jwks-uri; default: this server's own. */
    readonly jwksUri?: string
  }
  /** host:port that clients reach the server at. */
  readonly advertiseAddress: string
  /** How the server shows itself to kubelets; without it they are called without a certificate, and theirs is not checked. */
  readonly kubeletCredentials?: KubeletCredentials
  /** Encryption at rest; without it values are stored as they are. */
  readonly encryption?: LoadedEncryption
  /** Without it nothing is audited. */
  readonly audit?: AuditOptions
  /** Together they are the seats of priority and fairness. */
  readonly limits?: InFlightLimits
  /** Default true. */
  readonly priorityAndFairness?: boolean
  readonly requestTimeoutMs?: number
  /** Least time of a watch without timeoutSeconds; it lasts up to twice as long. Default 1800. */
  readonly minRequestTimeoutSeconds?: number
  readonly goawayChance?: number
  readonly shutdownDelayMs?: number
  readonly shutdownSendRetryAfter?: boolean
  readonly shutdownWatchTerminationGraceMs?: number
  /** How long Events live; default: an hour. */
  readonly eventTtlSeconds?: number
  /** What componentstatuses tells of beside the store: name -> where it is; default: nothing. */
  readonly controlPlaneParts?: ReadonlyMap<string, ControlPlanePart>
  /** What /flagz shows: name -> value; without it there is none. */
  readonly flags?: ReadonlyMap<string, string>
  /** Where everything is counted; default: one of its own. */
  readonly registry?: MetricsRegistry
  readonly clock: Clock
  readonly logger: Logger
}

/** The port of its /healthz on 127.0.0.1, or here: then it lives as long as the server does. */
export type ControlPlanePart = number | 'in-process'

/** How the server treats a store that it shares with other servers, an etcd. */
export interface SharedStoreOptions {
  /** Upstream's --etcd-compaction-interval; 0: this server never compacts. */
  readonly compactionIntervalMs: number
  /** How long the checks `etcd` and `etcd-readiness` wait for an answer: upstream's --etcd-healthcheck-timeout and --etcd-readycheck-timeout. */
  readonly healthTimeoutMs: number
  readonly readinessTimeoutMs: number
}

export interface ApiServer extends Component {
  /** @throws {Error} EADDRINUSE and the like */
  listen(address: { readonly host: string; readonly port: number }): Promise<{ port: number }>
  /** A new serving certificate for connections to come, and the authorities that clients are believed by from now on. @throws {Error} */
  updateTls(tls: TlsOptions): void
  /** Resolves once /readyz would say so: bootstrap objects are there, RBAC is in force. */
  readonly ready: Promise<void>
  /** A transport for a component of this process; its requests carry `token`. */
  inProcessTransport(token: string): Transport
  /** Makes `token` known as `user`, for components of this process. */
  addToken(token: string, user: UserInfo): void
}
