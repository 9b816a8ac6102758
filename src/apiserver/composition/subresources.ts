// Who answers what is no object of the store: connections to pods and nodes, reviews, tokens, evictions.
import { systemRand } from '../../util/rand.ts'
import type { Identity } from '../authn/identity.ts'
import type { SigningKey } from '../authn/service-account/keys.ts'
import { newTokenSigner } from '../authn/service-account/token-signer.ts'
import type { ConfiguredAuthorizers } from '../authz/configured-authorizer.ts'
import type { SubresourceHandler } from '../endpoints/deps.ts'
import { newSpecialHandlers } from '../endpoints/special/handlers.ts'
import type { ApiServerOptions } from '../server-options.ts'
import { objectProxyHandlers } from '../streaming/object-proxy.ts'
import { podStreamHandlers } from '../streaming/pod-streams.ts'
import { Proxy } from '../streaming/proxy.ts'

/** @param key signs tokens of service accounts */
export function subresourceHandlers(
  { kubeletCredentials, serviceAccount, clock }: ApiServerOptions,
  { authorizer, identity, key }: { readonly authorizer: ConfiguredAuthorizers; readonly identity: Identity; readonly key: SigningKey },
): ReadonlyMap<string, SubresourceHandler> {
  const { issuers, extendTokenExpiration = true, maxTokenExpirationSeconds } = serviceAccount
  const proxy = new Proxy(kubeletCredentials)
  return new Map([
    ...podStreamHandlers(proxy),
    ...objectProxyHandlers(proxy, systemRand),
    ...newSpecialHandlers({
      authorizer,
      rules: authorizer,
      reviewToken: identity.reviewToken,
      signer: newTokenSigner({ issuer: issuers[0]!, key, clock }),
      defaultAudiences: identity.apiAudiences,
      extendExpiration: extendTokenExpiration,
      ...(maxTokenExpirationSeconds === undefined ? {} : { maxExpirationSeconds: maxTokenExpirationSeconds }),
    }),
  ])
}
