// `authorizer.group('').resource('pods').check('get').allowed()`. Who decides is given with the value of the variable; the library only
// puts the question together. Source: k8s.io/apiserver pkg/cel/library/authz.go (Authz, AuthzSelectors).
import { isDns1123Label, isDns1123Subdomain } from '../../../apimachinery/validation/names.ts'
import type { Library, Overload } from '../../declarations.ts'
import { boolType, type CelType, stringType } from '../../types/cel-type.ts'
import { CelError, type CelValue } from '../../values/value.ts'
import { authorizerType, decisionType, groupCheckType, pathCheckType, resourceCheckType } from '../types.ts'
import { functions, member, opaque, textOf } from './opaque.ts'

/** May somebody do this? */
export interface AccessQuestion {
  readonly verb: string
  /** Asked for this service account instead of the one who makes the request. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string } | undefined
  /** A path, or else a resource. */
  readonly path?: string
  readonly resource?: AccessResource
}

export interface AccessResource {
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
  readonly fieldSelector?: string
  readonly labelSelector?: string
}

export interface AccessDecision {
  readonly allowed: boolean
  readonly reason: string
  readonly error?: string
}

/** Answers at once, or later; who answers later must know the answer when asked again. */
export type AskAccess = (question: AccessQuestion) => AccessDecision | Promise<AccessDecision>

/** Thrown through an evaluation that needs an answer that is still to come: it is to be run again then. */
export class DecisionPending extends Error {
  override readonly name = 'DecisionPending'
  readonly decided: Promise<unknown>

  constructor(decided: Promise<unknown>) {
    super('an authorization decision is awaited')
    this.decided = decided
  }
}

interface Asker {
  readonly ask: AskAccess
  readonly serviceAccount?: AccessQuestion['serviceAccount'] | undefined
}
type Check<T> = Asker & T

const same = (a: unknown, b: unknown) => a === b
const authorizers = opaque<Asker>(authorizerType, same)
const pathChecks = opaque<Check<{ readonly path: string }>>(pathCheckType, same)
const groupChecks = opaque<Check<{ readonly group: string }>>(groupCheckType, same)
const resourceChecks = opaque<Check<{ readonly resource: AccessResource }>>(resourceCheckType, same)
const decisions = opaque<AccessDecision>(decisionType, same)

/** The value of the variable `authorizer`. */
export const authorizerValue = (ask: AskAccess): CelValue => authorizers.of({ ask })
/** The value of the variable `authorizer.requestResource`. */
export const resourceCheckValue = (ask: AskAccess, resource: AccessResource): CelValue => resourceChecks.of({ ask, resource })

function decide({ ask }: Asker, question: AccessQuestion): CelValue {
  const decision = ask(question)
  if (decision instanceof Promise) throw new DecisionPending(decision)
  return decisions.of(decision)
}

function filled(text: CelValue | undefined, what: string): string {
  const filledText = textOf(text)
  if (filledText.trim() === '') throw new CelError(`${what} must not be empty`)
  return filledText
}

function serviceAccount(asker: Asker, namespace: string, name: string): CelValue {
  if (isDns1123Subdomain(name).length > 0) throw new CelError('Invalid service account name')
  if (isDns1123Label(namespace).length > 0) throw new CelError('Invalid service account namespace')
  return authorizers.of({ ask: asker.ask, serviceAccount: { namespace, name } })
}

/** A method that says one more thing about the resource. */
const narrows = (id: string, field: keyof AccessResource): readonly Overload[] => [
  member(id, [resourceCheckType, stringType], resourceCheckType, (given, text) => {
    const check = resourceChecks.value(given)
    return resourceChecks.of({ ...check, resource: { ...check.resource, [field]: textOf(text) } })
  }),
]

const tells = (id: string, result: CelType, of: (decision: AccessDecision) => CelValue): readonly Overload[] => [
  member(id, [decisionType], result, (given) => of(decisions.value(given))),
]

export const authorizerLibrary: Library = {
  name: 'kubernetes.authz',
  types: [authorizerType, pathCheckType, groupCheckType, resourceCheckType, decisionType],
  functions: functions({
    path: [
      member('authorizer_path', [authorizerType, stringType], pathCheckType, (given, path) =>
        pathChecks.of({ ...authorizers.value(given), path: filled(path, 'path') }),
      ),
    ],
    group: [
      member('authorizer_group', [authorizerType, stringType], groupCheckType, (given, group) =>
        groupChecks.of({ ...authorizers.value(given), group: textOf(group) }),
      ),
    ],
    serviceAccount: [
      member('authorizer_serviceaccount', [authorizerType, stringType, stringType], authorizerType, (given, namespace, name) =>
        serviceAccount(authorizers.value(given), textOf(namespace), textOf(name)),
      ),
    ],
    resource: [
      member('groupcheck_resource', [groupCheckType, stringType], resourceCheckType, (given, resource) => {
        const { group, ...asker } = groupChecks.value(given)
        return resourceChecks.of({ ...asker, resource: { group, resource: filled(resource, 'resource') } })
      }),
    ],
    subresource: narrows('resourcecheck_subresource', 'subresource'),
    namespace: narrows('resourcecheck_namespace', 'namespace'),
    name: narrows('resourcecheck_name', 'name'),
    fieldSelector: narrows('authorizer_fieldselector', 'fieldSelector'),
    labelSelector: narrows('authorizer_labelselector', 'labelSelector'),
    check: [
      member('pathcheck_check', [pathCheckType, stringType], decisionType, (given, verb) => {
        const { ask, ...question } = pathChecks.value(given)
        return decide({ ask }, { ...question, verb: textOf(verb) })
      }),
      member('resourcecheck_check', [resourceCheckType, stringType], decisionType, (given, verb) => {
        const { ask, ...question } = resourceChecks.value(given)
        return decide({ ask }, { ...question, verb: textOf(verb) })
      }),
    ],
    errored: tells('decision_errored', boolType, ({ error }) => error !== undefined),
    error: tells('decision_error', stringType, ({ error }) => error ?? ''),
    allowed: tells('decision_allowed', boolType, ({ allowed }) => allowed),
    reason: tells('decision_reason', stringType, ({ reason }) => reason),
  }),
}
