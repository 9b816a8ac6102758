// Source: k8s.io/apiserver pkg/apis/apiserver/validation/validation.go (ValidateAuthenticationConfiguration). Expressions are CEL, which there
// is no engine for yet: they are refused, for a rule that is not applied would let the wrong people in.
import { X509Certificate } from 'node:crypto'
import { duplicate, type FieldError, forbidden, invalid, required, tooMany } from '../../../apimachinery/field-errors.ts'
import { validateDomainPrefixedPath } from '../../../apimachinery/validation/qualified-fields.ts'
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
  return [
    ...issuerErrors(issuer, under('issuer'), disallowedIssuers),
    ...claimRuleErrors(claimValidationRules, under('claimValidationRules')),
    ...mappingErrors(claimMappings, under('claimMappings')),
    ...unique(userValidationRules, ({ expression = '' }, index) => {
      const field = `${under('userValidationRules')}[${index}].expression`
      return [field, expression, expression === '' ? required(field) : expressionError(field)]
    }),
  ]
}

const expressionError = (field: string) => forbidden(field, 'CEL expressions are not supported yet')

/** Errors of items, of which none may be twice. An item's own error goes before that of being a duplicate. */
function unique<T>(items: readonly T[], check: (item: T, index: number) => [field: string, key: string, error: FieldError | undefined]): readonly FieldError[] {
  const seen = new Set<string>()
  return items.flatMap((item, index) => {
    const [field, key, error] = check(item, index)
    const isRepeated = key !== '' && seen.has(key)
    seen.add(key)
    return isRepeated ? [duplicate(field, key)] : (error ?? [])
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

function claimRuleErrors(rules: readonly WrittenClaimRule[], at: string): readonly FieldError[] {
  const claims = new Set<string>()
  const expressions = new Set<string>()
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
    errors.push(expressions.has(expression) ? duplicate(`${field}.expression`, expression) : expressionError(`${field}.expression`))
    expressions.add(expression)
    return errors
  })
}

function mappingErrors({ username = {}, groups = {}, uid = {}, extra = [] }: WrittenMappings, at: string): readonly FieldError[] {
  return [
    ...prefixedErrors(username, `${at}.username`, true),
    ...prefixedErrors(groups, `${at}.groups`, false),
    ...(uid.claim && uid.expression ? [invalid(`${at}.uid`, '', "claim and expression can't both be set")] : []),
    ...(uid.expression && !uid.claim ? [expressionError(`${at}.uid.expression`)] : []),
    ...extraErrors(extra, `${at}.extra`),
  ]
}

function prefixedErrors({ claim = '', prefix, expression = '' }: WrittenMapping, at: string, isRequired: boolean): readonly FieldError[] {
  if (expression && claim) return [invalid(at, '', "claim and expression can't both be set")]
  if (!expression && !claim) return isRequired ? [required(at, 'claim or expression is required')] : []
  if (expression) {
    return [
      ...(prefix === undefined ? [] : [invalid(`${at}.prefix`, prefix, 'may not be specified when expression is set')]),
      expressionError(`${at}.expression`),
    ]
  }
  return prefix === undefined ? [required(`${at}.prefix`, 'prefix is required when claim is set. It can be set to an empty string to disable prefixing')] : []
}

function extraErrors(extra: NonNullable<WrittenMappings['extra']>, at: string): readonly FieldError[] {
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
    return [...errors, valueExpression === '' ? required(`${field}.valueExpression`) : expressionError(`${field}.valueExpression`)]
  })
}
