// AuthenticationConfiguration (--authentication-config): whose JWTs are believed, and where requests may be anonymous.
// Source: k8s.io/apiserver pkg/apis/apiserver/v1/types.go.
import { configGroupVersions, type ConfigKind, decodeConfigFile } from '../../config-file/decode.ts'
import { configTypes } from '../../config-file/types.ts'
import type { AnonymousAccess } from '../anonymous.ts'
import { type JwsAlgorithm, jwsAlgorithms } from '../jws.ts'

/** As written in the file. */
export interface WrittenConfiguration {
  readonly jwt?: readonly WrittenJwtAuthenticator[]
  readonly anonymous?: { readonly enabled?: boolean; readonly conditions?: readonly { readonly path?: string }[] }
}

export interface WrittenJwtAuthenticator {
  readonly issuer?: WrittenIssuer
  readonly claimValidationRules?: readonly WrittenClaimRule[]
  readonly claimMappings?: WrittenMappings
  readonly userValidationRules?: readonly { readonly expression?: string; readonly message?: string }[]
}

export interface WrittenIssuer {
  readonly url?: string
  readonly discoveryURL?: string
  /** PEM. */
  readonly certificateAuthority?: string
  readonly audiences?: readonly string[]
  readonly audienceMatchPolicy?: string
  readonly egressSelectorType?: string
}

export interface WrittenClaimRule {
  readonly claim?: string
  readonly requiredValue?: string
  readonly expression?: string
  readonly message?: string
}

export interface WrittenMapping {
  readonly claim?: string
  readonly prefix?: string
  readonly expression?: string
}

export interface WrittenMappings {
  readonly username?: WrittenMapping
  readonly groups?: WrittenMapping
  readonly uid?: Omit<WrittenMapping, 'prefix'>
  readonly extra?: readonly { readonly key?: string; readonly valueExpression?: string }[]
}

/** Checked. */
export interface AuthenticationConfiguration {
  readonly jwt: readonly JwtIssuerConfiguration[]
  readonly anonymous?: AnonymousAccess
}

export interface JwtIssuerConfiguration {
  readonly url: string
  /** Where the discovery document is when it is not under `url`. */
  readonly discoveryUrl?: string
  readonly certificateAuthority?: string
  /** At least one must be the token's. */
  readonly audiences: readonly string[]
  readonly signingAlgorithms: readonly JwsAlgorithm[]
  readonly username: Mapping
  readonly groups?: Mapping
  /** Prefixes are empty. */
  readonly uid?: Mapping
  readonly extra?: readonly { readonly key: string; readonly expression: string }[]
  readonly requiredClaims: ReadonlyMap<string, string>
  readonly claimRules?: readonly Rule[]
  readonly userRules?: readonly Rule[]
}

/** Where something is in the claims. Expressions are CEL. */
export type Mapping = { readonly claim: string; readonly prefix: string } | { readonly expression: string }

/** Must be true. */
export interface Rule {
  readonly expression: string
  /** Why a token is not believed for which it is false. */
  readonly message: string
}

const kind: ConfigKind = {
  kind: 'AuthenticationConfiguration',
  groupVersions: configGroupVersions('v1', 'v1beta1', 'v1alpha1'),
  types: configTypes(
    {
      AuthenticationConfiguration: { jwt: '[]JWTAuthenticator', anonymous: '*Anonymous' },
      JWTAuthenticator: {
        issuer: 'Issuer',
        claimValidationRules: '[]ClaimValidationRule',
        claimMappings: 'ClaimMappings',
        userValidationRules: '[]UserValidationRule',
      },
      Issuer: {
        url: 'string',
        discoveryURL: '*string',
        certificateAuthority: 'string',
        audiences: '[]string',
        audienceMatchPolicy: 'string',
        egressSelectorType: 'string',
      },
      ClaimValidationRule: { claim: 'string', requiredValue: 'string', expression: 'string', message: 'string' },
      ClaimMappings: { username: 'PrefixedMapping', groups: 'PrefixedMapping', uid: 'Mapping', extra: '[]ExtraMapping' },
      PrefixedMapping: { claim: 'string', prefix: '*string', expression: 'string' },
      Mapping: { claim: 'string', expression: 'string' },
      ExtraMapping: { key: 'string', valueExpression: 'string' },
      UserValidationRule: { expression: 'string', message: 'string' },
      Anonymous: { enabled: 'bool', conditions: '[]Condition' },
      Condition: { path: 'string' },
    },
    { root: 'AuthenticationConfiguration' },
  ),
}

/** @throws {ConfigFileError} */
export const decodeAuthenticationConfiguration = (text: string): WrittenConfiguration => decodeConfigFile(text, kind) as WrittenConfiguration

/** @param written without errors, see validate.ts */
export function toAuthenticationConfiguration({ jwt = [], anonymous }: WrittenConfiguration): AuthenticationConfiguration {
  const paths = (anonymous?.conditions ?? []).map(({ path = '' }) => path)
  return {
    jwt: jwt.map((written) => jwtIssuer(written)),
    ...(anonymous ? { anonymous: { enabled: anonymous.enabled === true, ...(paths.length > 0 ? { paths: new Set(paths) } : {}) } } : {}),
  }
}

/** @param signingAlgorithms of the --oidc-signing-algs flag; files have no word for it and take all */
export function jwtIssuer(written: WrittenJwtAuthenticator, signingAlgorithms: readonly JwsAlgorithm[] = jwsAlgorithms): JwtIssuerConfiguration {
  const { issuer = {}, claimMappings = {}, claimValidationRules = [], userValidationRules = [] } = written
  const { url = '', discoveryURL, certificateAuthority, audiences = [] } = issuer
  const { username = {}, groups = {}, uid = {}, extra = [] } = claimMappings
  const [memberOf, id] = [mapping(groups), mapping(uid)]
  return {
    url,
    ...(discoveryURL ? { discoveryUrl: discoveryURL } : {}),
    ...(certificateAuthority ? { certificateAuthority } : {}),
    audiences,
    signingAlgorithms,
    username: mapping(username)!,
    ...(memberOf ? { groups: memberOf } : {}),
    ...(id ? { uid: id } : {}),
    extra: extra.map(({ key = '', valueExpression = '' }) => ({ key, expression: valueExpression })),
    requiredClaims: new Map(claimValidationRules.flatMap(({ claim, requiredValue = '' }) => (claim ? [[claim, requiredValue]] : []))),
    claimRules: rules(claimValidationRules),
    userRules: rules(userValidationRules),
  }
}

function mapping({ claim, prefix = '', expression }: WrittenMapping): Mapping | undefined {
  if (expression) return { expression }
  return claim ? { claim, prefix } : undefined
}

const rules = (written: readonly { readonly expression?: string; readonly message?: string }[]): readonly Rule[] =>
  written.flatMap(({ expression, message = '' }) => (expression ? [{ expression, message }] : []))
