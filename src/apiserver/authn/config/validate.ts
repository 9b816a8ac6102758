// Source: k8s.io/apiserver pkg/apis/apiserver/validation/validation.go (ValidateAuthenticationConfiguration).
import { X509Certificate } from 'node:crypto'
import { duplicate, type FieldError, invalid, required, tooMany } from '../../../apimachinery/field-errors.ts'
import { validateDomainPrefixedPath } from '../../../apimachinery/validation/qualified-fields.ts'
import { compileClaimMapping, compileClaimRule, compileUserRule, usesClaim } from '../../../cel/kubernetes/authentication.ts'
import type { CompiledExpression, ExpressionCompilation } from '../../../cel/kubernetes/expression.ts'
import { expressionErrors } from '../../expressions/expression-errors.ts'
import type {
  WrittenClaimRule,
  WrittenConfiguration,
  WrittenIssuer,
  WrittenJwtAuthenticator,
  WrittenMapping,
  WrittenMappings,
} from './authentication-configuration.ts'

const issuersMax = 64

/** @param disallowedIssuers those of service accounts: an issuer must not speak for them */
export function validateAuthenticationConfiguration(
  { jwt = [], anonymous }: WrittenConfiguration,
  disallowedIssuers: readonly string[],
): readonly FieldError[] {
  if (jwt.length > issuersMax) return [tooMany('jwt', jwt.length, issuersMax)]
  const urls = new Set<string>()
  const discoveryUrls = new Set<string>()
  const errors = jwt.flatMap((authenticator, index) => {
    const at = `jwt[${index}]`
    const { url = '', discoveryURL = '' } = authenticator.issuer ?? {}
    const own = [...validateJwtAuthenticator(authenticator, at, disallowedIssuers)]
    if (urls.has(url)) own.push(duplicate(`${at}.issuer.url`, url))
    if (discoveryURL && discoveryUrls.has(discoveryURL)) own.push(duplicate(`${at}.issuer.discoveryURL`, discoveryURL))
    urls.add(url)
    if (discoveryURL) discoveryUrls.add(discoveryURL)
    return own
  })
  if (anonymous && !anonymous.enabled && anonymous.conditions?.length) {
    errors.push(invalid('anonymous.conditions', anonymous.conditions, 'enabled should be set to true when conditions are defined'))
  }
  return errors
}

/** @param at `jwt[0]`; '' for the one that flags describe */
export function validateJwtAuthenticator(
  { issuer = {}, claimValidationRules = [], claimMappings = {}, userValidationRules = [] }: WrittenJwtAuthenticator,
  at: string,
  disallowedIssuers: readonly string[],
): readonly FieldError[] {
  const under = (name: string) => (at ? `${at}.${name}` : name)
  const expressions = new Expressions()
  return [
    ...issuerErrors(issuer, under('issuer'), disallowedIssuers),
    ...claimRuleErrors(claimValidationRules, under('claimValidationRules'), expressions),
    ...mappingErrors(claimMappings, under('claimMappings'), expressions),
    ...unique(userValidationRules, ({ expression = '' }, index) => {
      const field = `${under('userValidationRules')}[${index}].expression`
      return [field, expression, expression === '' ? [required(field)] : expressionErrors(field, compileUserRule(expression))]
    }),
  ]
}

/** Those of an authenticator about claims that are valid so far. */
class Expressions {
  readonly #rules: CompiledExpression[] = []
  #username: CompiledExpression | undefined

  /** @returns what is wrong with it */
  add(field: string, compiled: ExpressionCompilation, use: 'username' | 'rule or extra' | 'other'): readonly FieldError[] {
    if (compiled.ok && use === 'username') this.#username = compiled
    if (compiled.ok && use === 'rule or extra') this.#rules.push(compiled)
    return expressionErrors(field, compiled)
  }

