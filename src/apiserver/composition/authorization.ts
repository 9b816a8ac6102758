// Rights as the whole server has them: the authorizers of its configuration, asked in its order.
import { systemRand } from '../../util/rand.ts'
import { abacAuthorizer } from '../authz/abac/abac-authorizer.ts'
import type { Authorizer } from '../authz/authorizer.ts'
import { type ConfiguredAuthorizerOptions, ConfiguredAuthorizers } from '../authz/configured-authorizer.ts'
import { forbiddenError } from '../authz/forbidden.ts'
import { followNodeGraph } from '../authz/node/graph.ts'
import { nodeAuthorizer } from '../authz/node-authorizer.ts'
import { rbacAuthorizer } from '../authz/rbac/rbac-authorizer.ts'
import { RbacIndex } from '../authz/rbac/rbac-index.ts'
import { followRbac } from '../authz/rbac/rbac-informers.ts'
import { newAuthorizationWebhookMetrics } from '../authz/webhook/webhook-metrics.ts'
import type { ApiRequest } from '../http/api-request.ts'
import { attributesOf } from '../http/filters/authorization.ts'
import type { ServerRequest } from '../http/server-request.ts'
import type { Loopback } from '../loopback.ts'
import type { ApiServerOptions } from '../server-options.ts'
import { newReviewClient } from '../webhook/review-client.ts'

interface ServerAuthorization {
  readonly authorizer: ConfiguredAuthorizers
  /** What roles grant, whether or not RBAC is asked. */
  readonly rbac: ReturnType<typeof rbacAuthorizer>
}

/** @param podsOfNodes which pods each node has; asked once requests come */
export async function newServerAuthorization(
  options: ApiServerOptions,
  { informers }: Loopback,
  podsOfNodes: Parameters<typeof followNodeGraph>[1],
): Promise<ServerAuthorization> {
  const index = new RbacIndex()
  // Also without RBAC mode: nobody grants what he does not hold, whoever may decide later what grants are worth.
  followRbac(index, informers)
  const rbac = rbacAuthorizer(index)
  return { rbac, authorizer: await newAuthorizer(options, { node: nodeAuthorizer(followNodeGraph(informers, podsOfNodes)), rbac }) }
}

async function newAuthorizer(
  { authorizationModes, authorization, registry, clock, logger }: ApiServerOptions,
  { node, rbac }: Pick<ConfiguredAuthorizerOptions, 'node' | 'rbac'>,
): Promise<ConfiguredAuthorizers> {
  const { abacPolicies, config } = authorization ?? {}
  const modes = authorizationModes.map((type) => ({ type, name: type.toLowerCase() }))
  const authorizers = await ConfiguredAuthorizers.start(config?.current ?? { authorizers: modes }, {
    node,
    rbac,
    ...(abacPolicies ? { abac: abacAuthorizer(abacPolicies) } : {}),
    newReviewClient: ({ kubeconfigFile, timeoutMs }) => newReviewClient({ kubeconfigFile, timeoutMs, clock, rand: systemRand }),
    clock,
    ...(registry ? { observe: newAuthorizationWebhookMetrics(registry) } : {}),
    logger,
  })
  config?.onChange?.((next) => authorizers.reconfigure(next))
  return authorizers
}

/** A PUT or an apply that would create needs the right to create, too. @throws {ApiError} 403 */
export async function authorizeCreate(authorizer: Authorizer, request: ApiRequest): Promise<void> {
  const attributes = { ...attributesOf(request as ServerRequest), verb: 'create' }
  const { outcome, reason } = await authorizer.authorize(attributes)
  if (outcome !== 'allow') throw forbiddenError(attributes, reason)
}
