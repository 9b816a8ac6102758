// Resources and subresources that are no objects in the store: what answers them.
import type { SubresourceHandler } from '../deps.ts'
import type { Authorizer, RuleResolver } from '../../authz/authorizer.ts'
import type { TokenSigner } from '../../authn/service-account/token-signer.ts'
import { createBinding } from './binding.ts'
import { componentStatuses, type HealthOf } from './component-statuses.ts'
import { createEviction } from './eviction.ts'
import { localSubjectAccessReview, selfSubjectAccessReview, selfSubjectRulesReview, subjectAccessReview } from './access-reviews.ts'
import { selfSubjectReview, type TokenReviewer, tokenReview } from './identity-reviews.ts'
import { createToken } from './token.ts'

interface SpecialDeps {
  readonly authorizer: Authorizer
  readonly rules: RuleResolver
  readonly reviewToken: TokenReviewer
  readonly signer: TokenSigner
  /** Whom componentstatuses asks, beside the store. */
  readonly components: ReadonlyMap<string, HealthOf>
  /** Of tokens that name none. */
  readonly defaultAudiences: readonly string[]
  /** --service-account-extend-token-expiration. */
  readonly extendExpiration: boolean
  /** --service-account-max-token-expiration. */
  readonly maxExpirationSeconds?: number
}

/** `group/plural/subresource` or `group/plural` -> handler, for {@link ResourceHandlerDeps.subresourceHandlers}. */
export function newSpecialHandlers(deps: SpecialDeps): ReadonlyMap<string, SubresourceHandler> {
  return new Map<string, SubresourceHandler>([
    ['bindings', createBinding],
    ['pods/binding', createBinding],
    ['pods/eviction', createEviction],
    ['serviceaccounts/token', createToken(deps)],
    ['componentstatuses', componentStatuses(deps.components)],
    ['authentication.k8s.io/tokenreviews', tokenReview(deps.reviewToken)],
    ['authentication.k8s.io/selfsubjectreviews', selfSubjectReview],
    ['authorization.k8s.io/subjectaccessreviews', subjectAccessReview(deps.authorizer)],
    ['authorization.k8s.io/localsubjectaccessreviews', localSubjectAccessReview(deps.authorizer)],
    ['authorization.k8s.io/selfsubjectaccessreviews', selfSubjectAccessReview(deps.authorizer)],
    ['authorization.k8s.io/selfsubjectrulesreviews', selfSubjectRulesReview(deps.rules)],
  ])
}
