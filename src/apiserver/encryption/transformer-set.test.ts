import { beforeEach, expect, test } from 'vitest'
import { silentLogger } from '../../component-base/logger.ts'
import { systemClock } from '../../util/clock.ts'
import type { EncryptionConfiguration, ProviderConfiguration } from './config/encryption-configuration.ts'
import { EncryptionMetrics } from './encryption-metrics.ts'
import { TransformerSet } from './transformer-set.ts'
import { identity } from './transformers/identity.ts'

const aes = (name: string): ProviderConfiguration => ({ aesgcm: { keys: [{ name, secret: 'c2VjcmV0IGlzIHNlY3VyZQ==' }] } })
const newMetrics = () => new EncryptionMetrics({ apiServerId: 'a', clock: systemClock })
const newSet = (...entries: readonly (readonly [resources: string, ...providers: ProviderConfiguration[]])[]) => {
  const configuration: EncryptionConfiguration = {
    apiVersion: '',
    kind: '',
    resources: entries.map(([names, ...providers]) => ({ resources: names.split(' '), providers })),
  }
  return new TransformerSet(configuration, { clock: systemClock, logger: silentLogger, metrics })
}
let metrics = newMetrics()
beforeEach(() => {
  metrics = newMetrics()
})

for (const { name, entries, refused } of [
  { name: 'a resource after its group', entries: ['*.', 'secrets'], refused: 'resource "secrets" is masked by earlier rule "*."' },
  { name: 'a group after everything', entries: ['*.*', '*.apps'], refused: 'resource "*.apps" is masked by earlier rule "*.*"' },
  { name: 'a core resource after everything', entries: ['*.*', 'secrets'], refused: 'resource "secrets" is masked by earlier rule "*.*"' },
  { name: 'a group twice', entries: ['*.apps', '*.apps'], refused: 'resource "*.apps" is masked by earlier rule "*.apps"' },
  { name: 'from the narrow to the wide', entries: ['secrets', '*.', '*.apps', '*.*'], refused: undefined },
]) {
  test(`order: ${name}`, () => {
    const make = () => newSet(...entries.map((entry) => [entry, aes('k')] as const))
    if (refused) expect(make).toThrow(refused)
    else expect(make).not.toThrow()
  })
}

test('the narrowest entry applies, whatever the order of its kind', () => {
  const set = newSet(['secrets', aes('exact')], ['*.', aes('core')], ['deployments.apps', aes('deploy')], ['*.apps', aes('apps')])
  const prefixOf = (group: string, resource: string) => {
    const transformer = set.transformerOf({ group, resource })
    return transformer === identity
      ? 'identity'
      : Buffer.from(transformer.toStorage(Buffer.from('{}'), '/k'))
          .toString('latin1')
          .split(':')[4]
  }
  expect(prefixOf('', 'secrets')).toBe('exact')
  expect(prefixOf('', 'configmaps')).toBe('core')
  expect(prefixOf('apps', 'deployments')).toBe('deploy')
  expect(prefixOf('apps', 'statefulsets')).toBe('apps')
  expect(prefixOf('batch', 'jobs')).toBe('identity')
})

test('one resource in two entries: the first writes, both read', () => {
  const set = newSet(['secrets', aes('new')], ['secrets configmaps', aes('old')])
  const secrets = set.transformerOf({ group: '', resource: 'secrets' })
  const old = set.transformerOf({ group: '', resource: 'configmaps' }).toStorage(Buffer.from('{}'), '/k')
  expect(secrets.fromStorage(old, '/k')).toMatchObject({ stale: true })
})

test('KMS v1 is refused in upstream words', () => {
  const v1: ProviderConfiguration = { kms: { apiVersion: 'v1', name: 'k', endpoint: 'unix:///k', timeout: '3s', cachesize: 1000 } }
  expect(() => newSet(['secrets', v1])).toThrow('KMSv1 is deprecated and will only receive security updates going forward. Use KMSv2 instead.')
})

test('a refused or lost key is counted under its prefix', async () => {
  const set = newSet(['secrets', aes('here')])
  const transformer = set.transformerOf({ group: '', resource: 'secrets' })
  expect(() => transformer.fromStorage(Buffer.from('k8s:enc:aesgcm:v1:gone:0123456789abcdef0123456789abcdef'), '/k')).toThrow(
    'no matching key was found for the provided AES transformer',
  )
  expect(await metrics.text()).toContain(
    'apiserver_storage_transformation_operations_total{transformation_type="from_storage",transformer_prefix="k8s:enc:aesgcm:v1:",status="unknown-non-grpc"} 1',
  )
})
