import { describe, expect, test } from 'vitest'
import { readAdmissionConfiguration } from './configuration.ts'
import { eventRateLimits } from './event-rate-limit/configuration.ts'
import { podSecurityConfiguration } from './pod-security/configuration.ts'
import { podTolerationRestrictionConfiguration } from './pod-toleration-restriction/configuration.ts'
import { clusterNodeSelectors } from './pod-node-selector/configuration.ts'
import { limitedResources } from './resource-quota/configuration.ts'

const head = (kind: string, version: string) => `apiVersion: ${version}\nkind: ${kind}\n`
const admission = head('AdmissionConfiguration', 'apiserver.config.k8s.io/v1')

describe('the file as a whole', () => {
  test('holds configuration, or says where it is; the first of a name counts', () => {
    const text = `${admission}plugins:
- name: EventRateLimit
  path: events.yaml
- name: PodSecurity
  configuration: {kind: PodSecurityConfiguration, defaults: {enforce: baseline}}
- name: PodSecurity
  path: other.yaml
- name: Priority
`
    expect(readAdmissionConfiguration(text)).toEqual(
      new Map([
        ['EventRateLimit', { path: 'events.yaml' }],
        ['PodSecurity', { text: '{"kind":"PodSecurityConfiguration","defaults":{"enforce":"baseline"}}' }],
      ]),
    )
  })

  test('may be that of a plugin from before there were versions', () => {
    const text = 'podNodeSelectorPluginConfig:\n  clusterDefaultNodeSelector: a=b\n'
    expect(readAdmissionConfiguration(text)).toEqual(new Map([['PodNodeSelector', { text }]]))
  })

  test.each([
    ['plugins: []', "Object 'Kind' is missing in '{\"plugins\":[]}'"],
    ['kind: AdmissionConfiguration', 'Object \'apiVersion\' is missing in \'{"kind":"AdmissionConfiguration"}\''],
    [head('AdmissionConfiguration', 'apiserver.config.k8s.io/v2'), 'no kind "AdmissionConfiguration" is registered for version "apiserver.config.k8s.io/v2"'],
    [`${admission}plugin: []`, 'strict decoding error: unknown field "plugin"'],
    [`${admission}plugins: []\nplugins: []`, 'strict decoding error: yaml: unmarshal errors:\n  line 4: key "plugins" already set in map'],
    ['{"kind":"AdmissionConfiguration","apiVersion":"apiserver.config.k8s.io/v1","plugins":[],"plugins":[]}', 'duplicate field "plugins"'],
    [`${admission}plugins: 1`, 'json: cannot unmarshal number into Go struct field AdmissionConfiguration.plugins of type []AdmissionPluginConfiguration'],
    [`${admission}plugins:\n- name: a\n  configurations: {}`, 'strict decoding error: unknown field "plugins[0].configurations"'],
    ['- a', "couldn't get version/kind"],
  ])('%j is refused', (text, why) => {
    expect(() => readAdmissionConfiguration(text)).toThrow(why)
  })
})

describe('event rates', () => {
  const events = head('Configuration', 'eventratelimit.admission.k8s.io/v1alpha1')
  test('limits are read', () => {
    expect(eventRateLimits(`${events}limits:\n- {type: Namespace, qps: 50, burst: 100, cacheSize: 2000}`)).toEqual([
      { type: 'Namespace', qps: 50, burst: 100, cacheSize: 2000 },
    ])
  })
  test.each([
    [undefined, 'limits: Invalid value: null: must not be empty'],
    [`${events}limits: []`, 'must not be empty'],
    [
      `${events}limits:\n- {type: Node, qps: 0, burst: -1, cacheSize: -1}`,
      '[limits[0].type: Unsupported value: "Node": supported values: "Namespace", "Server", "SourceAndObject", "User", limits[0].burst: Invalid value: -1: must be positive, limits[0].qps: Invalid value: 0: must be positive, limits[0].cacheSize: Invalid value: -1: must not be negative]',
    ],
    [`${events}limits:\n- {type: Server, qps: 1, burst: 1, rate: 1}`, 'strict decoding error: unknown field "limits[0].rate"'],
    [`${events}limits:\n- {type: Server, qps: x, burst: 1}`, 'json: cannot unmarshal string into Go struct field Limit.limits.qps of type int32'],
  ])('%j is refused', (text, why) => {
    expect(() => eventRateLimits(text)).toThrow(why)
  })
})

