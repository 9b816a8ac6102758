// The log format of the runtime interface: `2026-01-31T10:20:30.123456789Z stdout F text`. P marks a line that goes on in the next.

export interface LogEntry {
  /** RFC 3339 with nanoseconds, as written. */
  readonly timestamp: string
  readonly stream: 'stdout' | 'stderr'
  /** The runtime cut a long line here: the next entry of this stream continues it. */
  readonly partial: boolean
  /** Ends in a newline unless partial. */
  readonly content: Buffer
}

const newline = Buffer.from('\n')

/** @param line without its newline; undefined when it is not in the format */
export function parseLogLine(line: Buffer): LogEntry | undefined {
  const first = line.indexOf(0x20)
  const second = line.indexOf(0x20, first + 1)
  if (first < 0 || second < 0) return undefined
  const third = line.indexOf(0x20, second + 1)
  const stream = line.toString('latin1', first + 1, second)
  const tags = line.toString('latin1', second + 1, third < 0 ? line.length : third)
  if (stream !== 'stdout' && stream !== 'stderr') return undefined
  const partial = tags.split(':')[0] === 'P'
  const text = third < 0 ? Buffer.alloc(0) : line.subarray(third + 1)
  return { timestamp: line.toString('latin1', 0, first), stream, partial, content: partial ? text : Buffer.concat([text, newline]) }
}
