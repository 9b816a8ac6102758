// A MutatingAdmissionPolicy, compiled. Source: k8s.io/apiserver pkg/admission/plugin/policy/mutating/compilation.go.
import { ignoresFailures } from '../../policies/failure-policy.ts'
import type { MutatingAdmissionPolicy } from '../../../api/admissionregistration/v1.ts'
import { AdmissionCompiler } from '../../../cel/kubernetes/admission/compiler.ts'
import { applyConfigurationType, jsonPatchListType } from '../../../cel/kubernetes/admission/construction.ts'
import type { ExpressionCompilation } from '../../../cel/kubernetes/expression.ts'
import { mapSteps, type Steps } from '../../../util/steps.ts'
import { compileConditions } from '../../policies/match-conditions.ts'

export interface CompiledPolicy {
  readonly ignoreFailures: boolean
  readonly conditions: readonly ExpressionCompilation[]
  readonly variables: ReadonlyMap<string, ExpressionCompilation>
  readonly mutations: readonly CompiledMutation[]
}

export interface CompiledMutation {
  readonly type: 'ApplyConfiguration' | 'JSONPatch'
  readonly expression: ExpressionCompilation
}

export function* compilePolicy({ spec = {} }: MutatingAdmissionPolicy): Steps<CompiledPolicy> {
  const { variables = [], mutations = [], matchConditions, paramKind } = spec
  const compiler = new AdmissionCompiler({ composed: true })
  const declared = { params: paramKind !== undefined, authorizer: true, construction: true }
  for (const { name, expression } of variables) yield* compiler.define(name, expression, declared)
  return {
    ignoreFailures: ignoresFailures(spec),
    conditions: yield* compileConditions(compiler, matchConditions, { ...declared, construction: false }),
    variables: compiler.variables,
    mutations: yield* mapSteps(mutations, function* ({ patchType, applyConfiguration, jsonPatch }): Steps<CompiledMutation> {
      return patchType === 'JSONPatch'
        ? { type: 'JSONPatch', expression: yield* compiler.compile(jsonPatch?.expression ?? '', declared, [jsonPatchListType]) }
        : { type: 'ApplyConfiguration', expression: yield* compiler.compile(applyConfiguration?.expression ?? '', declared, [applyConfigurationType]) }
    }),
  }
}
