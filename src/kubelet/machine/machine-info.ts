// What the node's machine has and is, read once at start.

import { readFile, statfs } from 'node:fs/promises'
import { arch, cpus, hostname, release, totalmem } from 'node:os'

export interface MachineInfo {
  readonly cpus: number
  readonly memoryBytes: number
  readonly diskBytes: number
  readonly hostname: string
  readonly machineID: string
  readonly systemUUID: string
  readonly bootID: string
  readonly kernelVersion: string
  readonly osImage: string
  /** `amd64`, `arm64`. */
  readonly architecture: string
  /** May set any oom_score_adj; otherwise nothing below its own. */
  readonly oomScoreFloor: number
}

const text = (path: string) =>
  readFile(path, 'utf8').then(
    (s) => s.trim(),
    () => '',
  )

export async function readMachine(rootDirectory: string): Promise<MachineInfo> {
  const [machineID, systemUUID, bootID, osRelease, status, oomScore, disk] = await Promise.all([
    text('/etc/machine-id'),
    text('/sys/class/dmi/id/product_uuid'),
    text('/proc/sys/kernel/random/boot_id'),
    text('/etc/os-release'),
    text('/proc/self/status'),
    text('/proc/self/oom_score_adj'),
    statfs(rootDirectory),
  ])
  return {
    cpus: cpus().length,
    memoryBytes: totalmem(),
    diskBytes: disk.blocks * disk.bsize,
    hostname: hostname(),
    machineID,
    systemUUID: systemUUID || machineID,
    bootID,
    kernelVersion: release(),
    osImage: /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease)?.[1] ?? 'Linux',
    architecture: arch() === 'x64' ? 'amd64' : arch(),
    oomScoreFloor: maySetOomScore(status) ? -1000 : Number(oomScore || 0),
  }
}

/** CAP_SYS_RESOURCE is capability 24. */
function maySetOomScore(status: string): boolean {
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`)
  return ((effective >> 24n) & 1n) === 1n
}
