// A ValidatingAdmissionPolicy, compiled. Source: k8s.io/apiserver pkg/admission/plugin/policy/validating/plugin.go (compilePolicy).
import { ignoresFailures } from '../../policies/failure-policy.ts'
import type { ValidatingAdmissionPolicy, Validation } from '../../../api/admissionregistration/v1.ts'
import { AdmissionCompiler } from '../../../cel/kubernetes/admission/compiler.ts'
import type { ExpressionCompilation } from '../../../cel/kubernetes/expression.ts'
import { boolType, nullType, stringType } from '../../../cel/types/cel-type.ts'
import { mapSteps, type Steps } from '../../../util/steps.ts'
import { compileConditions } from '../../policies/match-conditions.ts'

export interface CompiledPolicy {
  readonly ignoreFailures: boolean
  readonly conditions: readonly ExpressionCompilation[]
  readonly variables: ReadonlyMap<string, ExpressionCompilation>
  readonly validations: readonly CompiledValidation[]
  readonly auditAnnotations: readonly { readonly key: string; readonly value: ExpressionCompilation }[]
}

export interface CompiledValidation {
  readonly validation: Validation
  readonly expression: ExpressionCompilation
  readonly message: ExpressionCompilation | undefined
}

export function* compilePolicy({ spec = {} }: ValidatingAdmissionPolicy): Steps<CompiledPolicy> {
  const { variables = [], validations = [], auditAnnotations = [], matchConditions, paramKind } = spec
  const compiler = new AdmissionCompiler({ composed: true })
  const declared = { params: paramKind !== undefined, authorizer: true }
  for (const { name, expression } of variables) yield* compiler.define(name, expression, declared)
  return {
    ignoreFailures: ignoresFailures(spec),
    conditions: yield* compileConditions(compiler, matchConditions, declared),
    variables: compiler.variables,
    validations: yield* mapSteps(validations, function* (validation): Steps<CompiledValidation> {
      const { expression, messageExpression } = validation
      return {
        validation,
        expression: yield* compiler.compile(expression, declared, [boolType]),
        message: messageExpression ? yield* compiler.compile(messageExpression, { ...declared, authorizer: false }, [stringType]) : undefined,
      }
    }),
    auditAnnotations: yield* mapSteps(auditAnnotations, function* ({ key, valueExpression }) {
      return { key, value: yield* compiler.compile(valueExpression, declared, [stringType, nullType]) }
    }),
  }
}
