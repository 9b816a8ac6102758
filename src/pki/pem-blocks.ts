interface PemBlock {
  readonly type: string
  readonly headers: boolean
  readonly bytes: Buffer
}

const [begin, end, dashes] = ['-----BEGIN ', '-----END ', '-----']

/** Blocks of a PEM text, in its order; what is between them or has no end is skipped. Source: RFC 7468, Go encoding/pem. */
export function pemBlocks(text: string): readonly PemBlock[] {
  const blocks: PemBlock[] = []
  let open: { readonly type: string; readonly lines: string[] } | undefined
  for (const raw of text.split('\n')) {
    const line = raw.trimEnd()
    if (line.startsWith(begin) && line.endsWith(dashes)) open = { type: line.slice(begin.length, -dashes.length), lines: [] }
    else if (!open) continue
    else if (line.startsWith(end)) {
      if (line === `${end}${open.type}${dashes}`) blocks.push(newBlock(open.type, open.lines))
      open = undefined
    } else open.lines.push(line)
  }
  return blocks
}

const newBlock = (type: string, lines: readonly string[]): PemBlock => ({
  type,
  headers: lines[0]?.includes(':') ?? false,
  bytes: Buffer.from(lines.join(''), 'base64'),
})
