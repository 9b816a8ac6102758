import { expect, test } from 'vitest'
import { hierarchiesIn, nodeSystemCgroups } from './cgroups.ts'

const line = (mountPoint: string, type: string, options: string) => `31 23 0:28 / ${mountPoint} rw,relatime shared:9 - ${type} ${type} rw,${options}`

for (const { name, mountinfo, expected } of [
  { name: 'v2', mountinfo: [line('/sys/fs/cgroup', 'cgroup2', 'nsdelegate')], expected: ['2 /sys/fs/cgroup '] },
  {
    name: 'v1 as systemd mounts it',
    mountinfo: [
      line('/sys/fs/cgroup', 'tmpfs', 'mode=755'),
      line('/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'cpu,cpuacct'),
      line('/sys/fs/cgroup/systemd', 'cgroup', 'xattr,release_agent=/lib/systemd/agent,name=systemd'),
    ],
    expected: ['1 /sys/fs/cgroup/cpu,cpuacct cpu,cpuacct', '1 /sys/fs/cgroup/systemd none,name=systemd'],
  },
  {
    name: 'hybrid, with one mounted twice',
    mountinfo: [
      line('/sys/fs/cgroup/memory', 'cgroup', 'memory'),
      line('/sys/fs/cgroup/memory', 'cgroup', 'memory'),
      line('/sys/fs/cgroup/unified', 'cgroup2', 'nsdelegate'),
    ],
    expected: ['1 /sys/fs/cgroup/memory memory', '2 /sys/fs/cgroup/unified '],
  },
  { name: 'none', mountinfo: [line('/', 'ext4', 'discard')], expected: [] },
])
  test(name, () => {
    expect(hierarchiesIn(mountinfo.join('\n')).map(({ version, mountPoint, options }) => `${version} ${mountPoint} ${options}`)).toEqual(expected)
  })

test('processes of a node go into a leaf of their own', () => {
  expect(nodeSystemCgroups([{ version: 2, mountPoint: '/sys/fs/cgroup', options: '' }], 'coxswain/abc/node-1')).toEqual([
    '/sys/fs/cgroup/coxswain/abc/node-1/system',
  ])
})
