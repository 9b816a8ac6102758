/** A stream to write text to; process.stdout and process.stderr are such. */
export interface TextOutput {
  write(text: string | Uint8Array): unknown
  readonly isTTY?: boolean
}

/** Where a command reads and writes: data go to `out`, what happens meanwhile to `err`. */
export interface Io {
  readonly out: TextOutput
  readonly err: TextOutput
  /** All of standard input. */
  readAll(): Promise<Uint8Array>
  /** Colours and moving lines: `err` is a terminal and nobody asked for plain text. */
  readonly fancy: boolean
}

/** Whether to colour: see no-color.org; a dumb terminal cannot move its cursor. */
export function isFancy(err: TextOutput, env: Readonly<Record<string, string | undefined>>): boolean {
  return err.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb' && !env['CI']
}

export function processIo(env: Readonly<Record<string, string | undefined>>): Io {
  const { stdout: out, stderr: err, stdin } = process
  // Whoever read our output (`| head`) has enough: nothing more to do.
  out.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(0)
  })
  return {
    out,
    err,
    fancy: isFancy(err, env),
    async readAll() {
      const chunks: Buffer[] = []
      for await (const chunk of stdin) chunks.push(chunk as Buffer)
      return Buffer.concat(chunks)
    },
  }
}

/** Columns two spaces apart, each as wide as its widest cell; the last is not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, cell.length)
  return rows.map((row) => `${row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]! + 2))).join('')}\n`).join('')
}
