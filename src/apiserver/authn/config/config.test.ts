import { describe, expect, test } from 'vitest'
import { aggregate } from '../../../apimachinery/field-errors.ts'
import { decodeAuthenticationConfiguration, toAuthenticationConfiguration } from './authentication-configuration.ts'
import { validateAuthenticationConfiguration } from './validate.ts'

const configuration = (fields: object, version = 'v1') =>
  JSON.stringify({ apiVersion: `apiserver.config.k8s.io/${version}`, kind: 'AuthenticationConfiguration', ...fields })
const issuer = { url: 'https://issuer.example.com', audiences: ['me'] }
const claimMappings = { username: { claim: 'sub', prefix: '' } }
const jwt = (over: object = {}, more: object = {}) => ({ jwt: [{ issuer: { ...issuer, ...over }, claimMappings, ...more }] })
const mapped = (over: object) => jwt({}, { claimMappings: { ...claimMappings, ...over } })
const rules = (...claimValidationRules: object[]) => jwt({}, { claimValidationRules })
const cel = 'Forbidden: CEL expressions are not supported yet'

function errorsOf(fields: object): string {
  const errors = validateAuthenticationConfiguration(decodeAuthenticationConfiguration(configuration(fields)), ['https://kubernetes.default.svc'])
  return errors.length > 0 ? aggregate(errors) : ''
}

test.each<[string, object, string]>([
  ['nobody', {}, ''],
  ['one issuer', jwt(), ''],
  ['no URL', jwt({ url: '' }), 'jwt[0].issuer.url: Required value'],
  ['not https', jwt({ url: 'http://issuer.example.com' }), 'jwt[0].issuer.url: Invalid value: "http://issuer.example.com": URL scheme must be https'],
  ['no URL at all', jwt({ url: 'issuer' }), 'jwt[0].issuer.url: Invalid value: "issuer": URL scheme must be https'],
  ['a password', jwt({ url: 'https://u:p@x' }), 'jwt[0].issuer.url: Invalid value: "https://u:p@x": URL must not contain a username or password'],
  ['a query', jwt({ url: 'https://x?a=b' }), 'jwt[0].issuer.url: Invalid value: "https://x?a=b": URL must not contain a query'],
  ['a fragment', jwt({ url: 'https://x#a' }), 'jwt[0].issuer.url: Invalid value: "https://x#a": URL must not contain a fragment'],
  [
    'the issuer of service accounts',
    jwt({ url: 'https://kubernetes.default.svc' }),
    'jwt[0].issuer.url: Invalid value: "https://kubernetes.default.svc": URL must not overlap with disallowed issuers: [https://kubernetes.default.svc]',
  ],
  [
    'discovery at the same place',
    jwt({ discoveryURL: 'https://issuer.example.com/' }),
    'jwt[0].issuer.discoveryURL: Invalid value: "https://issuer.example.com/": discoveryURL must be different from URL',
  ],
  ['discovery elsewhere', jwt({ discoveryURL: 'https://internal/.well-known' }), ''],
  ['an issuer twice', { jwt: [...jwt().jwt, ...jwt().jwt] }, 'jwt[1].issuer.url: Duplicate value: "https://issuer.example.com"'],
  ['no audience', jwt({ audiences: [] }), 'jwt[0].issuer.audiences: Required value: at least one jwt[0].issuer.audiences is required'],
  ['an empty audience', jwt({ audiences: [''] }), 'jwt[0].issuer.audiences[0]: Required value'],
  [
    'several audiences',
    jwt({ audiences: ['a', 'b'] }),
    'jwt[0].issuer.audienceMatchPolicy: Invalid value: "": audienceMatchPolicy must be MatchAny for multiple audiences',
  ],
  ['several audiences, of which any', jwt({ audiences: ['a', 'b'], audienceMatchPolicy: 'MatchAny' }), ''],
  ['an audience twice', jwt({ audiences: ['a', 'a'], audienceMatchPolicy: 'MatchAny' }), 'jwt[0].issuer.audiences[1]: Duplicate value: "a"'],
  [
    'another policy',
    jwt({ audienceMatchPolicy: 'All' }),
    'jwt[0].issuer.audienceMatchPolicy: Invalid value: "All": audienceMatchPolicy must be empty or MatchAny for single audience',
  ],
  [
    'no certificate',
    jwt({ certificateAuthority: 'x' }),
    'jwt[0].issuer.certificateAuthority: Invalid value: "<omitted>": data does not contain any valid RSA or ECDSA certificates',
  ],
  [
    'another way out',
    jwt({ egressSelectorType: 'etcd' }),
    'jwt[0].issuer.egressSelectorType: Invalid value: "etcd": egress selector must be either controlplane or cluster',
  ],
  ['no user name', jwt({}, { claimMappings: {} }), 'jwt[0].claimMappings.username: Required value: claim or expression is required'],
  [
    'a name without a prefix',
    mapped({ username: { claim: 'sub' } }),
    'jwt[0].claimMappings.username.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing',
  ],
  [
    'two ways to a name',
    mapped({ username: { claim: 'sub', expression: 'x' } }),
    `jwt[0].claimMappings.username: Invalid value: "": claim and expression can't both be set`,
  ],
  ['groups', mapped({ groups: { claim: 'groups', prefix: 'g:' } }), ''],
  [
    'groups without a prefix',
    mapped({ groups: { claim: 'groups' } }),
    'jwt[0].claimMappings.groups.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing',
  ],
  ['a name by CEL', mapped({ username: { expression: 'claims.sub' } }), `jwt[0].claimMappings.username.expression: ${cel}`],
  ['a uid by CEL', mapped({ uid: { expression: 'claims.sub' } }), `jwt[0].claimMappings.uid.expression: ${cel}`],
  ['extra by CEL', mapped({ extra: [{ key: 'example.com/x', valueExpression: 'claims.x' }] }), `jwt[0].claimMappings.extra[0].valueExpression: ${cel}`],
  [
    'extra of Kubernetes',
    mapped({ extra: [{ key: 'a.k8s.io/x', valueExpression: '' }] }),
    '[jwt[0].claimMappings.extra[0].key: Invalid value: "a.k8s.io/x": k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use, jwt[0].claimMappings.extra[0].valueExpression: Required value]',
  ],
  ['a rule', rules({ claim: 'hd', requiredValue: 'x' }), ''],
  ['a rule of nothing', rules({}), 'jwt[0].claimValidationRules[0]: Required value: claim or expression is required'],
  ['a rule of both', rules({ claim: 'a', expression: 'b' }), `jwt[0].claimValidationRules[0]: Invalid value: "a": claim and expression can't both be set`],
  ['a rule twice', rules({ claim: 'a' }, { claim: 'a' }), 'jwt[0].claimValidationRules[1].claim: Duplicate value: "a"'],
  [
    'a rule with a message',
    rules({ claim: 'a', message: 'm' }),
    'jwt[0].claimValidationRules[0].message: Invalid value: "m": may not be specified when claim is set',
  ],
  [
    'a rule by CEL',
    rules({ expression: 'a', requiredValue: 'v' }),
    `[jwt[0].claimValidationRules[0].requiredValue: Invalid value: "v": may not be specified when expression is set, jwt[0].claimValidationRules[0].expression: ${cel}]`,
  ],
  ['users by CEL', jwt({}, { userValidationRules: [{ expression: 'a' }] }), `jwt[0].userValidationRules[0].expression: ${cel}`],
  ['users by nothing', jwt({}, { userValidationRules: [{ message: 'm' }] }), 'jwt[0].userValidationRules[0].expression: Required value'],
  [
    'anonymous nowhere, but there',
    { anonymous: { enabled: false, conditions: [{ path: '/livez' }] } },
    'anonymous.conditions: Invalid value: [{"path":"/livez"}]: enabled should be set to true when conditions are defined',
  ],
])('%s', (_, fields, errors) => expect(errorsOf(fields)).toBe(errors))

