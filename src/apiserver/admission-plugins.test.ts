import { expect, test } from 'vitest'
import type { Client } from '../client/client.ts'
import { FakeClock } from '../util/fake/clock.ts'
import { newAdmissionPlugins, type PluginSelection, pluginNames, pluginsOnByDefault, selectionErrors } from './admission-plugins.ts'
import type { AdmissionPlugin, MutationPlugin, ValidationPlugin } from './admission/admission.ts'
import { alwaysAllow } from './authz/authorizer.ts'
import { StoreListers } from './registry/generic/store-lister.ts'

const dependencies = { listers: new StoreListers(() => undefined), authorizer: alwaysAllow, client: {} as Client, clock: new FakeClock() }
const nothing: PluginSelection = { enabled: [], disabled: [] }
const namesOf = (plugins: readonly AdmissionPlugin[]) => plugins.map(({ name }) => name)

test('on by default is what kube-apiserver 1.36 --help says', () => {
  // --enable-admission-plugins of v1.36, in its order.
  const help =
    'NamespaceLifecycle, LimitRanger, ServiceAccount, TaintNodesByCondition, PodSecurity, Priority, DefaultTolerationSeconds, DefaultStorageClass, StorageObjectInUseProtection, PodGroupProtection, PersistentVolumeClaimResize, RuntimeClass, CertificateApproval, CertificateSigning, ClusterTrustBundleAttest, CertificateSubjectRestriction, DefaultIngressClass, PodTopologyLabels, PodGroupWorkloadExists, NodeDeclaredFeatureValidator, JobValidation, PodResizeValidator, MutatingAdmissionPolicy, MutatingAdmissionWebhook, ValidatingAdmissionPolicy, ValidatingAdmissionWebhook, ResourceQuota'
  expect(pluginsOnByDefault).toEqual(help.split(', '))
})

test('those that are off can be switched on, at their place', () => {
  const off = pluginNames.filter((name) => !pluginsOnByDefault.includes(name) && name !== 'EventRateLimit' && name !== 'ImagePolicyWebhook')
  const on = namesOf(newAdmissionPlugins({ enabled: off.toReversed(), disabled: [] }, dependencies))
  expect(on).toEqual(expect.arrayContaining(off))
  expect(on).toEqual(pluginNames.filter((name) => on.includes(name)))
  expect(on[0]).toBe('AlwaysAdmit')
  expect(on.at(-1)).toBe('AlwaysDeny')
})

test('what is disabled is gone', () => {
  expect(namesOf(newAdmissionPlugins({ enabled: [], disabled: ['Priority'] }, dependencies))).not.toContain('Priority')
})

test.each([
  [['Nope'], [], ['enable-admission-plugins plugin "Nope" is unknown']],
  [[], ['SecurityContextDeny'], ['disable-admission-plugins plugin "SecurityContextDeny" is unknown']],
  [['Priority', 'AlwaysAdmit'], ['AlwaysAdmit', 'Priority'], ['[AlwaysAdmit Priority] in enable-admission-plugins and disable-admission-plugins overlapped']],
  [['NodeRestriction'], ['Priority'], []],
])('enabled %j, disabled %j', (enabled, disabled, errors) => {
  expect(selectionErrors({ enabled, disabled })).toEqual(errors)
})

test('webhooks and policies have their places after what changes objects and before what is charged', () => {
  const mutation = (name: string): MutationPlugin => ({ name, handles: () => true, admit: () => {} })
  const validation = (name: string): ValidationPlugin => ({ name, handles: () => true, validate: () => {} })
  const slots = {
    MutatingAdmissionPolicy: mutation('mutating policies'),
    MutatingAdmissionWebhook: mutation('mutating webhooks'),
    ValidatingAdmissionPolicy: validation('validating policies'),
    ValidatingAdmissionWebhook: validation('validating webhooks'),
  }
  const names = namesOf(newAdmissionPlugins(nothing, { ...dependencies, slots }))
  expect(names.slice(-6)).toEqual([
    'PodResizeValidator',
    'mutating policies',
    'mutating webhooks',
    'validating policies',
    'validating webhooks',
    'ResourceQuota',
  ])
})

test('configuration that a plugin cannot take names the plugin', () => {
  const start = (enabled: string, text?: string) => () =>
    newAdmissionPlugins({ enabled: [enabled], disabled: [], configuration: new Map(text === undefined ? [] : [[enabled, text]]) }, dependencies)
  expect(start('EventRateLimit')).toThrow(
    'failed to apply admission: couldn\'t init admission plugin "EventRateLimit": limits: Invalid value: null: must not be empty',
  )
  expect(
    start('PodSecurity', '{"apiVersion":"pod-security.admission.config.k8s.io/v1","kind":"PodSecurityConfiguration","defaults":{"enforce":"strict"}}'),
  ).toThrow('couldn\'t init admission plugin "PodSecurity": defaults.enforce: Invalid value: "strict": must be one of privileged, baseline, restricted')
})
