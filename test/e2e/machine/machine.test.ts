// Real nodes with real containers. Needs root, and a network namespace from which nothing can leave (scripts/sandbox).
import { execFileSync, spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import type { RuntimeClient } from '../../../src/cri/client.ts'
import { checkMachine } from '../../../src/machine/check.ts'
import { listImages } from '../../../src/machine/image/import.ts'
import { nodeLayout } from '../../../src/machine/layout.ts'
import { findInit } from '../../../src/machine/node/namespaces.ts'
import { findProcesses } from '../../../src/machine/processes.ts'
import { leftovers, nothing } from './leftovers.ts'
import { nodes, TrialMachines } from './trial-machines.ts'

const sandboxed = process.env['COXSWAIN_SANDBOX'] !== undefined && process.getuid?.() === 0

/** Starts a pod with one busybox container that serves `text` on port 8080. @returns the pod's address */
async function startPod(runtime: RuntimeClient, name: string, text: string): Promise<{ ip: string; container: string }> {
  const config = {
    metadata: { name, uid: `${name}-uid`, namespace: 'default', attempt: 0 },
    logDirectory: `/var/log/pods/${name}`,
    linux: { cgroupParent: `/kubepods/pod-${name}` },
  }
  const { podSandboxId = '' } = await runtime.runPodSandbox({ config })
  const { containerId = '' } = await runtime.createContainer({
    podSandboxId,
    sandboxConfig: config,
    config: {
      metadata: { name: 'web', attempt: 0 },
      image: { image: 'docker.io/library/busybox:test' },
      command: ['/bin/busybox', 'nc', '-ll', '-p', '8080', '-e', '/bin/busybox', 'echo', text],
      logPath: 'web.log',
    },
  })
  await runtime.startContainer({ containerId })
  const { status } = await runtime.podSandboxStatus({ podSandboxId })
  return { ip: status!.network!.ip!, container: containerId }
}

async function exec(runtime: RuntimeClient, container: string, ...cmd: string[]): Promise<string> {
  const { stdout } = await runtime.execSync({ containerId: container, cmd, timeout: 5 })
  return Buffer.from(stdout ?? '')
    .toString()
    .trim()
}

const nc = (ip: string) => ['/bin/busybox', 'nc', '-w', '3', ip, '8080']

describe.runIf(sandboxed)('two nodes on this machine', () => {
  test('run pods that reach each other, and leave nothing behind', async () => {
    await using machines = new TrialMachines()
    expect(await checkMachine('/tmp')).toEqual([])
    await machines.up()
    const runtimes = nodes.map(({ name }) => machines.runtime(name))
    const [first, second] = await Promise.all(runtimes.map((runtime, index) => startPod(runtime, `pod-${index + 1}`, `hello from ${index + 1}`)))
    expect(first!.ip).toMatch(/^10\.244\.0\./)
    expect(second!.ip).toMatch(/^10\.244\.1\./)

    expect(await exec(runtimes[0]!, first!.container, ...nc(second!.ip))).toBe('hello from 2')
    expect(await exec(runtimes[1]!, second!.container, ...nc(first!.ip))).toBe('hello from 1')
    expect(execFileSync('busybox', nc(second!.ip).slice(1), { encoding: 'utf8' }).trim()).toBe('hello from 2')

    expect(execFileSync('ip', ['route', 'get', '10.96.0.1'], { encoding: 'utf8' })).toContain('via 172.30.0.2')

    // A node looks like a machine: own name, own interfaces, own processes, own images.
    const look = (command: string) =>
      execFileSync('nsenter', ['--target', String(findInit(machines.cluster, 'node-1')!.pid), '--all', 'sh', '-c', command], { encoding: 'utf8' })
    expect(look('cat /proc/sys/kernel/hostname').trim()).toBe('node-1')
    expect(look('ls /sys/class/net')).toMatch(/^eth0\nlo\nveth/)
    expect(look('cat /proc/1/comm').trim()).toBe('init')
    expect(look('grep -c cgroup /proc/self/mountinfo')).not.toBe('0\n')
    expect(look('nft list table ip coxswain_node')).toContain('ip saddr 10.244.0.0/24')
    const images = await listImages(nodeLayout(machines.cluster, 'node-1').containerdSocket)
    expect(images.map(({ reference }) => reference).toSorted()).toEqual(['coxswain.local/pause:1', 'docker.io/library/busybox:test'])
    for (const runtime of runtimes) runtime.close()
    await machines.down()
    expect(leftovers(machines.root)).toEqual(nothing)
  })

  test('go away without a trace after everything was killed', async () => {
    await using machines = new TrialMachines()
    await machines.up()
    const runtime = machines.runtime('node-1')
    await startPod(runtime, 'doomed', 'x')
    runtime.close()
    // One that is already gone with its process 1 makes kill complain, and the others are still killed.
    spawnSync('kill', ['-9', ...findProcesses(machines.cluster.directory).map(({ pid }) => String(pid))])
    await machines.down()
    expect(leftovers(machines.root)).toEqual(nothing)
  })

  test('a containerd that was killed together with its supervisor runs again, with its containers, after the next start', async () => {
    await using machines = new TrialMachines()
    await machines.up()
    const pod = await startPod(machines.runtime('node-1'), 'lasting', 'still here')
    const containerd = findProcesses(machines.cluster.directory).find(({ node, program }) => node === 'node-1' && program === 'containerd')!
    const agents = findProcesses(machines.cluster.directory).filter(({ node, role }) => node === 'node-1' && role === 'agent')
    for (const { pid } of [...agents, containerd]) process.kill(pid, 'SIGKILL')
    await expect
      .poll(() => findProcesses(machines.cluster.directory).some(({ pid }) => pid === containerd.pid || agents.some((a) => a.pid === pid)))
      .toBe(false)
    await machines.startAgain(nodes[0]!)
    const runtime = machines.runtime('node-1')
    await expect.poll(() => exec(runtime, pod.container, '/bin/busybox', 'echo', 'alive').catch(() => 'not yet'), { timeout: 20_000 }).toBe('alive')
    runtime.close()
  })
})
