import { describe, expect, test } from 'vitest'
import type { Namespace } from '../../api/core/v1.ts'
import { alreadyExists, forbidden } from '../../apimachinery/api-error.ts'
import type { Client } from '../../client/client.ts'
import { attributesFor } from './fake/attributes.ts'
import { newNamespaceAutoProvision } from './namespace-auto-provision/plugin.ts'
import { newNamespaceExists } from './namespace-exists/plugin.ts'
import { newNamespaceLifecycle } from './namespace-lifecycle/plugin.ts'

const stored = new Map<string, object>([
  ['ns', { metadata: { name: 'ns' }, status: { phase: 'Active' } }],
  ['going', { metadata: { name: 'going', deletionTimestamp: 'now' }, status: { phase: 'Terminating' } }],
])
const namespaces = { get: (name: string) => stored.get(name) as Namespace | undefined }
const object = { metadata: { name: 'o' } }

const refusal = async (run: () => Promise<void> | void): Promise<string> => {
  try {
    await run()
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

describe('NamespaceLifecycle', () => {
  const plugin = newNamespaceLifecycle({ namespaces })
  const terminating = 'configmaps "o" is forbidden: unable to create new content in namespace going because it is being terminated'
  test.each<[string, string, object, string]>([
    ['a create', 'configmaps', {}, ''],
    ['in a namespace that is not there', 'configmaps', { namespace: 'none' }, 'namespaces "none" not found'],
    ['in one that goes', 'configmaps', { namespace: 'going' }, terminating],
    ['a generated name', 'configmaps', { namespace: 'going', name: '', object: { metadata: { generateName: 'o' } } }, terminating],
    [
      'an order to an object there',
      'pods',
      { namespace: 'going', subresource: 'eviction' },
      'pods "o" is forbidden: unable to create new content in namespace going',
    ],
    ['an update in one that goes', 'configmaps', { namespace: 'going', operation: 'UPDATE' }, ''],
    ['an update where nothing is', 'configmaps', { namespace: 'none', operation: 'UPDATE' }, 'namespaces "none" not found'],
    ['a delete', 'configmaps', { namespace: 'none', operation: 'DELETE' }, ''],
    ['a question about rights there', 'authorization.k8s.io/localsubjectaccessreviews', { namespace: 'none' }, ''],
    ['a namespace itself', 'namespaces', { namespace: 'none', name: 'none' }, ''],
    ['something of the cluster', 'nodes', { namespace: '' }, ''],
    ...['default', 'kube-system', 'kube-public'].map(
      (name) =>
        [
          `deleting ${name}`,
          'namespaces',
          { operation: 'DELETE', namespace: name, name },
          `namespaces "${name}" is forbidden: this namespace may not be deleted`,
        ] as [string, string, object, string],
    ),
    ['deleting another', 'namespaces', { operation: 'DELETE', namespace: 'ns', name: 'ns' }, ''],
  ])('%s', async (_, id, overrides, why) => {
    const message = await refusal(() => plugin.admit!(attributesFor(id, { object, ...overrides })))
    if (why) expect(message).toContain(why)
    else expect(message).toBe('')
  })

  test('says why in a way that programs can read', () => {
    expect(() => plugin.admit!(attributesFor('configmaps', { object, namespace: 'going' }))).toThrow(
      expect.objectContaining({
        details: expect.objectContaining({
          causes: [{ reason: 'NamespaceTerminating', message: 'namespace going is being terminated', field: 'metadata.namespace' }],
        }) as object,
      }),
    )
  })
})

test.each([
  ['ns', 'CREATE', ''],
  ['none', 'CREATE', 'namespaces "none" not found'],
  ['none', 'DELETE', 'namespaces "none" not found'],
])('NamespaceExists: in %s, %s', async (namespace, operation, why) => {
  expect(await refusal(() => newNamespaceExists(namespaces).validate!(attributesFor('configmaps', { object, namespace, operation })))).toBe(why)
})

describe('NamespaceAutoProvision', () => {
  async function provision(overrides: object, fail?: Error): Promise<{ made: string[]; why: string }> {
    const made: string[] = []
    const create = (async (_: unknown, { metadata }: Namespace) => {
      if (fail) throw fail
      made.push(metadata.name)
    }) as unknown as Client['create']
    const plugin = newNamespaceAutoProvision({ namespaces, client: { create } })
    const why = await refusal(() => plugin.admit!(attributesFor('configmaps', { object, namespace: 'none', ...overrides })))
    return { made, why }
  }
  const resource = { group: '', plural: 'namespaces' }
  test.each<[string, object, Error | undefined, string[], string]>([
    ['what is missing is made', {}, undefined, ['none'], ''],
    ['what is there is left', { namespace: 'ns' }, undefined, [], ''],
    ['a dry run makes nothing', { dryRun: true }, undefined, [], ''],
    ['somebody else was faster', {}, alreadyExists(resource, 'none'), [], ''],
    ['it may not be made', {}, forbidden(resource, 'none', 'no'), [], 'configmaps "o" is forbidden: namespaces "none" is forbidden: no'],
  ])('%s', async (_, overrides, fail, made, why) => {
    expect(await provision(overrides, fail)).toEqual({ made, why })
  })
})
