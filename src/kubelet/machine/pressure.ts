import { readdir, readFile, statfs } from 'node:fs/promises'

export interface Usage {
  readonly memoryAvailableBytes: number
  /** Free share of the file system with the kubelet's and the runtime's files, 0..1. */
  readonly diskFreeShare: number
  readonly diskCapacityBytes: number
  readonly diskAvailableBytes: number
  readonly inodesFreeShare: number
  /** Process ids still to be had. */
  readonly pidsAvailable: number
}

/** How much is left of what pods compete for. */
export async function readUsage(directory: string): Promise<Usage> {
  const [memory, disk, pidMax, processes] = await Promise.all([
    readFile('/proc/meminfo', 'utf8'),
    statfs(directory),
    readFile('/proc/sys/kernel/pid_max', 'utf8'),
    readdir('/proc'),
  ])
  const availableKb = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(memory)?.[1] ?? 0)
  return {
    memoryAvailableBytes: availableKb * 1024,
    diskFreeShare: disk.bavail / Math.max(1, disk.blocks),
    diskCapacityBytes: disk.blocks * disk.bsize,
    diskAvailableBytes: disk.bavail * disk.bsize,
    // File systems without a fixed number of inodes report none.
    inodesFreeShare: disk.files === 0 ? 1 : disk.ffree / disk.files,
    pidsAvailable: Number(pidMax) - processes.filter((name) => /^\d+$/.test(name)).length,
  }
}
