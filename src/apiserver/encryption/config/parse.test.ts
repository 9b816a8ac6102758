import { dump } from 'js-yaml'
import { expect, test } from 'vitest'
import { parseConfiguration } from './parse.ts'

const head = { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'EncryptionConfiguration' }
const key = { name: 'key1', secret: 'c2VjcmV0IGlzIHNlY3VyZQ==' }
const identity = { identity: {} }
const entry = (resources: readonly string[], ...providers: readonly object[]) => ({ resources, providers })
const secrets = (...providers: readonly object[]) => [entry(['secrets'], ...providers)]
const kms = (more: object = {}) => ({ kms: { apiVersion: 'v2', name: 'k', endpoint: 'unix:///tmp/k.sock', ...more } })

function refusal(resources: unknown, { reload = false } = {}): string {
  try {
    parseConfiguration(dump({ ...head, resources }), { path: '/e.yaml', reload })
    return 'accepted'
  } catch (error) {
    return (error as Error).message
  }
}

test('YAML and JSON, with defaults', () => {
  const resources = [
    entry(['secrets', 'configmaps', 'pandas.awesome.bears.example'], { aesgcm: { keys: [key] } }, { kms: { name: 'k', endpoint: 'unix:///k' } }, identity),
  ]
  const expected = {
    ...head,
    resources: [
      entry(
        ['secrets', 'configmaps', 'pandas.awesome.bears.example'],
        { aesgcm: { keys: [key] } },
        { kms: { apiVersion: 'v1', name: 'k', cachesize: 1000, endpoint: 'unix:///k', timeout: '3s' } },
        identity,
      ),
    ],
  }
  for (const text of [dump({ ...head, resources }), JSON.stringify({ ...head, resources })]) {
    expect(parseConfiguration(text, { path: '/e.yaml', reload: false })).toEqual(expected)
  }
  const old = { apiVersion: 'v1', kind: 'EncryptionConfig', resources: secrets(identity) }
  expect(parseConfiguration(dump(old), { path: '', reload: false })).toEqual(old)
  const v2 = parseConfiguration(dump({ ...head, resources: secrets(kms({ timeout: '1.5s' })) }), { path: '', reload: false })
  expect(v2.resources![0]!.providers).toEqual([kms({ timeout: '1.5s' })])
})

for (const { name, text, message } of [
  { name: 'empty', text: '', message: 'error while loading file: encryption provider configuration file "/e.yaml" is empty' },
  { name: 'no kind', text: 'apiVersion: v1\nsecret: x', message: `Object 'Kind' is missing in '["apiVersion","secret"]'` },
  { name: 'another kind', text: 'apiVersion: v1\nkind: Pod', message: 'no kind "Pod" is registered for version "v1"' },
  {
    name: 'an unknown field',
    text: dump({ ...head, resources: secrets(identity, kms({ pandas: 1 })) }),
    message: 'error decoding encryption provider configuration file "/e.yaml": strict decoding error: unknown field "resources[0].providers[1].kms.pandas"',
  },
  {
    name: 'a field twice',
    text: JSON.stringify({ ...head, resources: [] }).replace('"resources"', '"kind":"EncryptionConfiguration","resources"'),
    message: 'strict decoding error: duplicate field "kind"',
  },
  { name: 'a wrong type', text: dump({ ...head, resources: 'secrets' }), message: 'json: cannot unmarshal string' },
  { name: 'no YAML', text: '{', message: 'error decoding encryption provider configuration file "/e.yaml": ' },
]) {
  test(`decoding: ${name}`, () => expect(() => parseConfiguration(text, { path: '/e.yaml', reload: false })).toThrow(message))
}

const overlap = "using overlapping resources such as 'secrets' and '*.' in the same resource list is not allowed as they will be masked"