describe('a file', () => {
  test('says whose tokens are believed and where requests may be anonymous', () => {
    const written = decodeAuthenticationConfiguration(
      configuration({
        ...jwt(
          { discoveryURL: 'https://internal/d' },
          {
            claimMappings: { ...claimMappings, groups: { claim: 'g', prefix: 'x:' }, uid: { claim: 'oid' } },
            claimValidationRules: [{ claim: 'hd', requiredValue: 'e' }],
          },
        ),
        anonymous: { enabled: true, conditions: [{ path: '/livez' }] },
      }),
    )
    expect(toAuthenticationConfiguration(written)).toMatchObject({
      jwt: [
        {
          url: 'https://issuer.example.com',
          discoveryUrl: 'https://internal/d',
          audiences: ['me'],
          username: { claim: 'sub', prefix: '' },
          groups: { claim: 'g', prefix: 'x:' },
          uidClaim: 'oid',
          requiredClaims: new Map([['hd', 'e']]),
        },
      ],
      anonymous: { enabled: true, paths: new Set(['/livez']) },
    })
  })

  test('that says nothing of anonymous requests leaves them to the flag', () => {
    expect(toAuthenticationConfiguration(decodeAuthenticationConfiguration(configuration({}, 'v1beta1')))).toEqual({ jwt: [] })
  })

  test('that is misspelt is refused', () => {
    expect(() => decodeAuthenticationConfiguration(configuration(jwt({ urll: 'x' })))).toThrow('strict decoding error: unknown field "jwt[0].issuer.urll"')
  })
})
