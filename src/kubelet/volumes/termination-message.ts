// A container's last words: from its termination message file, or from the end of its log.
// Source: Kubernetes 1.36 pkg/kubelet/kuberuntime/kuberuntime_container.go (getTerminationMessage).

import { constants } from 'node:fs'
import { chmod, mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ContainerStatus } from '../../cri/generated/types.ts'
import { readLastLines } from '../server/log-tail.ts'
import { containerDirectory } from './pod-directory.ts'

/** Upstream's limits: 4 KiB of message; of a log the last 80 lines and 2 KiB. */
const messageBytesMax = 4096
const logBytesMax = 2048
const logLinesMax = 80

/** An empty file that anybody in the container may write. @returns the path to mount */
export async function makeMessageFile(root: string, uid: string, container: string, instance: string): Promise<string> {
  const directory = containerDirectory(root, uid, container)
  await mkdir(directory, { recursive: true, mode: 0o750 })
  const path = join(directory, instance)
  await writeFile(path, '', { mode: 0o666 })
  await chmod(path, 0o666)
  return path
}

export async function readTerminationMessage(status: ContainerStatus, { path, policy }: { readonly path: string; readonly policy: string }): Promise<string> {
  const fallback = policy === 'FallbackToLogsOnError' && (status.exitCode ?? 0) !== 0
  const mount = status.mounts?.find((m) => m.containerPath === path)
  const message = mount?.hostPath ? await readMessageFile(mount.hostPath) : ''
  if (message !== '' || !fallback || !status.logPath) return message
  return readLastLines(status.logPath, { lines: logLinesMax, bytes: logBytesMax })
}

/** The container could have replaced the file: a link or a pipe is not read. */
async function readMessageFile(path: string): Promise<string> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => undefined)
  if (!file) return ''
  try {
    if (!(await file.stat()).isFile()) return ''
    const buffer = Buffer.alloc(messageBytesMax)
    const { bytesRead } = await file.read(buffer, 0, messageBytesMax, 0)
    return buffer.subarray(0, bytesRead).toString()
  } finally {
    await file.close()
  }
}
