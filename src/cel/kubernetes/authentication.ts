// Expressions about the claims of a token and about the user they describe.
// Source: k8s.io/apiserver pkg/authentication/cel/compile.go, pkg/apis/apiserver/validation/validation.go (hasSelectExp).
import type { Expr } from '../ast/expr.ts'
import { walk } from '../ast/walk.ts'
import { anyType, boolType, type CelType, mapType, stringType } from '../types/cel-type.ts'
import { userInfoType } from './admission/request-types.ts'
import { baseEnvironment } from './environment.ts'
import { type CompiledExpression, compileExpression, declaredName, type ExpressionCompilation } from './expression.ts'

const claimsEnvironment = baseEnvironment.extend({ variables: [{ name: 'claims', type: mapType(stringType, anyType) }] })
const userEnvironment = baseEnvironment.extend({ variables: [{ name: 'user', type: userInfoType }] })

const complain = ([wanted]: readonly CelType[]) => `must evaluate to ${declaredName(wanted!)}`
const rule = { wanted: [boolType], complain }

/** Of `claims`; what it yields is only looked at when it is there. */
export const compileClaimMapping = (source: string): ExpressionCompilation => compileExpression(claimsEnvironment, source)

/** Of `claims`, true or false. */
export const compileClaimRule = (source: string): ExpressionCompilation => compileExpression(claimsEnvironment, source, rule)

/** Of `user`, true or false. */
export const compileUserRule = (source: string): ExpressionCompilation => compileExpression(userEnvironment, source, rule)

const isClaims = (expr: Expr | undefined) => expr?.kind === 'ident' && expr.name === 'claims'

/** Whether it looks at `claims.<claim>`, also if only to see whether it is there. */
export function usesClaim({ ast }: CompiledExpression, claim: string): boolean {
  for (const expr of walk(ast.expr)) {
    if (expr.kind === 'select' && expr.field === claim && isClaims(expr.operand)) return true
    const [operand, field] = expr.kind === 'call' && expr.function === '_?._' ? expr.args : []
    if (isClaims(operand) && field?.kind === 'literal' && field.value === claim) return true
  }
  return false
}