  /** An address that nobody has verified may be somebody else's. */
  verifiesEmail(): boolean {
    const username = this.#username
    return !username || !usesClaim(username, 'email') || [username, ...this.#rules].some((each) => usesClaim(each, 'email_verified'))
  }
}

const verifyEmail =
  'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or ' +
  'claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression'

/** Errors of items, of which none may be twice. An item's own error goes before that of being a duplicate. */
function unique<T>(items: readonly T[], check: (item: T, index: number) => [field: string, key: string, errors: readonly FieldError[]]): readonly FieldError[] {
  const seen = new Set<string>()
  return items.flatMap((item, index) => {
    const [field, key, errors] = check(item, index)
    const isRepeated = key !== '' && seen.has(key)
    seen.add(key)
    return isRepeated ? [duplicate(field, key)] : errors
  })
}

function issuerErrors(issuer: WrittenIssuer, at: string, disallowed: readonly string[]): readonly FieldError[] {
  const { url = '', discoveryURL = '', audiences = [], audienceMatchPolicy: policy = '', certificateAuthority = '', egressSelectorType: egress = '' } = issuer
  const errors: FieldError[] = url === '' ? [required(`${at}.url`)] : [...urlErrors(`${at}.url`, url, disallowed)]
  if (discoveryURL) {
    const trimmed = (text: string) => text.replace(/\/+$/, '')
    if (url && trimmed(url) === trimmed(discoveryURL)) errors.push(invalid(`${at}.discoveryURL`, discoveryURL, 'discoveryURL must be different from URL'))
    errors.push(...urlErrors(`${at}.discoveryURL`, discoveryURL, []))
  }
  errors.push(...audienceErrors(audiences, policy, `${at}.audiences`, `${at}.audienceMatchPolicy`))
  if (certificateAuthority && !holdsCertificate(certificateAuthority)) {
    errors.push(invalid(`${at}.certificateAuthority`, '<omitted>', 'data does not contain any valid RSA or ECDSA certificates'))
  }
  if (egress && egress !== 'controlplane' && egress !== 'cluster') {
    errors.push(invalid(`${at}.egressSelectorType`, egress, 'egress selector must be either controlplane or cluster'))
  }
  return errors
}

function urlErrors(field: string, text: string, disallowed: readonly string[]): readonly FieldError[] {
  const errors: FieldError[] = []
  const wrong = (why: string) => errors.push(invalid(field, text, why))
  if (disallowed.includes(text)) wrong(`URL must not overlap with disallowed issuers: [${disallowed.toSorted().join(' ')}]`)
  if (!text.toLowerCase().startsWith('https:')) {
    wrong('URL scheme must be https')
    return errors
  }
  if (!URL.canParse(text)) {
    wrong(`parse ${JSON.stringify(text)}: invalid URL`)
    return errors
  }
  const { username, password, search, hash } = new URL(text)
  if (username || password) wrong('URL must not contain a username or password')
  if (search) wrong('URL must not contain a query')
  if (hash) wrong('URL must not contain a fragment')
  return errors
}

function audienceErrors(audiences: readonly string[], policy: string, at: string, policyField: string): readonly FieldError[] {
  if (audiences.length === 0) return [required(at, `at least one ${at} is required`)]
  const seen = new Set<string>()
  const errors = audiences.flatMap((audience, index) => {
    const field = `${at}[${index}]`
    const own = [...(audience === '' ? [required(field)] : []), ...(seen.has(audience) ? [duplicate(field, audience)] : [])]
    seen.add(audience)
    return own
  })
  if (audiences.length > 1 && policy !== 'MatchAny') {
    errors.push(invalid(policyField, policy, 'audienceMatchPolicy must be MatchAny for multiple audiences'))
  }
  if (audiences.length === 1 && policy !== '' && policy !== 'MatchAny') {
    errors.push(invalid(policyField, policy, 'audienceMatchPolicy must be empty or MatchAny for single audience'))
  }
  return errors
}

function holdsCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false // said by the caller
  }
}

function claimRuleErrors(rules: readonly WrittenClaimRule[], at: string, expressions: Expressions): readonly FieldError[] {
  const claims = new Set<string>()
  const seen = new Set<string>()
  return rules.flatMap(({ claim = '', requiredValue = '', expression = '', message = '' }, index) => {
    const field = `${at}[${index}]`
    if (claim && expression) return [invalid(field, claim, "claim and expression can't both be set")]
    if (!claim && !expression) return [required(field, 'claim or expression is required')]
    if (claim) {
      const errors = message ? [invalid(`${field}.message`, message, 'may not be specified when claim is set')] : []
      if (claims.has(claim)) errors.push(duplicate(`${field}.claim`, claim))
      claims.add(claim)
      return errors
    }
    const errors = requiredValue ? [invalid(`${field}.requiredValue`, requiredValue, 'may not be specified when expression is set')] : []
    if (seen.has(expression)) return [...errors, duplicate(`${field}.expression`, expression)]
    seen.add(expression)
    return [...errors, ...expressions.add(`${field}.expression`, compileClaimRule(expression), 'rule or extra')]
  })
}

function mappingErrors({ username = {}, groups = {}, uid = {}, extra = [] }: WrittenMappings, at: string, expressions: Expressions): readonly FieldError[] {
  const errors = [
    ...prefixedErrors(username, `${at}.username`, 'username', expressions),
    ...prefixedErrors(groups, `${at}.groups`, 'other', expressions),
    ...(uid.claim && uid.expression ? [invalid(`${at}.uid`, '', "claim and expression can't both be set")] : []),
    ...(uid.expression && !uid.claim ? expressions.add(`${at}.uid.expression`, compileClaimMapping(uid.expression), 'other') : []),
    ...extraErrors(extra, `${at}.extra`, expressions),
  ]
  return expressions.verifiesEmail() ? errors : [...errors, invalid(`${at}.username.expression`, username.expression, verifyEmail)]
}

function prefixedErrors(
  { claim = '', prefix, expression = '' }: WrittenMapping,
  at: string,
  use: 'username' | 'other',
  expressions: Expressions,
): readonly FieldError[] {
  if (expression && claim) return [invalid(at, '', "claim and expression can't both be set")]
  if (!expression && !claim) return use === 'username' ? [required(at, 'claim or expression is required')] : []
  if (expression) {
    return [
      ...(prefix === undefined ? [] : [invalid(`${at}.prefix`, prefix, 'may not be specified when expression is set')]),
      ...expressions.add(`${at}.expression`, compileClaimMapping(expression), use),
    ]
  }
  return prefix === undefined ? [required(`${at}.prefix`, 'prefix is required when claim is set. It can be set to an empty string to disable prefixing')] : []
}

function extraErrors(extra: NonNullable<WrittenMappings['extra']>, at: string, expressions: Expressions): readonly FieldError[] {
  const keys = new Set<string>()
  return extra.flatMap(({ key = '', valueExpression = '' }, index) => {
    const field = `${at}[${index}]`
    const errors = [...validateDomainPrefixedPath(`${field}.key`, key)]
    if (key !== key.toLowerCase()) errors.push(invalid(`${field}.key`, key, 'must be lowercase'))
    if (/^([^/]*\.)?(kubernetes|k8s)\.io\//.test(key)) {
      errors.push(invalid(`${field}.key`, key, 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use'))
    }
    if (keys.has(key)) return [...errors, duplicate(`${field}.key`, key)]
    keys.add(key)
    if (valueExpression === '') return [...errors, required(`${field}.valueExpression`)]
    return [...errors, ...expressions.add(`${field}.valueExpression`, compileClaimMapping(valueExpression), 'rule or extra')]
  })
}
