import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
/** A mount that hangs (a dead network file system) must not hold a pod for ever. */
const timeoutMs = 60_000

export async function mountTmpfs(target: string, options: { readonly sizeBytes?: number; readonly mode: number }): Promise<void> {
  const size = options.sizeBytes === undefined ? '' : `,size=${options.sizeBytes}`
  await run('mount', ['-t', 'tmpfs', '-o', `mode=${options.mode.toString(8)}${size}`, 'tmpfs', target], { env, timeout: timeoutMs })
}

/** `source` may be a /proc/PID/fd/N link: it is followed by the kernel and not resolved to a path first. */
export async function bindMount(source: string, target: string): Promise<void> {
  await run('mount', ['--no-canonicalize', '--bind', source, target], { env, timeout: timeoutMs })
}

export async function unmount(target: string): Promise<void> {
  await run('umount', [target], { env, timeout: timeoutMs })
}

/** Mount points at or below a directory, deepest first. */
export async function mountsBelow(directory: string): Promise<readonly string[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8')
  const points = table.split('\n').flatMap((line) => (line ? [unescape(line.split(' ')[4]!)] : []))
  return points.filter((point) => point === directory || point.startsWith(`${directory}/`)).toReversed()
}

export async function isMountPoint(path: string): Promise<boolean> {
  return (await mountsBelow(path)).includes(path)
}

/** mountinfo writes blanks and backslashes in octal. */
const unescape = (field: string) => field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
