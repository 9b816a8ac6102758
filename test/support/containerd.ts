// A private containerd with a bridge network, for tests that run containers. Everything it makes lies in one directory and in
// the network namespace the tests run in (scripts/sandbox); dispose() leaves nothing.
import { existsSync, readFileSync, rmSync, writeFileSync, mkdirSync, mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { newRuntimeClient, type RuntimeClient } from '../../src/cri/client.ts'
import { silentLogger } from '../../src/component-base/logger.ts'
import { containerdConfig } from '../../src/machine/containerd/config.ts'
import { findContainerd, newContainerdSupervisor, waitForSocket } from '../../src/machine/containerd/supervisor.ts'
import { ensureImage } from '../../src/machine/image/import.ts'
import { packImage } from '../../src/machine/image/pack.ts'
import { architectureOf, packPauseImage, pauseImageName } from '../../src/machine/image/pause-image.ts'
import { runCommand } from '../../src/network/command.ts'
import { cniConfigFile, cniConfigList } from '../../src/network/cni-config.ts'
import { systemClock } from '../../src/util/clock.ts'

export const busybox = 'busybox:test'

export class TestContainerd implements AsyncDisposable {
  readonly directory = mkdtempSync('/tmp/cox-kubelet-')
  readonly socket = join(this.directory, 'containerd.sock')
  readonly #pidFile = join(this.directory, 'containerd.pid')
  #stop = new AbortController()
  #supervised: Promise<void> = Promise.resolve()

  static async start(podCidr: string): Promise<TestContainerd> {
    const containerd = new TestContainerd()
    await containerd.#start(podCidr)
    return containerd
  }

  client(): RuntimeClient {
    return newRuntimeClient({ endpoint: this.socket })
  }

  async #start(podCidr: string): Promise<void> {
    const path = (name: string) => join(this.directory, name)
    for (const name of ['cni', 'registry']) mkdirSync(path(name))
    writeFileSync(join(path('cni'), cniConfigFile), cniConfigList({ podCidr, hasIpv6: existsSync('/proc/sys/net/ipv6') }))
    const config = containerdConfig({
      sandboxImage: pauseImageName,
      overlay: true,
      mayLowerOomScore: false,
      cniBinDirectory: '/usr/lib/cni',
      cniConfigDirectory: path('cni'),
      registryConfigDirectory: path('registry'),
      socket: this.socket,
    })
    writeFileSync(path('config.toml'), `root = ${JSON.stringify(path('root'))}\nstate = ${JSON.stringify(path('state'))}\n${config}`)
    await this.startAgain()
    await ensureImage(this.socket, await packPauseImage(architectureOf(process.arch)))
    await ensureImage(this.socket, await busyboxImage())
  }

  /** After {@link kill}. */
  async startAgain(): Promise<void> {
    const path = (name: string) => join(this.directory, name)
    this.#stop = new AbortController()
    const supervisor = newContainerdSupervisor({
      configFile: path('config.toml'),
      pidFile: this.#pidFile,
      logFile: path('containerd.log'),
      clock: systemClock,
      logger: silentLogger,
    })
    this.#supervised = supervisor.run(this.#stop.signal)
    await waitForSocket(this.socket, { timeoutMs: 20_000, clock: systemClock })
  }

  /** containerd dies; containers run on. */
  async kill(): Promise<void> {
    this.#stop.abort()
    await this.#supervised
    const running = findContainerd(this.#pidFile)
    if (!running) return
    process.kill(running.pid, 'SIGKILL')
    while (findContainerd(this.#pidFile)) await systemClock.sleep(20)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#removeSandboxes()
    } finally {
      await this.kill()
      const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
        .split('\n')
        .map((line) => line.split(' ')[4] ?? '')
        .filter((point) => point.startsWith(`${this.directory}/`))
      for (const point of mounts.toReversed()) await runCommand(['umount', '-l', point])
      rmSync(this.directory, { recursive: true, force: true })
    }
  }

  /**
   * Asks again, as a kubelet does: a stop that the ended kubelet began may still be under way in containerd, and of two stops of
   * one sandbox the second fails when the shim ends between its look and its kill ("ttrpc: closed"). A sandbox left behind would
   * leave its links in the network namespace that the next tests run in.
   * @throws what was said last of the sandboxes that are still there after 20 s
   */
  async #removeSandboxes(): Promise<void> {
    const client = this.client()
    try {
      for (const end = systemClock.monotonic() + 20_000; ;) {
        const { items = [] } = await client.listPodSandbox({})
        if (items.length === 0) return
        const failures: unknown[] = []
        for (const { id: podSandboxId = '' } of items) {
          await client
            .stopPodSandbox({ podSandboxId })
            .then(() => client.removePodSandbox({ podSandboxId }))
            .catch((error: unknown) => failures.push(error))
        }
        if (failures.length > 0 && systemClock.monotonic() > end) throw new AggregateError(failures, 'sandboxes are still there')
        if (failures.length > 0) await systemClock.sleep(100)
      }
    } finally {
      client.close()
    }
  }
}

/** @param own another name, or the user that it runs as */
export function busyboxImage(own: { readonly tag?: string; readonly user?: string } = {}) {
  return packImage({
    tag: busybox,
    architecture: architectureOf(process.arch),
    files: [{ path: 'bin/busybox', content: readFileSync('/usr/bin/busybox') }],
    links: Object.fromEntries(
      ['sh', 'sleep', 'cat', 'ls', 'id', 'mount', 'hostname', 'wget', 'httpd', 'nc', 'stat', 'echo', 'env', 'touch', 'kill', 'true', 'false', 'grep'].map(
        (n) => [`bin/${n}`, 'busybox'],
      ),
    ),
    cmd: ['/bin/sh'],
    ...own,
  })
}
