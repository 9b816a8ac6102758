import type { UserInfo } from '../authn/user.ts'

/** What somebody wants to do. Source: k8s.io/apiserver pkg/authorization/authorizer/interfaces.go. */
export interface Attributes {
  readonly user: UserInfo
  readonly verb: string
  readonly isResourceRequest: boolean
  readonly apiGroup: string
  readonly apiVersion: string
  readonly namespace: string
  readonly resource: string
  readonly subresource: string
  readonly name: string
  /** For non-resource requests. */
  readonly path: string
  readonly fieldSelector?: string
  readonly labelSelector?: string
}

export interface Decision {
  /** `no-opinion`: the next authorizer decides; at the end of the line it means no. `deny` stops at once. */
  readonly outcome: 'allow' | 'deny' | 'no-opinion'
  /** Why, for reviews and messages; often ''. */
  readonly reason: string
  /** What went wrong while deciding; the decision holds all the same. */
  readonly error?: string
}

/**
 * Decides at once where memory is enough, so that a request pays no turn of the event loop for it; a promise only where somebody
 * else has to be asked. The promise does not reject: what goes wrong is part of the decision.
 */
export interface Authorizer {
  authorize(attributes: Attributes): Decision | Promise<Decision>
}

/** Reads memory only: RBAC, Node, ABAC. */
export interface MemoryAuthorizer extends Authorizer {
  authorize(attributes: Attributes): Decision
}

/** One rule as it applies to somebody: the shape of rbac/v1 PolicyRule. */
export interface Rule {
  readonly verbs: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
}

/** Lists what somebody may do in a namespace: for SelfSubjectRulesReview and for escalation checks. */
export interface RuleResolver {
  /** @param namespace '' for cluster-wide rules only */
  rulesFor(user: UserInfo, namespace: string): ResolvedRules
}

export interface ResolvedRules {
  readonly rules: readonly Rule[]
  /** Roles that could not be resolved, authorizers that cannot list what they allow. */
  readonly errors: readonly string[]
  /** The user may do more than is listed. */
  readonly incomplete?: boolean
}

const noOpinion: Decision = { outcome: 'no-opinion', reason: '' }

/** Asks each in turn until one allows or denies. Reasons and errors of those without an opinion are kept, one a line. */
export function unionAuthorizer(authorizers: readonly Authorizer[]): Authorizer {
  if (authorizers.length === 1) return authorizers[0]!
  return {
    authorize(attributes) {
      const undecided: Decision[] = []
      for (const [index, authorizer] of authorizers.entries()) {
        const decision = authorizer.authorize(attributes)
        if (decision instanceof Promise) return decideLater(decision, authorizers.slice(index + 1), attributes, undecided)
        if (decision.outcome !== 'no-opinion') return decision
        if (decision.reason || decision.error) undecided.push(decision)
      }
      return nobodyDecided(undecided)
    },
  }
}

async function decideLater(first: Promise<Decision>, rest: readonly Authorizer[], attributes: Attributes, undecided: Decision[]): Promise<Decision> {
  const decision = await first
  if (decision.outcome !== 'no-opinion') return decision
  undecided.push(decision)
  for (const authorizer of rest) {
    const next = await authorizer.authorize(attributes)
    if (next.outcome !== 'no-opinion') return next
    undecided.push(next)
  }
  return nobodyDecided(undecided)
}

function nobodyDecided(undecided: readonly Decision[]): Decision {
  if (undecided.length === 0) return noOpinion
  const reasons = undecided.flatMap(({ reason }) => reason || [])
  const errors = undecided.flatMap(({ error }) => error || [])
  return { outcome: 'no-opinion', reason: reasons.join('\n'), ...(errors.length > 0 ? { error: errors.join(', ') } : {}) }
}

/** The rules of all. */
export function unionRules(resolvers: readonly RuleResolver[]): RuleResolver {
  return {
    rulesFor(user, namespace) {
      const all = resolvers.map((resolver) => resolver.rulesFor(user, namespace))
      return { rules: all.flatMap((r) => r.rules), errors: all.flatMap((r) => r.errors), incomplete: all.some((r) => r.incomplete) }
    },
  }
}

/** `--authorization-mode=AlwaysAllow`. */
export const alwaysAllow: MemoryAuthorizer = { authorize: () => ({ outcome: 'allow', reason: '' }) }

/** `--authorization-mode=AlwaysDeny`: allows nobody; another authorizer still may. */
export const alwaysDeny: MemoryAuthorizer = { authorize: () => ({ outcome: 'no-opinion', reason: 'Everything is forbidden.' }) }

export const everything: readonly Rule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
]
export const everythingResolver: RuleResolver = { rulesFor: () => ({ rules: everything, errors: [] }) }
export const nothingResolver: RuleResolver = { rulesFor: () => ({ rules: [], errors: [] }) }

/** Members of system:masters may do everything; this comes before all modes and cannot be taken away by a role. */
export const privilegedGroup: MemoryAuthorizer = {
  authorize: ({ user }) => (user.groups.includes('system:masters') ? { outcome: 'allow', reason: '' } : noOpinion),
}
