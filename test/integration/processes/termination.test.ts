// SIGTERM ends a component at once, also when its API server has taken the connection and says nothing: nobody waits for a server that may
// be gone (a connection is found to be dead after three quarters of a minute only).
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TestContainerd } from '../../support/containerd.ts'
import { SilentServer } from '../../support/silent-server.ts'

const entry = join(import.meta.dirname, '../../../src/cmd/main.ts')
let silent: SilentServer
let containerd: TestContainerd

beforeAll(async () => {
  silent = await SilentServer.start()
  containerd = await TestContainerd.start('10.244.0.0/24')
})
afterAll(async () => {
  silent[Symbol.dispose]()
  await containerd[Symbol.asyncDispose]()
})

test.each([
  { name: 'kube-proxy', flags: () => ['--healthz-bind-address=', '--metrics-bind-address='] },
  { name: 'kube-scheduler', flags: () => ['--secure-port=0'] },
  { name: 'kube-scheduler', flags: () => ['--secure-port=0', '--leader-elect=false'] },
  { name: 'kube-controller-manager', flags: () => ['--secure-port=0'] },
  { name: 'kube-controller-manager', flags: () => ['--secure-port=0', '--leader-elect=false'] },
  {
    name: 'kubelet',
    flags: () => [
      '--hostname-override=node',
      `--container-runtime-endpoint=unix://${containerd.socket}`,
      `--root-dir=${silent.directory}/kubelet`,
      `--cert-dir=${silent.directory}/kubelet/pki`,
    ],
  },
  {
    name: 'agent',
    flags: () => [
      '--node-name=node',
      '--node-ip=127.0.0.1',
      `--containerd-socket=${containerd.socket}`,
      `--root-dir=${silent.directory}/agent`,
      `--pod-logs-dir=${silent.directory}/logs`,
      `--cni-conf-dir=${silent.directory}/cni`,
    ],
  },
])('$name', { timeout: 20_000 }, async ({ name, flags }) => {
  const connected = silent.connected()
  const child = spawn(process.execPath, [entry, name, '--kubeconfig', silent.kubeconfig, ...flags()], { stdio: 'ignore' })
  try {
    const exited = once(child, 'exit')
    await connected
    child.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
  } finally {
    child.kill('SIGKILL')
  }
})
