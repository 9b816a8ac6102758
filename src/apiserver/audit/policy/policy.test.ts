import { expect, test } from 'vitest'
import { loadPolicy } from './policy.ts'

const head = 'apiVersion: audit.k8s.io/v1\nkind: Policy\n'

function load(text: string) {
  const warnings: string[] = []
  const policy = loadPolicy(text, (message) => warnings.push(message))
  return { policy, warnings }
}

test('a policy in YAML, and in JSON', () => {
  const { policy } = load(`${head}omitStages: [RequestReceived]\nrules:\n- level: Metadata\n  resources:\n  - group: ""\n    resources: [pods/log]\n`)
  expect(policy).toMatchObject({ omitStages: ['RequestReceived'], rules: [{ level: 'Metadata', resources: [{ resources: ['pods/log'] }] }] })
  expect(load('{"apiVersion":"audit.k8s.io/v1","kind":"Policy","rules":[{"level":"None"}]}').policy.rules).toEqual([{ level: 'None' }])
})

test('unknown and duplicate fields are passed over, and said', () => {
  const { policy, warnings } = load(`${head}rules:\n- level: None\n  user: [x]\n`)
  expect(policy.rules).toEqual([{ level: 'None' }])
  expect(warnings).toEqual(['Audit policy contains errors, falling back to lenient decoding: strict decoding error: unknown field "rules[0].user"'])
})

for (const { name, text, error } of [
  { name: 'empty', text: '', error: "failed decoding: Object 'Kind' is missing in ''" },
  { name: 'no kind', text: 'rules: []', error: "failed decoding: Object 'Kind' is missing in 'rules: []'" },
  { name: 'no version', text: 'kind: Policy', error: "failed decoding: Object 'apiVersion' is missing in 'kind: Policy'" },
  {
    name: 'a version of the past',
    text: 'apiVersion: audit.k8s.io/v1beta1\nkind: Policy',
    error: 'failed decoding: no kind "Policy" is registered for version "audit.k8s.io/v1beta1" in scheme "k8s.io/apiserver/pkg/audit/scheme.go:30"',
  },
  { name: 'another kind', text: 'apiVersion: v1\nkind: Pod', error: 'failed decoding: no kind "Pod" is registered for version "v1"' },
  {
    name: 'a wrong type',
    text: `${head}rules: x`,
    error: 'failed decoding: json: cannot unmarshal string into Go struct field Policy.rules of type []v1.PolicyRule',
  },
  { name: 'no rules', text: head, error: 'loaded illegal policy with 0 rules' },
  { name: 'no level', text: `${head}rules: [{}]`, error: 'rules[0].level: Required value' },
  {
    name: 'an unknown level',
    text: `${head}rules: [{level: All}]`,
    error: 'rules[0].level: Unsupported value: "All": supported values: "None", "Metadata", "Request", "RequestResponse"',
  },
  {
    name: 'an unknown stage, of the policy and of a rule',
    text: `${head}omitStages: [Begin]\nrules: [{level: None, omitStages: [End]}]`,
    error:
      '[omitStages[0]: Invalid value: "Begin": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic, rules[0].omitStages[0]: Invalid value: "End": allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic]',
  },
  {
    name: 'a path without slash',
    text: `${head}rules: [{level: None, nonResourceURLs: [healthz]}]`,
    error: `rules[0].nonResourceURLs[0]: Invalid value: "healthz": non-resource URL rules must begin with a '/' character`,
  },
  {
    name: '* within a path',
    text: `${head}rules: [{level: None, nonResourceURLs: [/a*/b]}]`,
    error: `rules[0].nonResourceURLs[0]: Invalid value: "/a*/b": non-resource URL wildcards '*' must be the final character of the rule`,
  },
  {
    name: 'a group with its version',
    text: `${head}rules: [{level: None, resources: [{group: apps/v1}]}]`,
    error: 'rules[0].resources.group: Invalid value: "apps/v1": a lowercase RFC 1123 subdomain must consist of',
  },
  {
    name: 'names without resources',
    text: `${head}rules: [{level: None, resources: [{resourceNames: [x]}]}]`,
    error: 'rules[0].resources.resourceNames: Invalid value: ["x"]: using resourceNames requires at least one resource',
  },
  {
    name: 'paths and resources in one rule',
    text: `${head}rules: [{level: None, nonResourceURLs: [/a], namespaces: [ns]}]`,
    error: 'rules[0].nonResourceURLs: Invalid value: ["/a"]: rules cannot apply to both regular resources and non-resource URLs',
  },
]) {
  test(`refused: ${name}`, () => expect(() => load(text)).toThrow(error))
}
