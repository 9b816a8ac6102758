// Everybody whom the server can recognise, and the same for TokenReview: a proxy's headers, client certificates, then tokens (the
// process's own, the token file, service accounts, bootstrap tokens, JWT issuers, a webhook), then nobody.
// Source: k8s.io/kubernetes pkg/kubeapiserver/authenticator/config.go.
import { isNotFound } from '../../apimachinery/api-error.ts'
import { lastUsedLabel } from '../../api/core/token-secret.ts'
import type { Secret } from '../../api/core/v1.ts'
import { nodes, pods, secrets, serviceAccounts } from '../../api/resources.ts'
import type { Client } from '../../client/client.ts'
import type { MetricsRegistry } from '../../component-base/metrics/registry.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import { systemRand } from '../../util/rand.ts'
import type { ConfigSource } from '../config-file/config-source.ts'
import type { StoreListers } from '../registry/generic/store-lister.ts'
import { newHttpsClient } from '../webhook/https-client.ts'
import { newReviewClient } from '../webhook/review-client.ts'
import type { AnonymousAccess } from './anonymous.ts'
import type { Authenticator } from './authenticator.ts'
import { bootstrapTokenAuthenticator } from './bootstrap-token.ts'
import type { ClientTrust } from './certificate-bundle.ts'
import type { AuthenticationConfiguration } from './config/authentication-configuration.ts'
import { JwtIssuers } from './oidc/jwt-issuers.ts'
import { requestHeaderAuthenticator, type RequestHeaderOptions } from './request-header.ts'
import type { BoundObjectGetter } from './service-account/bound-objects.ts'
import type { VerificationKey } from './service-account/keys.ts'
import { serviceAccountTokens } from './service-account/token-authenticator.ts'
import { bearerTokens, forAudiences, tokenReviewer, unionTokens } from './token-authenticator.ts'
import { newTokenCacheMetrics } from './token-cache-metrics.ts'
import { cachedTokens, tokenCacheDefaults } from './token-cache.ts'
import { readTokenFile, type TokenTable } from './token-file.ts'
import { unionAuthenticator } from './union.ts'
import { tokenWebhook } from './webhook/token-webhook.ts'
import { x509Authenticator } from './x509.ts'

export interface IdentityOptions {
  /** Content of --token-auth-file. */
  readonly tokenFile?: string
  /** Whether requests without credentials are system:anonymous. */
  readonly anonymousAuth: boolean
  /** Only at these paths; left out: at all. */
  readonly anonymousPaths?: ReadonlySet<string>
  /** JWT issuers, from the --oidc-* flags or a file; what a file says of anonymous requests takes the place of the above. */
  readonly authenticationConfig?: ConfigSource<AuthenticationConfiguration>
  readonly tokenWebhook?: { readonly kubeconfigFile: string; readonly version: 'v1' | 'v1beta1'; readonly cacheTtlMs: number }
  /** --enable-bootstrap-token-auth; default: no. */
  readonly bootstrapTokenAuth?: boolean
  /** --requestheader-*; in force with the authority of proxies. */
  readonly requestHeader?: RequestHeaderOptions
  readonly serviceAccount: { readonly issuers: readonly string[]; readonly audiences?: readonly string[]; readonly lookup?: boolean }
  /** Of components of this process. */
  readonly tokens: TokenTable
  readonly keys: readonly VerificationKey[]
  /** The authorities of the moment. */
  readonly trust: () => ClientTrust
  readonly listers: StoreListers
  readonly client: Client
  readonly registry: MetricsRegistry
  readonly clock: Clock
  readonly logger: Logger
}

/** Upstream's: one attempt at a webhook or an issuer. */
const requestTimeoutMs = 30_000

export type Identity = Awaited<ReturnType<typeof newIdentity>>

