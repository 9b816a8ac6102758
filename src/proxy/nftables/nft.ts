// Runs nft and conntrack. Input is built from typed values only; no shell.
import { spawn } from 'node:child_process'

/** A kernel tool failed; the message is what it wrote to stderr. */
export class KernelToolError extends Error {
  override readonly name = 'KernelToolError'
}

function run(command: string, args: readonly string[], input = ''): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(0, 4096)))
  child.on('error', (cause) => reject(new KernelToolError(`${command}: ${cause.message}`, { cause })))
  child.on('close', (code) => (code === 0 ? resolve(stdout) : reject(new KernelToolError(`${command} ${args.join(' ')}: exit ${code}: ${stderr.trim()}`))))
  child.stdin.on('error', () => {}) // the child's exit says why
  child.stdin.end(input)
  return promise
}

/** Applies commands in one transaction: all or none. @throws {KernelToolError} */
export async function applyNft(commands: readonly string[]): Promise<void> {
  if (commands.length) await run('nft', ['-f', '-'], `${commands.join('\n')}\n`)
}

/**
 * Forgets UDP flows to `ip:port` so that they find a new endpoint; without this a client that keeps sending is never
 * moved. `endpoint`: only flows that were sent to that endpoint. Finding none is fine.
 */
export async function forgetUdpFlows({ ip, port, endpoint }: { ip?: string; port: number; endpoint?: string }): Promise<void> {
  const args = ['-D', '-p', 'udp', '--orig-port-dst', String(port), ...(ip ? ['--orig-dst', ip] : []), ...(endpoint ? ['--reply-src', endpoint] : [])]
  await run('conntrack', args).catch((error: unknown) => {
    if (!String(error).includes('0 flow entries')) throw error
  })
}
