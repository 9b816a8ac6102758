// Two nodes without a control plane: what kubelets would do is done by hand.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { newRuntimeClient, type RuntimeClient } from '../../../src/cri/client.ts'
import { chooseRanges } from '../../../src/machine/addresses.ts'
import { type Machines, prepareMachines, readHostRoutes, removeData, stopMachines } from '../../../src/machine/cluster.ts'
import type { ClusterRecord } from '../../../src/machine/cluster-record.ts'
import { ensureImage } from '../../../src/machine/image/import.ts'
import { packImage } from '../../../src/machine/image/pack.ts'
import { architectureOf } from '../../../src/machine/image/pause-image.ts'
import { bridgeName, clusterLayout, layoutVersion, nodeLayout } from '../../../src/machine/layout.ts'
import { runInNode } from '../../../src/machine/node/node.ts'
import { startDetached } from '../../../src/machine/processes.ts'
import { cniConfigFile } from '../../../src/network/cni-config.ts'
import { systemClock } from '../../../src/util/clock.ts'

export const nodes = [
  { name: 'node-1', number: 1 },
  { name: 'node-2', number: 2 },
]
export const podCidrs: Readonly<Record<string, string>> = { 'node-1': '10.244.0.0/24', 'node-2': '10.244.1.0/24' }

const nodeObject = ({ name, number }: (typeof nodes)[number]) => ({
  metadata: { name },
  spec: { podCIDR: podCidrs[name], podCIDRs: [podCidrs[name]] },
  status: { addresses: [{ type: 'InternalIP', address: `172.30.0.${number + 1}` }], conditions: [{ type: 'Ready', status: 'True' }] },
})

export const busyboxImage = () =>
  packImage({
    tag: 'busybox:test',
    architecture: architectureOf(process.arch),
    files: [{ path: 'bin/busybox', content: readFileSync('/usr/bin/busybox') }],
    links: { 'bin/sh': 'busybox', 'bin/sleep': 'busybox' },
    cmd: ['/bin/sh'],
  })

export class TrialMachines implements AsyncDisposable {
  readonly root = mkdtempSync('/tmp/cox-')
  readonly cluster = clusterLayout(this.root, 'trial')
  #machines: Machines | undefined

  async up(): Promise<void> {
    mkdirSync(this.cluster.directory, { recursive: true })
    const ranges = chooseRanges({}, await readHostRoutes())
    const record: ClusterRecord = { layoutVersion, name: 'trial', ranges, address: '', port: 0, nodes, createdAt: '', context: '' }
    this.#machines = await prepareMachines(this.cluster, record, systemClock, this.root)
    const image = await busyboxImage()
    await Promise.all(
      nodes.map(async (node) => {
        const layout = nodeLayout(this.cluster, node.name)
        await this.#machines!.start(node)
        await ensureImage(layout.containerdSocket, image)
      }),
    )
    await this.#startNetwork()
  }

  /** The node network, on both nodes and on the host; returns once each node has its CNI configuration. */
  async #startNetwork(): Promise<void> {
    const main = [process.execPath, join(import.meta.dirname, 'network-main.ts'), JSON.stringify(nodes.map(nodeObject))] as const
    const logFile = join(this.cluster.logs, 'network.log')
    for (const { name } of nodes)
      runInNode(name, { role: 'agent', argv: [...main, '-', name], logFile }, { cluster: this.cluster, facts: this.#machines!.facts })
    startDetached({ argv: [...main, bridgeName(this.cluster)], mark: { clusterDirectory: this.cluster.directory, role: 'server' }, logFile })
    const deadline = systemClock.monotonic() + 10_000
    const configured = () => nodes.every(({ name }) => existsSync(join(nodeLayout(this.cluster, name).cniConfig, cniConfigFile)))
    while (!configured()) {
      if (systemClock.monotonic() > deadline) throw new Error(`no CNI configuration: ${readFileSync(logFile, 'utf8')}`)
      await systemClock.sleep(20)
    }
  }

  startAgain(node: (typeof nodes)[number]): Promise<void> {
    return this.#machines!.start(node)
  }

  runtime(node: string): RuntimeClient {
    return newRuntimeClient({ endpoint: nodeLayout(this.cluster, node).containerdSocket })
  }

  async down(): Promise<void> {
    await stopMachines(this.cluster, systemClock, { graceMs: 0 })
    removeData(this.cluster)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down()
    rmSync(this.root, { recursive: true })
  }
}
