// Who somebody is: TokenReview, SelfSubjectReview. Source: kubernetes pkg/registry/authentication/{tokenreview,selfsubjectreview}/rest.go.
import { badRequest } from '../../../apimachinery/api-error.ts'
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import { formatTime } from '../../../util/clock.ts'
import type { UserInfo } from '../../authn/user.ts'
import type { SubresourceHandler } from '../deps.ts'
import { fieldManagerOf } from '../write-context.ts'
import { answer, postedKind, readPosted } from './posted.ts'

interface TokenReviewOutcome {
  /** undefined: not authenticated. */
  readonly user: UserInfo | undefined
  /** Those of the token that were asked for. */
  readonly audiences?: readonly string[] | undefined
  readonly error?: string | undefined
}

/** @param audiences that the token must be for; empty: those of the API server */
export type TokenReviewer = (token: string, audiences: readonly string[]) => Promise<TokenReviewOutcome>

interface TokenReview {
  readonly spec: { readonly token?: string; readonly audiences?: readonly string[] }
}

export function userInfo({ name, uid, groups, extra }: UserInfo): JsonObject {
  return {
    username: name,
    ...(uid ? { uid } : {}),
    ...(groups.length > 0 ? { groups: [...groups] } : {}),
    ...(extra.size > 0 ? { extra: Object.fromEntries([...extra].map(([key, values]) => [key, [...values]])) } : {}),
  }
}

export const tokenReview =
  (review: TokenReviewer): SubresourceHandler =>
  async (request, { deps }) => {
    const kind = postedKind('authentication.k8s.io/v1/tokenreviews')
    const { object, query, negotiated } = await readPosted<TokenReview>(deps, request, kind)
    const { token, audiences = [] } = object.spec
    if (!token) throw badRequest('token is required for TokenReview in authentication')
    const managed = deps.fieldManagement.update({
      ...kind,
      plural: 'tokenreviews',
      subresource: '',
      live: undefined,
      object: object as unknown as JsonObject,
      manager: fieldManagerOf(request, query.fieldManager),
      nowMs: deps.clock.now(),
    })
    const { user, audiences: matching, error } = await review(token, audiences)
    const status: JsonObject = {
      ...(user ? { authenticated: true } : {}),
      user: user ? userInfo(user) : {},
      ...(user && matching?.length ? { audiences: [...matching] } : {}),
      ...(error ? { error } : {}),
    }
    return answer(deps, request, negotiated, kind.type, { ...managed, status })
  }

export const selfSubjectReview: SubresourceHandler = async (request, { deps }) => {
  const kind = postedKind('authentication.k8s.io/v1/selfsubjectreviews')
  const { negotiated } = await readPosted(deps, request, kind)
  return answer(deps, request, negotiated, kind.type, {
    kind: 'SelfSubjectReview',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { creationTimestamp: formatTime(deps.clock.now()) },
    status: { userInfo: userInfo(request.user) },
  })
}