/** @throws {Error} for a token file, a webhook's kubeconfig or an issuer's certificates that cannot be used */
export async function newIdentity(options: IdentityOptions) {
  const { tokenFile, tokens, keys, serviceAccount, authenticationConfig, requestHeader, trust, client, clock, logger } = options
  const { issuers } = serviceAccount
  const observer = newTokenCacheMetrics(options.registry)
  const apiAudiences = serviceAccount.audiences ?? issuers
  const tables = [tokens.authenticate, ...(tokenFile === undefined ? [] : [readTokenFile(tokenFile).authenticate])]
  const jwtIssuers = new JwtIssuers({
    newHttpsClient: (ca) => newHttpsClient({ ...(ca ? { ca } : {}), timeoutMs: requestTimeoutMs }),
    apiAudiences,
    clock,
    logger,
  })
  const webhook = options.tokenWebhook && {
    ...options.tokenWebhook,
    client: await newReviewClient({ kubeconfigFile: options.tokenWebhook.kubeconfigFile, timeoutMs: requestTimeoutMs, clock, rand: systemRand }),
  }
  let configuration = authenticationConfig?.current
  jwtIssuers.configure(configuration?.jwt ?? [])
  authenticationConfig?.onChange?.(async (next) => {
    jwtIssuers.configure(next.jwt)
    configuration = next
    logger.info('Reloaded the authentication configuration', { issuers: next.jwt.length })
  })
  const foreign = [
    ...(authenticationConfig ? [cachedTokens(jwtIssuers.authenticate, { ...tokenCacheDefaults, clock, observer })] : []),
    ...(webhook
      ? [cachedTokens(tokenWebhook({ ...webhook, apiAudiences }), { successTtlMs: webhook.cacheTtlMs, failureTtlMs: webhook.cacheTtlMs, clock, observer })]
      : []),
  ]
  const agnostic = (authenticate: Authenticator) => forAudiences(authenticate, apiAudiences)
  const bootstrap = options.bootstrapTokenAuth ? [bootstrapTokenAuthenticator((name) => findSecret(client, 'kube-system', name), clock)] : []
  const lookup = serviceAccount.lookup ?? true
  const ours = serviceAccountTokens({
    issuers,
    keys,
    apiAudiences,
    lookup,
    getter: boundObjectGetter(options),
    used: (...use) => void recordUse(options, ...use),
    clock,
  })
  const tokenAuthenticator = unionTokens([...tables.map(agnostic), ours, ...bootstrap.map(agnostic), ...foreign])
  const certificates = [
    ...(requestHeader ? [requestHeaderAuthenticator(requestHeader, () => trust().requestHeader, clock)] : []),
    x509Authenticator(clock, () => trust().client),
  ]
  const flags: AnonymousAccess = { enabled: options.anonymousAuth, ...(options.anonymousPaths ? { paths: options.anonymousPaths } : {}) }
  return {
    apiAudiences,
    authenticate: unionAuthenticator([...certificates, bearerTokens(tokenAuthenticator, apiAudiences)]),
    reviewToken: tokenReviewer(tokenAuthenticator, apiAudiences),
    anonymous: () => configuration?.anonymous ?? flags,
    close: () => {
      jwtIssuers.configure([])
      webhook?.client.close()
    },
  }
}

/** Accounts, pods and nodes from the watch cache, which has seen every write that this server has answered; secrets, of which few are asked for, by reading. */
function boundObjectGetter({ listers, client }: Pick<IdentityOptions, 'listers' | 'client'>): BoundObjectGetter {
  const accountLister = listers.for(serviceAccounts)
  const podLister = listers.for(pods)
  const nodeLister = listers.for(nodes)
  let isReady = false
  const read = <T>(lookup: () => T): T | Promise<T> => {
    if (isReady) return lookup()
    return listers.start().then(() => {
      isReady = true
      return lookup()
    })
  }
  return {
    serviceAccount: (namespace, name) => read(() => accountLister.get(`${namespace}/${name}`)),
    pod: (namespace, name) => read(() => podLister.get(`${namespace}/${name}`)),
    node: (name) => read(() => nodeLister.get(name)),
    secret: (namespace, name) => findSecret(client, namespace, name),
  }
}

/** At most once a day and secret, but for requests that come together. */
async function recordUse({ client, logger }: Pick<IdentityOptions, 'client' | 'logger'>, namespace: string, name: string, day: string): Promise<void> {
  try {
    await client.patch(secrets, { namespace, name }, { type: 'merge', patch: { metadata: { labels: { [lastUsedLabel]: day } } } })
  } catch (error) {
    if (!isNotFound(error)) logger.error('The use of a token could not be taken down', error, { secret: `${namespace}/${name}` })
  }
}

async function findSecret(client: Client, namespace: string, name: string): Promise<Secret | undefined> {
  try {
    return await client.get(secrets, { namespace, name })
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
