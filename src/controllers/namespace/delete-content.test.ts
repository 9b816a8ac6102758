// CVE-2024-7598: network policies and secrets outlive the pods that they guard, whatever goes wrong with the pods.
import { expect, test } from 'vitest'
import type { Client } from '../../client/client.ts'
import { deleteContent, type DeleteContentDependencies } from './delete-content.ts'

const resource = (plural: string, kind: string) => ({
  resource: plural,
  responseKind: { kind },
  scope: 'Namespaced',
  verbs: ['delete', 'deletecollection', 'list'],
})
const pods = resource('pods', 'Pod')
const policies = { metadata: { name: 'networking.k8s.io' }, versions: [{ version: 'v1', resources: [resource('networkpolicies', 'NetworkPolicy')] }] }
const core = (versions: object) => ({ metadata: {}, versions: [{ version: 'v1', ...versions }] })

interface Situation {
  readonly core?: object
  readonly podsLeft?: number
  /** What fails: deleting the pods, or looking at what is left of them. */
  readonly failing?: 'delete' | 'list'
}

/** @returns what was deleted, in order */
async function deleted({ core: versions = { resources: [pods] }, podsLeft = 0, failing }: Situation): Promise<readonly string[]> {
  const order: string[] = []
  const fail = (what: Situation['failing'], plural: string) => {
    if (failing === what && plural === 'pods') throw new Error('the server is not well')
  }
  const dependencies = {
    client: {
      raw: async (_method: string, path: string) => ({ status: 200, text: JSON.stringify({ items: path === '/api' ? [core(versions)] : [policies] }) }),
      deleteCollection: async ({ plural }: { plural: string }) => {
        fail('delete', plural)
        order.push(plural)
      },
      list: async () => ({ items: Array.from({ length: podsLeft }, () => ({ metadata: {}, spec: { terminationGracePeriodSeconds: 30 } })) }),
    },
    metadataClient: {
      list: async ({ plural }: { plural: string }) => {
        fail('list', plural)
        return { items: plural === 'pods' ? Array.from({ length: podsLeft }, () => ({ metadata: {} })) : [] }
      },
    },
  } as unknown as DeleteContentDependencies & { client: Client }
  await deleteContent('doomed', dependencies, new AbortController().signal)
  return order
}

test.each<[string, Situation, readonly string[]]>([
  ['no pods are left: everything goes', {}, ['pods', 'networkpolicies']],
  ['some are', { podsLeft: 1 }, ['pods']],
  ['they are not deleted', { failing: 'delete' }, []],
  ['nobody knows whether some are left', { failing: 'list' }, ['pods']],
  ['nobody knows whether there are pods at all', { core: { freshness: 'Stale' } }, []],
  ['the server has no pods', { core: {} }, ['networkpolicies']],
])('%s', async (_, situation, order) => {
  expect(await deleted(situation)).toEqual(order)
})
