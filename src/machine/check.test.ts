import { expect, test } from 'vitest'
import { type MachineFacts, problemsOf } from './check.ts'

const good: MachineFacts = {
  platform: 'linux',
  uid: 0,
  kernelRelease: '6.1.0-18-amd64',
  missingTools: [],
  nftVersion: 'nftables v1.0.6 (Lester Gooch #5)',
  cniBinDirectory: '/usr/lib/cni',
  hierarchies: [{ version: 2, mountPoint: '/sys/fs/cgroup', options: '' }],
  freeBytes: 10_000_000_000,
  stateRoot: '/var/lib/coxswain',
  mayLowerOomScore: true,
  overlay: true,
}
const { cniBinDirectory: _, ...withoutPlugins } = good

for (const { name, facts, problems } of [
  { name: 'a usual machine', facts: good, problems: [] },
  { name: 'neither overlay nor CAP_SYS_RESOURCE: containerd is configured for it', facts: { ...good, overlay: false, mayLowerOomScore: false }, problems: [] },
  { name: 'macOS', facts: { ...good, platform: 'darwin' }, problems: ['platform: --nodes 0'] },
  { name: 'no root → nothing else is said, as much of it would be wrong', facts: { ...good, uid: 1000, missingTools: ['nft'] }, problems: ['root: --nodes 0'] },
  { name: 'kernel 5.10 of Debian 11', facts: { ...good, kernelRelease: '5.10.0-28-amd64' }, problems: ['kernel: Linux 5.13'] },
  { name: 'kernel 5.13 itself', facts: { ...good, kernelRelease: '5.13.0' }, problems: [] },
  { name: 'nft 0.9.8', facts: { ...good, nftVersion: 'nftables v0.9.8 (E.D.S.)' }, problems: ['nft: nftables 1.0.1'] },
  { name: 'nft 1.0.0', facts: { ...good, nftVersion: 'nftables v1.0.0 (Fearless Fosdick #2)' }, problems: ['nft: nftables 1.0.1'] },
  { name: 'nft 1.1 is newer than 1.0.1', facts: { ...good, nftVersion: 'nftables v1.1.0' }, problems: [] },
  { name: 'two tools of one package', facts: { ...good, missingTools: ['nsenter', 'unshare', 'runc'] }, problems: ['tool: apt-get install util-linux runc'] },
  { name: 'no CNI plugins', facts: withoutPlugins, problems: ['cni: containernetworking-plugins'] },
  {
    name: 'no cgroups and a full disk: both are said',
    facts: { ...good, hierarchies: [], freeBytes: 1_000_000 },
    problems: ['cgroups: mount -t cgroup2', 'disk: COX_STATE_DIR'],
  },
  { name: 'a path too long for sockets', facts: { ...good, stateRoot: `/home/${'x'.repeat(40)}` }, problems: ['path: COX_STATE_DIR'] },
])
  test(name, () => {
    const found = problemsOf(facts)
    expect(found.map(({ id }) => id)).toEqual(problems.map((problem) => problem.split(': ')[0]))
    for (const [index, problem] of problems.entries()) expect(found[index]!.remedy).toContain(problem.split(': ')[1])
  })
