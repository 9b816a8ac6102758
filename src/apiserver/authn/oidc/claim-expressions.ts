// What the expressions of a JWT issuer say about a token and about the user that it describes.
// Source: k8s.io/apiserver plugin/pkg/authenticator/token/oidc/oidc.go, pkg/authentication/cel/mapper.go.
import type { JsonObject } from '../../../apimachinery/json-value.ts'
import { compileClaimMapping, compileClaimRule, compileUserRule } from '../../../cel/kubernetes/authentication.ts'
import type { CompiledExpression, ExpressionCompilation } from '../../../cel/kubernetes/expression.ts'
import { evaluationLimits } from '../../../cel/kubernetes/limits.ts'
import { type Activation, activationOf } from '../../../cel/interpreter/program.ts'
import { fromJson } from '../../../cel/values/from-json.ts'
import { CelList, type CelValue } from '../../../cel/values/value.ts'
import type { JwtIssuerConfiguration, Mapping, Rule } from '../config/authentication-configuration.ts'
import type { UserInfo } from '../user.ts'

type Configured = Pick<JwtIssuerConfiguration, 'username' | 'groups' | 'uid' | 'extra' | 'claimRules' | 'userRules'>

interface CompiledRule {
  readonly compiled: CompiledExpression
  readonly message: string
}

/** @throws {Error} validation lets none by */
function valid(compilation: ExpressionCompilation): CompiledExpression {
  if (!compilation.ok) throw new Error(`${compilation.source}: ${compilation.error.detail}`)
  return compilation
}

const compileMapping = (mapping: Mapping | undefined) => (mapping && 'expression' in mapping ? valid(compileClaimMapping(mapping.expression)) : undefined)

const compileRules = (rules: readonly Rule[] = [], compile: (source: string) => ExpressionCompilation): readonly CompiledRule[] =>
  rules.map(({ expression, message }) => ({ compiled: valid(compile(expression)), message }))

/** Compiled, of one issuer. */
export class ClaimExpressions {
  readonly username: CompiledExpression | undefined
  readonly groups: CompiledExpression | undefined
  readonly uid: CompiledExpression | undefined
  readonly extra: readonly { readonly key: string; readonly compiled: CompiledExpression }[]
  readonly claimRules: readonly CompiledRule[]
  readonly #userRules: readonly CompiledRule[]

  constructor({ username, groups, uid, extra = [], claimRules, userRules }: Configured) {
    this.username = compileMapping(username)
    this.groups = compileMapping(groups)
    this.uid = compileMapping(uid)
    this.extra = extra.map(({ key, expression }) => ({ key, compiled: valid(compileClaimMapping(expression)) }))
    this.claimRules = compileRules(claimRules, compileClaimRule)
    this.#userRules = compileRules(userRules, compileUserRule)
  }

  of(claims: Readonly<Record<string, unknown>>): ClaimsEvaluation {
    return new ClaimsEvaluation(this, activationOf([['claims', fromJson(claims as JsonObject)]]))
  }

  /** @throws {Error} for a user that a rule does not let in */
  checkUser({ name, uid = '', groups, extra }: UserInfo): void {
    if (this.#userRules.length === 0) return
    const user = { username: name, uid, groups, extra: Object.fromEntries(extra) } as unknown as JsonObject
    checkRules(this.#userRules, activationOf([['user', fromJson(user)]]), 'user info validation rule')
  }
}

/** Of the claims of one token. All throw what the token is not believed for. */
class ClaimsEvaluation {
  readonly #expressions: ClaimExpressions
  readonly #claims: Activation

  constructor(expressions: ClaimExpressions, claims: Activation) {
    this.#expressions = expressions
    this.#claims = claims
  }

  username(): string {
    return this.#text(this.#expressions.username!, 'username')
  }

  uid(): string {
    return this.#text(this.#expressions.uid!, 'uid')
  }

  groups(): readonly string[] {
    return this.#texts(this.#expressions.groups!, 'group claim expression')
  }

  extra(): ReadonlyMap<string, readonly string[]> {
    const all = this.#expressions.extra.map(({ key, compiled }): [string, readonly string[]] => [
      key,
      this.#texts(compiled, `extra claim expression: ${compiled.source}`),
    ])
    return new Map(all.filter(([, values]) => values.length > 0))
  }

  checkClaims(): void {
    checkRules(this.#expressions.claimRules, this.#claims, 'claim validation expression')
  }

  #text(expression: CompiledExpression, what: 'username' | 'uid'): string {
    const value = evaluate(expression, this.#claims, `${what} claim expression`)
    if (typeof value !== 'string') throw new Error(`oidc: error evaluating ${what} claim expression: ${what} claim expression must return a string`)
    return value
  }

  #texts(expression: CompiledExpression, what: string): readonly string[] {
    const value = evaluate(expression, this.#claims, what)
    const texts = value === null ? [] : value instanceof CelList ? [...value] : [value]
    if (!texts.every((text) => typeof text === 'string')) {
      throw new Error(`oidc: error evaluating ${what}: expression must return a string or a list of strings`)
    }
    return texts.filter((text) => text !== '')
  }
}

/** @throws {Error} */
function evaluate({ program, source }: CompiledExpression, activation: Activation, what: string): CelValue {
  const result = program.evaluate(activation, evaluationLimits())
  if (result.ok) return result.value
  throw new Error(`oidc: error evaluating ${what}: expression '${source}' resulted in error: ${result.error.message}`)
}

function checkRules(rules: readonly CompiledRule[], activation: Activation, what: string): void {
  const values = rules.map(({ compiled }) => evaluate(compiled, activation, what))
  const failed = rules.find((_, i) => values[i] !== true)
  if (failed) throw new Error(`oidc: error evaluating ${what}: validation expression '${failed.compiled.source}' failed: ${failed.message}`)
}
