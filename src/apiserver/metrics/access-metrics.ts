// Who was recognised and what was allowed. Source: k8s.io/apiserver pkg/endpoints/filters/metrics.go, pkg/authorization/metrics.
import { exponentialBuckets, type MetricsRegistry } from '../../component-base/metrics/registry.ts'
import type { AccessObserver } from '../http/filters/access-observer.ts'

/** Upstream's: 1 ms to 16 s. */
const buckets = exponentialBuckets(0.001, 2, 15)

export function newAccessMetrics(registry: MetricsRegistry): AccessObserver {
  const requests = registry.counter('authenticated_user_requests', 'Requests of somebody who was recognised, by user: well-known ones, or what kind of name.', [
    'username',
  ])
  const attempts = registry.counter('authentication_attempts', 'Attempts to recognise who asks, by result.', ['result'])
  const authenticationSeconds = registry.histogram('authentication_duration_seconds', 'How long authentication took, in seconds.', buckets, ['result'])
  const decisions = registry.counter('authorization_attempts_total', 'Decisions on requests, by result.', ['result'])
  const authorizationSeconds = registry.histogram('authorization_duration_seconds', 'How long authorization took, in seconds.', buckets, ['result'])
  return {
    authenticated(user, seconds) {
      const result = user === undefined ? 'failure' : 'success'
      attempts.of(result).inc()
      authenticationSeconds.of(result).observe(seconds)
      if (user !== undefined) requests.of(usernameLabel(user)).inc()
    },
    authorized(outcome, seconds) {
      const result = outcome === 'allow' ? 'allowed' : outcome === 'deny' ? 'denied' : 'no-opinion'
      decisions.of(result).inc()
      authorizationSeconds.of(result).observe(seconds)
    },
  }
}

const wellKnown: ReadonlySet<string> = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default'])

/** As upstream: few values, whoever there is. */
const usernameLabel = (name: string) => (wellKnown.has(name) ? name : name.includes('@') ? 'email_id' : 'other')
