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
const noEmail =
  'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or ' +
  'claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression'

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
  [
    'everything by expressions',
    mapped({
      username: { expression: 'claims.sub' },
      groups: { expression: 'claims.roles' },
      uid: { expression: 'claims.sub' },
      extra: [{ key: 'example.com/x', valueExpression: 'claims.x' }],
    }),
    '',
  ],
  [
    'an expression and a prefix',
    mapped({ username: { expression: 'claims.sub', prefix: '' } }),
    'jwt[0].claimMappings.username.prefix: Invalid value: "": may not be specified when expression is set',
  ],
  [
    'a user where claims are',
    mapped({ groups: { expression: 'user.groups' } }),
    `jwt[0].claimMappings.groups.expression: Invalid value: "user.groups": compilation failed: ERROR: <input>:1:1: undeclared reference to 'user' (in container '')\n | user.groups\n | ^`,
  ],
  [
    'a uid that is no expression',
    mapped({ uid: { expression: 'x' } }),
    `jwt[0].claimMappings.uid.expression: Invalid value: "x": compilation failed: ERROR: <input>:1:1: undeclared reference to 'x' (in container '')\n | x\n | ^`,
  ],
  [
    'an address that nobody has verified',
    mapped({ username: { expression: 'claims.email' } }),
    `jwt[0].claimMappings.username.expression: Invalid value: "claims.email": ${noEmail}`,
  ],
  [
    'an optional address that nobody has verified',
    mapped({ username: { expression: "claims.?email.orValue('')" }, uid: { expression: 'string(claims.email_verified)' } }),
    `jwt[0].claimMappings.username.expression: Invalid value: "claims.?email.orValue('')": ${noEmail}`,
  ],
  ['an address, verified', mapped({ username: { expression: "claims.email_verified ? claims.email : ''" } }), ''],
  [
    'an address, verified elsewhere',
    mapped({ username: { expression: 'claims.email' }, extra: [{ key: 'example.com/x', valueExpression: 'string(claims.?email_verified.orValue(true))' }] }),
    '',
  ],
  [
    'an address, verified by a rule',
    { jwt: [{ ...mapped({ username: { expression: 'claims.email' } }).jwt[0], claimValidationRules: [{ expression: 'claims.email_verified == true' }] }] },
    '',
  ],
  [
    'extra twice',
    mapped({
      extra: [
        { key: 'example.com/x', valueExpression: 'claims.x' },
        { key: 'example.com/x', valueExpression: 'claims.y' },
      ],
    }),
    'jwt[0].claimMappings.extra[1].key: Duplicate value: "example.com/x"',
  ],
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
    'rules by expressions',
    rules(
      { expression: 'claims.a == 1', requiredValue: 'v' },
      { expression: 'claims.a == 1' },
      { expression: "'a'" },
      { expression: "claims.hd == 'x'", message: 'm' },
    ),
    '[' +
      [
        'jwt[0].claimValidationRules[0].requiredValue: Invalid value: "v": may not be specified when expression is set',
        'jwt[0].claimValidationRules[1].expression: Duplicate value: "claims.a == 1"',
        `jwt[0].claimValidationRules[2].expression: Invalid value: "'a'": must evaluate to bool`,
      ].join(', ') +
      ']',
  ],
  [
    'users by expressions',
    jwt({}, { userValidationRules: [{ expression: "!user.username.startsWith('system:')" }, { expression: 'user.groups' }, { expression: 'user.groups' }] }),
    '[' +
      [
        'jwt[0].userValidationRules[1].expression: Invalid value: "user.groups": must evaluate to bool',
        'jwt[0].userValidationRules[2].expression: Duplicate value: "user.groups"',
      ].join(', ') +
      ']',
  ],
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
          uid: { claim: 'oid', prefix: '' },
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
