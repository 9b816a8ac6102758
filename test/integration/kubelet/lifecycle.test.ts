import { afterAll, beforeAll, expect, test } from 'vitest'
import { isReady, phase, TestNode } from './node.ts'

let node: TestNode
beforeAll(async () => void (node = await TestNode.start('10.210.1.0/24')))
afterAll(async () => node[Symbol.asyncDispose]())

const sleeper = { name: 'main', command: ['/bin/sleep', '1000'] }

test('a pod runs, is ready, is deleted gracefully and leaves nothing', async () => {
  node.pod('web', { containers: [sleeper] })
  const pod = await node.until('web', isReady)
  expect(pod.status).toMatchObject({ phase: 'Running', podIP: expect.stringMatching(/^10\.210\.1\./), observedGeneration: 1 })
  node.delete('web')
  await node.untilGone('web')
  const runtime = node.containerd.client()
  // What has ended is removed from the runtime in the background, after the API object is gone.
  await expect.poll(async () => (await runtime.listContainers({})).containers, { timeout: 20_000 }).toEqual([])
})

test('a pod that finishes by itself succeeds, with its termination message', async () => {
  node.pod('job', { restartPolicy: 'Never', containers: [{ name: 'main', command: ['/bin/sh', '-c', 'echo -n done > /dev/termination-log'] }] })
  const pod = await node.until('job', phase('Succeeded'))
  expect(pod.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 0, reason: 'Completed', message: 'done' })
})
