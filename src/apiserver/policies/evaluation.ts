// What the expressions of a policy or webhook see of a request.
import type { Namespace } from '../../api/core/v1.ts'
import type { KubeObject } from '../../api/object.ts'
import type { JsonObject, JsonValue } from '../../apimachinery/json-value.ts'
import { AdmissionEvaluation } from '../../cel/kubernetes/admission/evaluation.ts'
import type { ExpressionCompilation } from '../../cel/kubernetes/expression.ts'
import { type AskAccess, authorizerValue, resourceCheckValue } from '../../cel/kubernetes/library/authorizer.ts'
import { fromJson } from '../../cel/values/from-json.ts'
import type { CelValue } from '../../cel/values/value.ts'
import type { AdmissionAttributes } from '../admission/admission.ts'

export interface Seen {
  readonly attributes: AdmissionAttributes
  /** Of {@link admissionRequestOf}. */
  readonly request: JsonObject
  /** In the version that the rule names. */
  readonly object: KubeObject | undefined
  readonly oldObject: KubeObject | undefined
  readonly namespace: Namespace | undefined
  readonly params?: KubeObject | undefined
  /** Left out: expressions may not ask. */
  readonly ask?: AskAccess
}

const valueOf = (object: object | undefined): CelValue => fromJson((object ?? null) as unknown as JsonValue)

/** Of a namespace what expressions may know. */
function shownNamespace({ metadata, spec, status }: Namespace): object {
  const { managedFields: _fields, ownerReferences: _owners, selfLink: _link, ...shown } = metadata as Namespace['metadata'] & { selfLink?: string }
  return { metadata: shown, spec: spec ?? {}, status: status ?? {} }
}

function requestResource({ resource: { group, plural }, subresource, namespace, name }: AdmissionAttributes) {
  return { group, resource: plural, subresource, namespace, name }
}

function* valuesOf({ attributes, request, object, oldObject, namespace, params, ask }: Seen): Iterable<readonly [string, CelValue]> {
  yield ['object', valueOf(object)]
  yield ['oldObject', valueOf(oldObject)]
  yield ['request', fromJson(request)]
  yield ['namespaceObject', valueOf(namespace && shownNamespace(namespace))]
  yield ['params', valueOf(params)]
  if (!ask) return
  yield ['authorizer', authorizerValue(ask)]
  yield ['authorizer.requestResource', resourceCheckValue(ask, requestResource(attributes))]
}

const noVariables: ReadonlyMap<string, ExpressionCompilation> = new Map()

/** @param variables of the policy */
export function newEvaluation(seen: Seen, budget: number, variables: ReadonlyMap<string, ExpressionCompilation> = noVariables): AdmissionEvaluation {
  return new AdmissionEvaluation({ values: valuesOf(seen), variables, budget })
}
