import { describe, expect, test } from 'vitest'
import { aggregate } from '../../../apimachinery/field-errors.ts'
import { decodeAuthorizationConfiguration, toAuthorizationConfiguration } from './authorization-configuration.ts'
import { type FileCheck, validateAuthorizationConfiguration } from './validate.ts'

const files: FileCheck = (path) =>
  path === '/etc/hook' ? { isFile: true } : path === '/etc' ? { isFile: false } : { error: `stat ${path}: no such file or directory` }
const configuration = (authorizers: object[], version = 'v1') =>
  JSON.stringify({ apiVersion: `apiserver.config.k8s.io/${version}`, kind: 'AuthorizationConfiguration', authorizers })
const hook = {
  timeout: '3s',
  subjectAccessReviewVersion: 'v1',
  failurePolicy: 'Deny',
  connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: '/etc/hook' },
}
const webhook = (over: object) => [{ type: 'Webhook', name: 'w', webhook: { ...hook, ...over } }]

function errorsOf(authorizers: object[]): string {
  const errors = validateAuthorizationConfiguration(decodeAuthorizationConfiguration(configuration(authorizers)), files)
  return errors.length > 0 ? aggregate(errors) : ''
}

test.each<[string, object[], string]>([
  ['nobody', [], 'authorizers: Required value: at least one authorization mode must be defined'],
  ['no type', [{ name: 'n' }], 'authorizers[0].type: Required value'],
  [
    'an unknown type',
    [{ type: 'Magic', name: 'n' }],
    'authorizers[0].type: Unsupported value: "Magic": supported values: "ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"',
  ],
  [
    'a type twice',
    [
      { type: 'RBAC', name: 'a' },
      { type: 'RBAC', name: 'b' },
    ],
    'authorizers[1].type: Duplicate value: "RBAC"',
  ],
  ['webhooks may be several', [...webhook({}), { ...webhook({})[0], name: 'other' }], ''],
  ['no name', [{ type: 'RBAC' }], 'authorizers[0].name: Required value'],
  [
    'a name twice',
    [
      { type: 'RBAC', name: 'a' },
      { type: 'Node', name: 'a' },
    ],
    'authorizers[1].name: Duplicate value: "a"',
  ],
  [
    'a webhook of what is none',
    [{ type: 'RBAC', name: 'a', webhook: hook }],
    'authorizers[0].webhook: Invalid value: "non-null": may only be specified when type=Webhook',
  ],
  ['none of what is one', [{ type: 'Webhook', name: 'w' }], 'authorizers[0].webhook: Required value: required when type=Webhook'],
  ['no timeout', webhook({ timeout: '0s' }), 'authorizers[0].timeout: Required value'],
  ['a long timeout', webhook({ timeout: '31s' }), 'authorizers[0].timeout: Invalid value: "31s": must be > 0s and <= 30s'],
  ['a negative time to live', webhook({ authorizedTTL: '-1s' }), 'authorizers[0].authorizedTTL: Invalid value: "-1s": must be > 0s'],
  ['no time to live', webhook({ unauthorizedTTL: '0s' }), 'authorizers[0].unauthorizedTTL: Required value'],
  [
    'another version',
    webhook({ subjectAccessReviewVersion: 'v2' }),
    'authorizers[0].subjectAccessReviewVersion: Unsupported value: "v2": supported values: "v1", "v1beta1"',
  ],
  ['no failure policy', webhook({ failurePolicy: undefined }), 'authorizers[0].failurePolicy: Required value'],
  [
    'another failure policy',
    webhook({ failurePolicy: 'Maybe' }),
    'authorizers[0].failurePolicy: Unsupported value: "Maybe": supported values: "NoOpinion", "Deny"',
  ],
  [
    'a relative file',
    webhook({ connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: 'hook' } }),
    'authorizers[0].connectionInfo.kubeConfigFile: Invalid value: "hook": must be an absolute path',
  ],
  [
    'a missing file',
    webhook({ connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: '/x' } }),
    'authorizers[0].connectionInfo.kubeConfigFile: Invalid value: "/x": error loading file: stat /x: no such file or directory',
  ],
  [
    'a folder',
    webhook({ connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: '/etc' } }),
    'authorizers[0].connectionInfo.kubeConfigFile: Invalid value: "/etc": must be a regular file',
  ],
  [
    'itself',
    webhook({ connectionInfo: { type: 'InClusterConfig' } }),
    'authorizers[0].connectionInfo.type: Invalid value: "InClusterConfig": is not allowed for kube-apiserver',
  ],
  [
    'conditions that are none',
    webhook({
      matchConditions: [
        { expression: "request.user == 'x'" },
        { expression: ' ' },
        { expression: 'request.user' },
        { expression: "request.user == 'x'" },
        { expression: 'request.usr' },
        { expression: "'a'.find('(') == ''" },
      ],
      matchConditionSubjectAccessReviewVersion: 'v1',
    }),
    '[' +
      [
        'authorizers[0].matchConditions[1].expression: Required value',
        'authorizers[0].matchConditions[2].expression: Invalid value: "request.user": must evaluate to bool but got string',
        `authorizers[0].matchConditions[3].expression: Duplicate value: "request.user == 'x'"`,
        String.raw`authorizers[0].matchConditions[4].expression: Invalid value: "request.usr": compilation failed: ERROR: <input>:1:8: undefined field 'usr'` +
          '\n | request.usr\n | .......^',
        'authorizers[0].matchConditions[5].expression: Internal error: program instantiation failed: error parsing regexp: missing closing ): `(`',
      ].join(', ') +
      ']',
  ],
  [
    'many conditions',
    webhook({ matchConditions: Array.from({ length: 65 }, () => ({ expression: 'true' })), matchConditionSubjectAccessReviewVersion: 'v1' }),
    'authorizers[0].matchConditions: Too many: 65: must have at most 64 items',
  ],
  [
    'conditions on everything that a question has',
    webhook({
      matchConditions: [
        {
          expression:
            "has(request.resourceAttributes) && request.resourceAttributes.namespace == 'kube-system' && request.resourceAttributes.labelSelector.requirements.exists(r, r.key == 'a' && 'b' in r.values)",
        },
        { expression: "has(request.nonResourceAttributes) && request.nonResourceAttributes.path.startsWith('/x')" },
        { expression: "'system:masters' in request.groups || request.extra['a'][0] == request.uid" },
      ],
      matchConditionSubjectAccessReviewVersion: 'v1',
    }),
    '',
  ],
  [
    'conditions without a version',
    webhook({ matchConditions: [{ expression: 'true' }] }),
    'authorizers[0].matchConditionSubjectAccessReviewVersion: Required value: required if match conditions are specified',
  ],
])('%s', (_, authorizers, errors) => expect(errorsOf(authorizers)).toBe(errors))

