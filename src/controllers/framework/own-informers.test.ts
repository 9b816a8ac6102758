import { expect, test } from 'vitest'
import { nodes, pods } from '../../api/resources.ts'
import { newInformerFactory } from '../../client/informers/factory.ts'
import { notFound } from '../../apimachinery/api-error.ts'
import { ownInformers } from './own-informers.ts'

test('a controller waits for its own informers only', async () => {
  const list = async (resource: { plural: string }) => {
    if (resource.plural === 'nodes') throw notFound({ group: '', plural: 'nodes' }, '')
    return { metadata: { resourceVersion: '1' }, items: [] }
  }
  async function* watch(resource: { plural: string }, _: object, signal: AbortSignal) {
    if (resource.plural === 'nodes') throw notFound({ group: '', plural: 'nodes' }, '')
    yield { type: 'BOOKMARK', object: { metadata: { name: '', resourceVersion: '1', annotations: { 'k8s.io/initial-events-end': 'true' } } } }
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  }
  const shared = newInformerFactory({ client: { list, watch } as never })
  const [served, unserved] = [ownInformers(shared), ownInformers(shared)]
  served.for(pods)
  unserved.for(nodes)
  const ending = new AbortController()
  const running = shared.run(ending.signal)
  await served.synced(ending.signal)
  const blocked = unserved.synced(ending.signal)
  ending.abort()
  await expect(blocked).rejects.toThrow()
  await running
})
