// Compiles the expressions of one policy or webhook. Each variable that a policy defines is known to the expressions after it.
// Source: k8s.io/apiserver pkg/admission/plugin/cel/{compile,composition}.go.
import type { Steps } from '../../../util/steps.ts'
import type { Environment } from '../../environment.ts'
import { type CelType, dynType, ObjectType } from '../../types/cel-type.ts'
import { baseEnvironment } from '../environment.ts'
import { type ExpressionCompilation, expressionInSteps } from '../expression.ts'
import { jsonPatchLibrary } from '../library/json-patch.ts'
import { authorizerType, resourceCheckType } from '../types.ts'
import { constructionTypes } from './construction.ts'
import { namespaceType, requestType } from './request-types.ts'

/** Which variables an expression has beyond `object`, `oldObject`, `request` and `namespaceObject`. */
export interface Declared {
  readonly params: boolean
  readonly authorizer: boolean
  /** Objects and patches can be constructed. */
  readonly construction?: boolean
}

/** Types of objects, where they are known: to warn about what cannot be right. */
export interface ObjectTypes {
  readonly object: CelType
  readonly params?: CelType
}

export class AdmissionCompiler {
  /** Name -> as compiled, in the order of definition. */
  readonly variables = new Map<string, ExpressionCompilation>()
  readonly #fields = new Map<string, CelType>()
  readonly #base: Environment
  readonly #environments = new Map<string, Environment>()
  readonly #types: ObjectTypes

  /** @param composed whether there are variables, also if none of them is defined yet */
  constructor({ composed, types = { object: dynType } }: { readonly composed: boolean; readonly types?: ObjectTypes }) {
    this.#types = types
    const fields = { field: (name: string) => this.#fields.get(name), fieldNames: () => this.#fields.keys() }
    this.#base = composed
      ? baseEnvironment.extend({ variables: [{ name: 'variables', type: new ObjectType('kubernetes.variables', fields) }] })
      : baseEnvironment
  }

  compile(source: string, declared: Declared, wanted?: readonly CelType[]): Steps<ExpressionCompilation> {
    return expressionInSteps(this.#environment(declared), source, wanted ? { wanted } : {})
  }

  /** A variable that does not compile is of any type to the expressions that use it. */
  *define(name: string, source: string, declared: Declared): Steps<ExpressionCompilation> {
    const compiled = yield* this.compile(source, declared)
    this.variables.set(name, compiled)
    this.#fields.set(name, compiled.ok ? fieldType(compiled.type) : dynType)
    return compiled
  }

  #environment({ params, authorizer, construction = false }: Declared): Environment {
    const key = `${params} ${authorizer} ${construction}`
    let environment = this.#environments.get(key)
    if (!environment) this.#environments.set(key, (environment = this.#newEnvironment({ params, authorizer, construction })))
    return environment
  }

  #newEnvironment({ params, authorizer, construction }: Declared): Environment {
    const { object, params: paramsType = dynType } = this.#types
    return this.#base.extend({
      variables: [
        { name: 'object', type: object },
        { name: 'oldObject', type: object },
        { name: 'namespaceObject', type: namespaceType },
        { name: 'request', type: requestType },
        ...(params ? [{ name: 'params', type: paramsType }] : []),
        ...(authorizer
          ? [
              { name: 'authorizer', type: authorizerType },
              { name: 'authorizer.requestResource', type: resourceCheckType },
            ]
          : []),
      ],
      ...(construction ? { libraries: [jsonPatchLibrary], typeProviders: [constructionTypes] } : {}),
    })
  }
}

/** Of a variable only scalars, lists and maps keep their types, as upstream. */
function fieldType(type: CelType): CelType {
  return ['object', 'opaque', 'type', 'wrapper', 'param', 'error'].includes(type.kind) ? dynType : type
}
