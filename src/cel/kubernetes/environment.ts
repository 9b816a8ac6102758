// What every expression in Kubernetes may use: the language's switches, its extensions and Kubernetes' libraries. Who has variables extends it.
// Source: k8s.io/apiserver pkg/cel/environment/base.go (MustBaseEnvSet).
import { listsLibrary } from '../library/lists.ts'
import { literalValidationLibrary } from '../library/literal-validation.ts'
import { optionalLibrary } from '../library/optional.ts'
import { setsLibrary } from '../library/sets.ts'
import { standardEnvironment } from '../library/standard/standard-environment.ts'
import { stringsLibrary } from '../library/strings/strings.ts'
import { twoVariableComprehensionsLibrary } from '../library/two-variable-comprehensions.ts'
import { authorizerLibrary } from './library/authorizer.ts'
import { callCosts } from './library/call-costs.ts'
import { cidrLibrary } from './library/cidr.ts'
import { formatLibrary } from './library/format.ts'
import { ipLibrary } from './library/ip.ts'
import { listsLibrary as ownListsLibrary } from './library/lists.ts'
import { quantityLibrary } from './library/quantity.ts'
import { regexLibrary } from './library/regex.ts'
import { semverLibrary } from './library/semver.ts'
import { urlLibrary } from './library/url.ts'

/**
 * Upstream has two: one for expressions that are stored already, and one of the release before for new ones, so that a server may be
 * taken back a release. Nothing came in with 1.36, so they are one here; what the next release brings goes into the first only.
 */
export const baseEnvironment = standardEnvironment.extend({
  features: {
    optionalSyntax: true,
    crossTypeNumericComparisons: true,
    homogeneousAggregateLiterals: true,
    presenceTestHasCost: false,
  },
  callCosts,
  libraries: [
    literalValidationLibrary,
    optionalLibrary,
    stringsLibrary(2),
    setsLibrary,
    listsLibrary,
    twoVariableComprehensionsLibrary,
    urlLibrary,
    regexLibrary,
    ownListsLibrary,
    authorizerLibrary,
    quantityLibrary,
    ipLibrary,
    cidrLibrary,
    formatLibrary,
    semverLibrary,
  ],
})
