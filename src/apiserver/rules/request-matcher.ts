// Whether a request is one of those that a webhook or a policy is asked about: by the labels of its namespace and of its object, and by
// rules, which also speak of the resource under its other names. Source: k8s.io/apiserver pkg/admission/plugin/policy/matching/matching.go,
// pkg/admission/plugin/webhook/predicates/{namespace,object}/matcher.go.
import type { NamedRuleWithOperations } from '../../api/admissionregistration/v1.ts'
import type { Namespace } from '../../api/core/v1.ts'
import type { KubeObject } from '../../api/object.ts'
import { internalError, notFound } from '../../apimachinery/api-error.ts'
import { type LabelSelectorObject, selectorFromObject } from '../../apimachinery/labels/from-object.ts'
import type { Labels } from '../../apimachinery/labels/requirement.ts'
import type { AdmissionAttributes } from '../admission/admission.ts'
import type { StoreLister } from '../registry/generic/store-lister.ts'
import { type Equivalents, noEquivalents } from './equivalents.ts'
import { ruleMatches } from './rule-matcher.ts'

/** What webhooks, policies and bindings have in common. */
export interface MatchCriteria {
  readonly namespaceSelector?: LabelSelectorObject
  readonly objectSelector?: LabelSelectorObject
  readonly matchPolicy?: string
  /** Left out or empty: every request. */
  readonly resourceRules?: readonly NamedRuleWithOperations[]
  readonly excludeResourceRules?: readonly NamedRuleWithOperations[]
}

/** As what the request is seen: its own resource and kind, or an equivalent that a rule names. */
export interface Match {
  readonly resource: AdmissionAttributes['resource']
  readonly kind: AdmissionAttributes['kind']
}

export interface MatchedRequest extends AdmissionAttributes {
  readonly object: KubeObject | undefined
}

const labelsOf = (object: KubeObject | undefined): Labels | undefined => object?.metadata?.labels

export class RequestMatcher {
  readonly #namespaces: Pick<StoreLister<Namespace>, 'get'>
  readonly #equivalents: Equivalents

  constructor(namespaces: Pick<StoreLister<Namespace>, 'get'>, equivalents: Equivalents = noEquivalents) {
    this.#namespaces = namespaces
    this.#equivalents = equivalents
  }

  /** The namespace of the request's object; undefined for objects without one. @throws {ApiError} 404 */
  namespaceOf({ kind, namespace }: MatchedRequest): Namespace | undefined {
    const isNamespace = kind.group === '' && kind.version === 'v1' && kind.kind === 'Namespace'
    return namespace === '' || isNamespace ? undefined : this.#namespace(namespace)
  }

  /** @returns undefined: it is none of them. @throws {ApiError} 404 for a namespace that is not there, which only requests that match learn */
  match(criteria: MatchCriteria, request: MatchedRequest): Match | undefined {
    const { namespaceSelector, objectSelector, matchPolicy, resourceRules = [], excludeResourceRules = [] } = criteria
    if (!objectMatches(objectSelector, request)) return undefined
    if (this.#rulesMatch(excludeResourceRules, matchPolicy, request)) return undefined
    const own: Match = { resource: request.resource, kind: request.kind }
    const match = resourceRules.length === 0 ? own : this.#rulesMatch(resourceRules, matchPolicy, request)
    return match && this.#namespaceMatches(namespaceSelector, request) ? match : undefined
  }

  #rulesMatch(rules: readonly NamedRuleWithOperations[], matchPolicy: string | undefined, request: MatchedRequest): Match | undefined {
    const named = ({ resourceNames = [] }: NamedRuleWithOperations) => resourceNames.length === 0 || resourceNames.includes(request.name)
    if (rules.some((rule) => ruleMatches(rule, request) && named(rule))) return { resource: request.resource, kind: request.kind }
    if (matchPolicy !== 'Equivalent') return undefined
    const others = this.#equivalents.of(request.resource, request.subresource)
    for (const rule of rules) {
      const other = others.find(({ resource }) => ruleMatches(rule, { ...request, resource }))
      if (other && named(rule)) return other
    }
    return undefined
  }

  #namespaceMatches(object: LabelSelectorObject | undefined, request: MatchedRequest): boolean {
    const { namespace, resource } = request
    if (namespace === '' && resource.plural !== 'namespaces') return true
    const selector = parsed(object)
    return selector.isEverything || selector.matches(this.#namespaceLabels(request))
  }

  /** Of a namespace that is being written they are those that it will have. */
  #namespaceLabels({ resource, subresource, operation, namespace, object }: MatchedRequest): Labels | undefined {
    const isWrite = operation === 'CREATE' || operation === 'UPDATE'
    if (resource.plural === 'namespaces' && subresource === '' && isWrite) return labelsOf(object)
    return labelsOf(this.#namespace(namespace))
  }

  #namespace(name: string): Namespace {
    const namespace = this.#namespaces.get(name)
    if (!namespace) throw notFound({ group: '', plural: 'namespaces' }, name)
    return namespace
  }
}

function parsed(object: LabelSelectorObject | undefined) {
  try {
    return selectorFromObject(object ?? {})
  } catch (error) {
    throw internalError(error)
  }
}

/** One of the two is enough: an object that loses its label is seen once more. */
function objectMatches(selectorObject: LabelSelectorObject | undefined, { object, oldObject }: MatchedRequest): boolean {
  const selector = parsed(selectorObject)
  if (selector.isEverything) return true
  return [object, oldObject].some((each) => each?.metadata !== undefined && selector.matches(labelsOf(each) ?? {}))
}