describe('a file', () => {
  test('of any version is defaulted', () => {
    for (const version of ['v1', 'v1beta1', 'v1alpha1']) {
      const written = decodeAuthorizationConfiguration(
        configuration([...webhook({ cacheUnauthorizedRequests: false }), { type: 'RBAC', name: 'rbac' }], version),
      )
      expect(toAuthorizationConfiguration(written).authorizers).toEqual([
        {
          type: 'Webhook',
          name: 'w',
          webhook: {
            kubeconfigFile: '/etc/hook',
            version: 'v1',
            timeoutMs: 3000,
            authorizedTtlMs: 300_000,
            unauthorizedTtlMs: 0,
            failure: 'deny',
            matchConditions: [],
          },
        },
        { type: 'RBAC', name: 'rbac' },
      ])
    }
  })

  test.each([
    ['misspelt', configuration([{ type: 'RBAC', nmae: 'x' }]), 'strict decoding error: unknown field "authorizers[0].nmae"'],
    ['of a wrong type', configuration([{ type: 1 }]), 'cannot unmarshal number'],
    ['of another kind', '{"apiVersion":"v1","kind":"Pod"}', 'no kind "Pod" is registered for version "v1"'],
    ['of a later version', configuration([], 'v9'), 'no kind "AuthorizationConfiguration" is registered for version "apiserver.config.k8s.io/v9"'],
    ['without a kind', '{}', "Object 'Kind' is missing"],
    ['empty', '', "Object 'Kind' is missing"],
    ['no YAML', '{', ''],
  ])('%s is refused', (_, text, message) => expect(() => decodeAuthorizationConfiguration(text)).toThrow(message))
})
