import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import type { Pod } from '../../api/core/v1.ts'
import { silentLogger } from '../../component-base/logger.ts'
import { FakeClock } from '../../util/fake/clock.ts'
import { pod } from '../fake/pods.ts'
import type { Failure } from '../sync/pod-syncer.ts'
import { evictOne } from './eviction-loop.ts'
import { rankByMemory } from './rank.ts'
import { limitsStorage, storageExcess } from './storage-limits.ts'
import { storageUsage } from '../volumes/storage-usage.ts'

const mi = 2 ** 20
const asks = (uid: string, memory: string | undefined, priority = 0): Pod =>
  pod({ priority, containers: [{ name: 'c', ...(memory ? { resources: { requests: { memory } } } : {}) }] }, { metadata: { uid } })

test('over their request first, then by priority, then by how much', () => {
  const used: Record<string, number> = { under: 50 * mi, important: 90 * mi, little: 20 * mi, much: 80 * mi, critical: 900 * mi }
  const pods = [
    asks('under', '100Mi'),
    asks('important', '10Mi', 1000),
    asks('little', '10Mi'),
    asks('much', '10Mi'),
    asks('critical', undefined, 2_000_000_000),
  ]
  expect(rankByMemory(pods, (uid) => used[uid]!).map((p) => p.metadata.uid)).toEqual(['much', 'little', 'important', 'under'])
})

test.each([
  ['enough memory: nobody', 200 * mi, undefined],
  ['short of memory: the largest', 50 * mi, 'b'],
])('%s', async (_, memoryAvailableBytes, want) => {
  const evicted: [string, Failure][] = []
  const stats = ['a', 'b'].map((uid, i) => ({ attributes: { labels: { 'io.kubernetes.pod.uid': uid } }, memory: { workingSetBytes: { value: (i + 1) * mi } } }))
  await evictOne({
    runtime: { listContainerStats: async () => ({ stats }) },
    clock: new FakeClock(),
    logger: silentLogger,
    recorder: { event() {} },
    usage: async () => ({ memoryAvailableBytes }),
    active: () => [asks('a', undefined), asks('b', undefined)],
    evict: (uid, failure) => void evicted.push([uid, failure]),
    rootDirectory: '/none',
    logDirectory: '/none',
  })
  expect(evicted.map(([uid, { reason }]) => `${uid} ${reason}`)).toEqual(want ? [`${want} Evicted`] : [])
})

const storage = (limit: string | undefined) => (limit ? { resources: { limits: { 'ephemeral-storage': limit } } } : {})
const writes = (limits: readonly (string | undefined)[], sizeLimit?: string): Pod =>
  pod({
    containers: limits.map((limit, index) => ({ name: `c${index}`, ...storage(limit) })),
    volumes: [{ name: 'v', emptyDir: sizeLimit ? { sizeLimit } : {} }],
  })

test.each<[string, Pod, { containers?: number[]; volume?: number; hosts?: number }, string | undefined]>([
  ['without limits as much as there is', writes([undefined]), { containers: [900], volume: 900, hosts: 900 }, undefined],
  ['a volume at its limit', writes([undefined], '1Mi'), { volume: 1 }, undefined],
  ['a volume beyond it', writes([undefined], '1Mi'), { volume: 2 }, 'Usage of EmptyDir volume "v" exceeds the limit "1Mi". '],
  ['a container beyond its own', writes(['1Mi', '9Mi']), { containers: [2, 0] }, 'Container c0 exceeded its local ephemeral storage limit "1Mi". '],
  [
    'all together beyond the sum, the volume too',
    writes(['1Mi', '9Mi']),
    { containers: [1, 8], volume: 2 },
    'Pod ephemeral local storage usage exceeds the total limit of containers 10Mi. ',
  ],
  ['CVE-2020-8557: the hosts file counts', writes(['3Mi']), { hosts: 4 }, 'Pod ephemeral local storage usage exceeds the total limit of containers 3Mi. '],
  [
    'one without a limit adds nothing to the sum',
    writes(['3Mi', undefined]),
    { containers: [0, 4] },
    'Pod ephemeral local storage usage exceeds the total limit of containers 3Mi. ',
  ],
])('storage: %s', (_, subject, { containers = [], volume = 0, hosts = 0 }, message) => {
  const usage = { containers: new Map(containers.map((used, index) => [`c${index}`, used * mi])), volumes: new Map([['v', volume * mi]]), hosts: hosts * mi }
  expect(storageExcess(subject, usage)).toBe(message)
  expect(limitsStorage(subject)).toBe(subject.spec.containers.some((c) => c.resources) || Boolean(subject.spec.volumes![0]!.emptyDir!.sizeLimit))
})

test('CVE-2020-8557: what is on disk is counted: logs, layers, volumes, the hosts file; files once, and links not followed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'eviction-'))
  const subject = pod({ containers: [{ name: 'c0' }], volumes: [{ name: 'v', emptyDir: {} }] }, { metadata: { uid: 'u', name: 'p', namespace: 'n' } })
  const write = (path: string) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), Buffer.alloc(mi, 1))
  }
  for (const path of ['pods/u/etc-hosts', 'n_p_u/c0/0.log', 'pods/u/volumes/kubernetes.io~empty-dir/v/deep/file', 'elsewhere/file']) write(path)
  const volume = join(directory, 'pods/u/volumes/kubernetes.io~empty-dir/v')
  linkSync(join(volume, 'deep/file'), join(volume, 'again'))
  symlinkSync(join(directory, 'elsewhere'), join(volume, 'link'))
  const { hosts, containers, volumes } = await storageUsage(subject, { rootDirectory: directory, logDirectory: directory, layers: new Map([['c0', 2 * mi]]) })
  const inMi = (bytes: number) => Math.round(bytes / mi)
  expect([inMi(hosts), inMi(containers.get('c0')!), inMi(volumes.get('v')!)]).toEqual([1, 3, 1])
  rmSync(directory, { recursive: true })
})
