import type { Attributes, Authorizer, Decision } from '../../authz/authorizer.ts'
import { forbiddenError } from '../../authz/forbidden.ts'
import type { Clock } from '../../../util/clock.ts'
import type { Filter } from '../handler-chain.ts'
import type { AccessObserver } from './access-observer.ts'
import type { ServerRequest } from '../server-request.ts'

/** Runs something in a container, or reaches through a node's kubelet or into a pod's network. */
function opensConnection({ info: { resource, subresource }, wantsUpgrade }: ServerRequest): boolean {
  return (
    subresource === 'exec' || subresource === 'attach' || subresource === 'portforward' || (wantsUpgrade && subresource === 'proxy' && resource === 'nodes')
  )
}

export interface AuthorizationOptions {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly observer: AccessObserver
}

/** @throws {ApiError} 403 */
export function authorization(authorizer: Authorizer, { clock, observer }: AuthorizationOptions): Filter {
  return {
    name: 'authorization',
    wrap: (next) => (request) => {
      const attributes = attributesOf(request)
      const timed = request.audit?.time('authorization')
      const startedMs = clock.monotonic()
      const goOn = (decision: Decision) => {
        timed?.()
        observer.authorized(decision.outcome, (clock.monotonic() - startedMs) / 1000)
        request.audit?.annotate('authorization.k8s.io/decision', decision.outcome === 'allow' ? 'allow' : 'forbid')
        request.audit?.annotate('authorization.k8s.io/reason', decision.reason)
        mustAllow(decision, attributes)
        // A WebSocket exec is a GET. Reading is not running: `get` alone must not open a shell.
        return attributes.verb === 'get' && opensConnection(request) ? openConnection(request, { ...attributes, verb: 'create' }) : next(request)
      }
      const openConnection = async (request: ServerRequest, creating: Attributes) => {
        mustAllow(await authorizer.authorize(creating), creating)
        return next(request)
      }
      const pending = authorizer.authorize(attributes)
      return pending instanceof Promise ? pending.then(goOn) : goOn(pending)
    },
  }
}

function mustAllow(decision: Decision, attributes: Attributes): void {
  if (decision.outcome !== 'allow') throw forbiddenError(attributes, decision.reason)
}

export function attributesOf({ info, user }: ServerRequest): Attributes {
  const { verb, isResourceRequest, apiGroup, apiVersion, namespace, resource, subresource, name, path, fieldSelector, labelSelector } = info
  return { user, verb, isResourceRequest, apiGroup, apiVersion, namespace, resource, subresource, name, path, fieldSelector, labelSelector }
}
