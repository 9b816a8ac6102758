import { spawn } from 'node:child_process'

export interface CommandResult {
  /** The exit status; 128 + n when a signal ended it. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface CommandOptions {
  /** Written to standard input, which is then closed. */
  readonly input?: string | Uint8Array
  readonly env?: NodeJS.ProcessEnv
  readonly signal?: AbortSignal
  /** Exit statuses that are an answer rather than a failure; 0 always is. */
  readonly expectedCodes?: readonly number[]
}

/** More output than this is cut: no tool that is run here says as much. */
const outputBytesMax = 16 * 1024 * 1024

/** A tool that is missing, or that ended with an unexpected status. The message carries what it said. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly result: CommandResult | undefined
  constructor(argv: readonly string[], result: CommandResult | undefined, cause?: unknown) {
    const said = result ? result.stderr.trim() || result.stdout.trim() || `exit status ${result.code}` : (cause as Error).message
    super(`${argv.slice(0, 4).join(' ')}: ${said}`, { cause })
    this.result = result
  }
}

/**
 * Runs a tool to its end, without a shell.
 * @throws {CommandError} when it cannot be started or its status is not expected
 */
export function runCommand(argv: readonly [string, ...string[]], options: CommandOptions = {}): Promise<CommandResult> {
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>()
  const child = spawn(argv[0], argv.slice(1), {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(options.env ? { env: options.env } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
  })
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  let bytes = 0
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= outputBytesMax) output[name].push(chunk)
    })
  }
  // A tool that ends without reading its input (a syntax error) closes the pipe; its status says why.
  child.stdin.on('error', () => {})
  child.stdin.end(options.input ?? '')
  child.once('error', (cause) => reject(new CommandError(argv, undefined, cause)))
  child.once('close', (code, signal) => {
    const result = {
      code: code ?? 128 + signalNumber(signal),
      stdout: Buffer.concat(output.stdout).toString(),
      stderr: Buffer.concat(output.stderr).toString(),
    }
    if (result.code === 0 || options.expectedCodes?.includes(result.code)) resolve(result)
    else reject(new CommandError(argv, result))
  })
  return promise
}

function signalNumber(signal: NodeJS.Signals | null): number {
  return signal === 'SIGKILL' ? 9 : signal === 'SIGTERM' ? 15 : 1
}

/** True for a {@link CommandError} whose output contains `text`: how tools report what they have no status for. */
export function commandSaid(error: unknown, text: string | RegExp): boolean {
  if (!(error instanceof CommandError)) return false
  return typeof text === 'string' ? error.message.includes(text) : text.test(error.message)
}
