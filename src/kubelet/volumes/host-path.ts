import { mkdir, open, stat } from 'node:fs/promises'
import type { HostPathVolumeSource } from '../../api/core/v1.ts'
import { StartError } from '../runtime/start-errors.ts'

/**
 * Checks and, where the type says so, creates a path of the node.
 * @throws {StartError} with upstream's message when the path is not of the type
 * @see Kubernetes 1.36 pkg/volume/hostpath/host_path.go
 */
export async function prepareHostPath({ path, type = '' }: HostPathVolumeSource): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  const refuse = (what: string) => new StartError('FailedMount', `hostPath type check failed: ${path} is not ${what}`)
  switch (type) {
    case '':
      break
    case 'DirectoryOrCreate':
      if (!found) await mkdir(path, { recursive: true, mode: 0o755 })
      else if (!found.isDirectory()) throw refuse('a directory')
      break
    case 'Directory':
      if (!found?.isDirectory()) throw refuse('a directory')
      break
    case 'FileOrCreate':
      if (!found) await (await open(path, 'a', 0o644)).close()
      else if (!found.isFile()) throw refuse('a file')
      break
    case 'File':
      if (!found?.isFile()) throw refuse('a file')
      break
    case 'Socket':
      if (!found?.isSocket()) throw refuse('a socket file')
      break
    case 'CharDevice':
      if (!found?.isCharacterDevice()) throw refuse('a character device')
      break
    case 'BlockDevice':
      if (!found?.isBlockDevice()) throw refuse('a block device')
      break
  }
  return path
}