describe('Pod Security', () => {
  const security = head('PodSecurityConfiguration', 'pod-security.admission.config.k8s.io/v1')
  test('without configuration nothing is forbidden and nobody exempt', () => {
    const privileged = { level: 'privileged', minor: undefined }
    expect(podSecurityConfiguration(undefined)).toEqual({
      defaults: { enforce: privileged, audit: privileged, warn: privileged },
      exemptions: { namespaces: new Set(), usernames: new Set(), runtimeClasses: new Set() },
    })
  })
  test('defaults and exemptions are read', () => {
    const text = `${security}defaults: {enforce: baseline, enforce-version: v1.30, warn: restricted}\nexemptions: {usernames: [a], namespaces: [kube-system], runtimeClasses: [kata]}`
    expect(podSecurityConfiguration(text)).toEqual({
      defaults: {
        enforce: { level: 'baseline', minor: 30 },
        audit: { level: 'privileged', minor: undefined },
        warn: { level: 'restricted', minor: undefined },
      },
      exemptions: { namespaces: new Set(['kube-system']), usernames: new Set(['a']), runtimeClasses: new Set(['kata']) },
    })
  })
  test.each([
    ['defaults: {warn: none}', 'defaults.warn: Invalid value: "none": must be one of privileged, baseline, restricted'],
    ['defaults: {audit-version: v2.0}', 'defaults.audit-version: Invalid value: "v2.0": must be "latest" or "v1.x"'],
    ['exemptions: {usernames: [""]}', 'exemptions.usernames[0]: Required value'],
    ['exemptions: {usernames: [a, a]}', 'exemptions.usernames[1]: Duplicate value: "a"'],
    ['exemptions: {namespaces: [A]}', 'exemptions.namespaces[0]: Invalid value: "A": a lowercase RFC 1123 label'],
    ['exemptions: {runtimeClasses: [a_b]}', 'exemptions.runtimeClasses[0]: Invalid value: "a_b": a lowercase RFC 1123 subdomain'],
    ['default: {}', 'strict decoding error: unknown field "default"'],
  ])('%j is refused', (rest, why) => {
    expect(() => podSecurityConfiguration(security + rest)).toThrow(why)
  })
})

test('tolerations are checked as those of pods', () => {
  const restriction = head('Configuration', 'podtolerationrestriction.admission.k8s.io/v1alpha1')
  expect(podTolerationRestrictionConfiguration(`${restriction}default: [{key: a, operator: Exists}]`)).toMatchObject({
    default: [{ key: 'a', operator: 'Exists' }],
  })
  expect(() => podTolerationRestrictionConfiguration(`${restriction}whitelist: [{key: a, operator: Sometimes}]`)).toThrow(
    'podtolerationrestriction.whitelist[0].operator: Unsupported value: "Sometimes": supported values: "Equal", "Exists"',
  )
})

test('node selectors have no version', () => {
  expect(clusterNodeSelectors('podNodeSelectorPluginConfig:\n  clusterDefaultNodeSelector: a=b\n  dev: c=d')).toEqual(
    new Map([
      ['clusterDefaultNodeSelector', 'a=b'],
      ['dev', 'c=d'],
    ]),
  )
  expect(() => clusterNodeSelectors('podNodeSelector: {}')).toThrow('strict decoding error: unknown field "podNodeSelector"')
})

test.each(['apiserver.config.k8s.io/v1/ResourceQuotaConfiguration', 'resourcequota.admission.k8s.io/v1beta1/Configuration'])(
  'limited resources of %s',
  (id) => {
    const at = id.lastIndexOf('/')
    const quota = head(id.slice(at + 1), id.slice(0, at))
    expect(limitedResources(`${quota}limitedResources: [{resource: pods, matchContains: [cpu]}]`)).toEqual([{ resource: 'pods', matchContains: ['cpu'] }])
    expect(() => limitedResources(`${quota}limitedResources: [{apiGroup: apps}]`)).toThrow('limitedResources[0].resource: Required value')
  },
)
