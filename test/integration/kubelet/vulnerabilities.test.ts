// Known vulnerabilities of kubelets (docs/security/cve.md), tried in real containers.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ensureImage } from '../../../src/machine/image/import.ts'
import { busyboxImage } from '../../support/containerd.ts'
import { phase, TestNode } from './node.ts'

const unprivileged = 'busybox-as-1234:test'
let node: TestNode
beforeAll(async () => {
  node = await TestNode.start('10.210.4.0/24')
  await ensureImage(node.containerd.socket, await busyboxImage({ tag: unprivileged, user: '1234' }))
})
afterAll(async () => node[Symbol.asyncDispose]())

const sh = (script: string) => ['/bin/sh', '-c', script]

test('CVE-2020-8557: who fills the hosts file of a pod that says what it may write is evicted', async () => {
  node.pod('filler', {
    containers: [
      {
        name: 'main',
        command: sh('busybox dd if=/dev/zero of=/etc/hosts bs=1048576 count=4; sleep 1000'),
        resources: { limits: { 'ephemeral-storage': '2Mi' } },
      },
    ],
  })
  const evicted = await node.until('filler', phase('Failed'), 40_000)
  expect(evicted.status).toMatchObject({
    reason: 'Evicted',
    message: 'Pod ephemeral local storage usage exceeds the total limit of containers 2Mi. ',
    conditions: expect.arrayContaining([expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'TerminationByKubelet' })]),
  })
  expect(node.events('filler')).toContain(`Evicted: ${evicted.status!.message!}`)
})

test('CVE-2019-11245: the second start of a container is as its first: the user of the image, and no root where there must be none', async () => {
  node.pod('again', { containers: [{ name: 'main', image: unprivileged, command: sh('busybox id -u; exit 1'), securityContext: { runAsNonRoot: true } }] })
  const again = await node.until(
    'again',
    (p) => (p.status?.containerStatuses?.[0]?.restartCount ?? 0) >= 1 && p.status!.containerStatuses![0]!.lastState?.terminated !== undefined,
  )
  await expect.poll(() => node.log(again, 'main', 1)).toBe('1234\n')
  expect(node.log(again, 'main', 0)).toBe('1234\n')
  node.delete('again')
  await node.untilGone('again')
})

test('CVE-2024-10220, CVE-2025-1767: a gitRepo volume is refused in upstream’s words, and no git runs', async () => {
  const trap = join(node.root, 'cloned')
  node.pod('cloner', {
    volumes: [{ name: 'source', gitRepo: { repository: `ext::sh -c "touch ${trap}"`, directory: '.' } }],
    containers: [{ name: 'main', command: sh('sleep 1000'), volumeMounts: [{ name: 'source', mountPath: '/source' }] }],
  })
  await expect
    .poll(() => node.events('cloner').join('\n'))
    .toContain(
      'FailedMount: MountVolume.SetUp failed for volume "source" : git-repo volume plugin has been disabled; if necessary, it may be re-enabled by enabling the feature-gate `GitRepoVolumeDriver`',
    )
  expect(node.get('cloner')!.status?.containerStatuses?.[0]?.state?.running).toBeUndefined()
  expect(existsSync(trap)).toBe(false)
  node.delete('cloner')
  await node.untilGone('cloner')
})
