// Who answers what is no object of the store: connections to pods and nodes, reviews, tokens, evictions.
import { systemRand } from '../../util/rand.ts'
import type { Identity } from '../authn/identity.ts'
import type { SigningKey } from '../authn/service-account/keys.ts'
import { newTokenSigner } from '../authn/service-account/token-signer.ts'
import type { ConfiguredAuthorizers } from '../authz/configured-authorizer.ts'
import type { SubresourceHandler } from '../endpoints/deps.ts'
import type { HealthOf } from '../endpoints/special/component-statuses.ts'
import { newSpecialHandlers } from '../endpoints/special/handlers.ts'
import type { ApiServerOptions } from '../server-options.ts'
import { objectProxyHandlers } from '../streaming/object-proxy.ts'
import { podStreamHandlers } from '../streaming/pod-streams.ts'
import { Proxy } from '../streaming/proxy.ts'

interface Dependencies {
  readonly authorizer: ConfiguredAuthorizers
  readonly identity: Identity
  /** Signs tokens of service accounts. */
  readonly key: SigningKey
  /** Whom componentstatuses asks. */
  readonly components: ReadonlyMap<string, HealthOf>
}

export function subresourceHandlers(
  { kubeletCredentials, serviceAccount, clock }: ApiServerOptions,
  { authorizer, identity, key, components }: Dependencies,
): ReadonlyMap<string, SubresourceHandler> {
  const { issuers, extendTokenExpiration = true, maxTokenExpirationSeconds } = serviceAccount
  const proxy = new Proxy(kubeletCredentials)
  return new Map([
    ...podStreamHandlers(proxy),
    ...objectProxyHandlers(proxy, systemRand),
    ...newSpecialHandlers({
      authorizer,
      components,
      rules: authorizer,
      reviewToken: identity.reviewToken,
      signer: newTokenSigner({ issuer: issuers[0]!, key, clock }),
      defaultAudiences: identity.apiAudiences,
      extendExpiration: extendTokenExpiration,
      ...(maxTokenExpirationSeconds === undefined ? {} : { maxExpirationSeconds: maxTokenExpirationSeconds }),
    }),
  ])
}
