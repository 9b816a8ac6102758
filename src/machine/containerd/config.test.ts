import { expect, test } from 'vitest'
import { type ContainerdFacts, containerdConfig } from './config.ts'

const facts: ContainerdFacts = {
  sandboxImage: 'coxswain.local/pause:1',
  overlay: true,
  mayLowerOomScore: true,
  cniBinDirectory: '/usr/lib/cni',
  cniConfigDirectory: '/etc/cni/net.d',
  registryConfigDirectory: '/etc/containerd/certs.d',
  socket: '/run/containerd/containerd.sock',
}

for (const { name, change, has, hasNot } of [
  {
    name: 'a usual machine',
    change: {},
    has: ['snapshotter = "overlayfs"', 'restrict_oom_score_adj = false', 'bin_dir = "/usr/lib/cni"', 'sandbox_image = "coxswain.local/pause:1"'],
    hasNot: ['v1.overlayfs'],
  },
  { name: 'without CAP_SYS_RESOURCE', change: { mayLowerOomScore: false }, has: ['restrict_oom_score_adj = true'], hasNot: [] },
  {
    name: 'without overlay: its plugin would only fail',
    change: { overlay: false },
    has: ['snapshotter = "native"', '"io.containerd.snapshotter.v1.overlayfs"'],
    hasNot: ['snapshotter = "overlayfs"'],
  },
  { name: 'a path with quotes', change: { cniBinDirectory: '/opt/"x"' }, has: [String.raw`bin_dir = "/opt/\"x\""`], hasNot: [] },
] as const)
  test(name, () => {
    const text = containerdConfig({ ...facts, ...change })
    for (const part of has) expect(text).toContain(part)
    for (const part of hasNot) expect(text).not.toContain(part)
  })