for (const [name, resources, message] of [
  ['no entries', [], 'resources: Required value: at least one resources is required'],
  ['no resources', [entry([], identity)], 'resources[0].resources: Required value: at least one resources[0].resources is required'],
  ['no providers', [entry(['secrets'])], 'resources[0].providers: Required value: at least one resources[0].providers is required'],
  [
    'an empty provider',
    secrets({}),
    'resources[0].providers[0]: Invalid value: {"AESGCM":null,"AESCBC":null,"Secretbox":null,"Identity":null,"KMS":null}: provider does not contain any of the expected providers: KMS, AESGCM, AESCBC, Secretbox, Identity',
  ],
  [
    'two providers in one element; keys are not printed',
    secrets({ aesgcm: { keys: [key] }, secretbox: { keys: [key] } }),
    'resources[0].providers[0]: Invalid value: more than one provider specified in a single element, should split into different list elements',
  ],
  ['no keys', secrets({ aesgcm: {} }), 'resources[0].providers[0].aesgcm.keys: Required value: at least one keys is required'],
  [
    'a key without a name',
    secrets({ aescbc: { keys: [{ secret: key.secret }] } }),
    'resources[0].providers[0].aescbc.keys[0].name: Required value: name is a mandatory field for a key',
  ],
  [
    'a key without a secret',
    secrets({ aescbc: { keys: [{ name: 'a' }] } }),
    'resources[0].providers[0].aescbc.keys[0].secret: Required value: secret is a mandatory field for a key',
  ],
  [
    'no base64',
    secrets({ aescbc: { keys: [{ name: 'a', secret: 'abc' }] } }),
    'resources[0].providers[0].aescbc.keys[0].secret: Invalid value: "REDACTED": secrets must be base64 encoded',
  ],
  [
    'a wrong length',
    secrets({ aesgcm: { keys: [{ name: 'a', secret: 'AAAA' }] } }),
    'resources[0].providers[0].aesgcm.keys[0].secret: Invalid value: "REDACTED": secret is not of the expected length, got 3, expected one of [16 24 32]',
  ],
  [
    "secretbox takes no AES key's length",
    secrets({ secretbox: { keys: [key] } }),
    'resources[0].providers[0].secretbox.keys[0].secret: Invalid value: "REDACTED": secret is not of the expected length, got 16, expected one of [32]',
  ],
  ['kms: no name', secrets(kms({ name: '' })), 'resources[0].providers[0].kms.name: Required value: name is a mandatory field for a provider'],
  [
    'kms: a colon',
    secrets(kms({ name: 'a:b' })),
    `resources[0].providers[0].kms.name: Invalid value: "a:b": invalid KMS provider name a:b, must not contain ':'`,
  ],
  ['kms: a name twice', secrets(kms(), kms()), 'resources[0].providers[1].kms.name: Invalid value: "k": duplicate KMS provider name k, names must be unique'],
  ['kms: no time', secrets(kms({ timeout: '0s' })), 'resources[0].providers[0].kms.timeout: Invalid value: "0s": timeout should be a positive value'],
  ['kms: no endpoint', secrets(kms({ endpoint: '' })), 'resources[0].providers[0].kms.endpoint: Invalid value: "": endpoint is a mandatory field for a kms'],
  [
    'kms: TCP',
    secrets(kms({ endpoint: 'tcp:///k' })),
    'resources[0].providers[0].kms.endpoint: Invalid value: "tcp:///k": unsupported scheme "tcp" for KMS provider, only unix is supported',
  ],
  ['kms: a cache in v2', secrets(kms({ cachesize: 10 })), 'resources[0].providers[0].kms.cachesize: Invalid value: 10: cachesize is not supported in v2'],
  [
    'kms: no cache in v1',
    secrets(kms({ apiVersion: 'v1', cachesize: 0 })),
    'resources[0].providers[0].kms.cachesize: Invalid value: 0: cachesize should be a positive value, or negative to disable',
  ],
  [
    'kms: v3',
    secrets(kms({ apiVersion: 'v3' })),
    'resources[0].providers[0].kms.apiVersion: Invalid value: "v3": unsupported apiVersion apiVersion for KMS provider, only v1 and v2 are supported',
  ],
  ['capital letters', [entry(['sEcrets'], identity)], 'resources[0].resources[0]: Invalid value: "sEcrets": resource name should not contain capital letters'],
  [
    'a star alone',
    [entry(['*'], identity)],
    `resources[0].resources[0]: Invalid value: "*": use '*.' to encrypt all the resources from core API group or *.* to encrypt all resources`,
  ],
  [
    'without an API',
    [entry(['serviceipallocations'], identity)],
    'resources[0].resources[0]: Invalid value: "serviceipallocations": resources which do not have REST API/s cannot be encrypted',
  ],
  [
    'events in their other group',
    [entry(['*.events.k8s.io'], identity)],
    `resources[0].resources[0]: Invalid value: "*.events.k8s.io": '*.events.k8s.io' objects are stored using the 'events' API group in etcd. Use 'events' instead in the config file`,
  ],
  [
    'extensions',
    [entry(['ingresses.extensions'], identity)],
    `resources[0].resources[0]: Invalid value: "ingresses.extensions": 'extensions' group has been removed and cannot be used for encryption`,
  ],
  [
    'one resource in all groups',
    [entry(['secrets.*'], identity)],
    'resources[0].resources[0]: Invalid value: "secrets.*": encrypting the same resource across groups is not supported',
  ],
  [
    'twice',
    [entry(['secrets', 'secrets'], identity)],
    'resources[0].resources: Invalid value: ["secrets","secrets"]: the same resource cannot be specified multiple times',
  ],
  ['secrets and their group', [entry(['secrets', '*.'], identity)], `resources[0].resources: Invalid value: ["secrets","*."]: ${overlap}`],
  ['a group and everything', [entry(['*.apps', '*.*'], identity)], `resources[0].resources: Invalid value: ["*.apps","*.*"]: ${overlap}`],
  ['two groups', [entry(['*.apps', 'jobs.batch', '*.'], identity)], 'accepted'],
] as const) {
  test(`validation: ${name}`, () => expect(refusal(resources)).toBe(message))
}

test('v1 plugins may share a name only while the file is not watched', () => {
  const twice = secrets(kms({ apiVersion: 'v1' }), kms({ apiVersion: 'v1' }))
  expect(refusal(twice)).toBe('accepted')
  expect(refusal(twice, { reload: true })).toBe('resources[0].providers[1].kms.name: Invalid value: "k": duplicate KMS provider name k, names must be unique')
})
